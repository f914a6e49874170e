"""What a tool is: the whole surface, on one screen.

A tool answers one of MOSS's commands. An installed package adds one by an entry point
whose value is called with a `Setup`, such as a class::

    [project.entry-points."moss_desktop.tools"]
    our-wiki = "our_package.search:WikiSearch"

Tools run in child processes, one command at a time; an installed one has a child of its
own. Such a child is killed when its time is over, and nothing in it is imported before
the user allows the tool. What a tool prints goes to stderr.
"""

from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from app.domain.errors import MossError
from app.domain.sources import Source
from app.domain.tools import Tool, ToolFailure

__all__ = [
    "Result",
    "Run",
    "Setup",
    "Source",
    "Tool",
    "ToolError",
    "ToolFailure",
    "ToolRunner",
    "Traffic",
]


@dataclass(frozen=True, slots=True)
class Setup:
    """What a tool is made with; other settings come with another process.

    Attributes:
        values: Its settings as JSON has them.
        data: A folder of its own for what it keeps; may not be there yet.
        pictures: The folder that pictures belong in; may not be there yet.
    """

    values: Mapping[str, Any] = field(default_factory=dict)
    data: Path = Path()
    pictures: Path = Path()


@dataclass(frozen=True, slots=True)
class Result:
    """What a command came to; data, whatever it says.

    Attributes:
        text: For Calculate a number, for Solve lines; without a newline at the end.
        sources: For Search what was found, best first. How many of them MOSS is given,
            and under which numbers, is not the tool's affair.
        picture: For Text2Image a file in `Setup.pictures`.
    """

    text: str = ""
    sources: tuple[Source, ...] = ()
    picture: Path | None = None


class ToolError(MossError):
    """A command came to nothing; MOSS is then given the tool's failure text.

    Attributes:
        failure: Why, for the user.
        detail: What makes it concrete, such as a server's name; may be empty.
    """

    def __init__(self, failure: ToolFailure, detail: str = "") -> None:
        super().__init__(f"{failure.value}: {detail}" if detail else failure.value)
        self.failure = failure
        self.detail = detail


class Traffic(Protocol):
    """One request while it is made."""

    def count(self, size: int) -> None:
        """Adds bytes that were sent or received."""

    def end(self, outcome: str) -> None:
        """Says how it ended, such as "HTTP 503"; else that is "done" or the error."""


class Run(Protocol):
    """What a tool may use while it answers a command; any thread may."""

    @property
    def cancelled(self) -> bool:
        """Whether the answer is not wanted any more; soon the process is killed."""

    def progress(self, fraction: float, text: str = "") -> None:
        """Says how far it has come, 0 to 1, and perhaps with what."""

    def network(self, host: str, purpose: str) -> AbstractContextManager[Traffic]:
        """Makes one request possible, which the user can see in the log.

        Python's sockets are closed to a tool except within such a block.

        Args:
            host: Whom it goes to, with the port where that is not the usual one.
            purpose: What for, in a few words such as "results for MOSS".
        """


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

    def run(self, argument: str, run: Run) -> Result:
        """Answers one command.

        Args:
            argument: What the model wrote between the quotes. Anything at all.
            run: What it may use meanwhile.

        Raises:
            ToolError: The command came to nothing.
        """
