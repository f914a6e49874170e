"""What a tool is: the whole surface, on one screen.

A tool answers one kind of command. It runs in the child process (`app.plugins.worker`),
one command at a time; it keeps its own work bounded where it can, and the parent kills
the child where it cannot.
"""

from typing import Protocol

from app.domain.errors import MossError
from app.domain.tools import Tool, ToolFailure


class ToolError(MossError):
    """A command came to nothing; MOSS is then given the tool's failure text.

    Attributes:
        failure: Why, for the user.
    """

    def __init__(self, failure: ToolFailure) -> None:
        super().__init__(failure.value)
        self.failure = failure


class ToolRunner(Protocol):
    """One tool."""

    @property
    def tool(self) -> Tool:
        """Which command it answers."""

    def prepare(self) -> None:
        """Loads what is slow to load, such as a library; may be called again.

        It is called on a background thread when the child starts and again before
        every command. A command's time limit begins when it has returned.
        """

    def run(self, argument: str) -> str:
        """Answers one command.

        Args:
            argument: What the model wrote between the quotes. Anything at all.

        Returns:
            The result as MOSS is given it, without the echo of the command and
            without a newline at the end.

        Raises:
            ToolError: The command came to nothing.
        """
