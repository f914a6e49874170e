"""The tools MOSS was trained with: names, commands and the results it is given.

Pure text: running a command is `app.plugins`' business. Forms as in MOSS-003's
training data: `Calculate("37*48")`, several joined by a comma and a space, at most
`MAX_COMMANDS` a turn, executed and listed in the order of `Tool`.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import Enum, StrEnum
from typing import Self

from app.domain.written_calls import written_calls

MAX_COMMANDS = 4
NO_RESULT = "No result."
IMAGE_RESULT = "Image generated successfully."


class Tool(Enum):
    """A tool; the value is the command's name. Declared in order of execution."""

    SEARCH = "Search"
    CALCULATE = "Calculate"
    SOLVE = "Solve"
    TEXT_TO_IMAGE = "Text2Image"


class ToolState(StrEnum):
    """Where a call stands."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class ToolFailure(StrEnum):
    """Why a command came to nothing; the user interface has the words.

    MOSS is told "No result." in every case.
    """

    NOT_UNDERSTOOD = "not_understood"
    NO_SOLUTION = "no_solution"
    TOO_LARGE = "too_large"
    TIME_LIMIT = "time_limit"
    TOOL_LOST = "tool_lost"
    UNAVAILABLE = "unavailable"
    CANCELLED = "cancelled"
    INTERNAL = "internal"


@dataclass(frozen=True, slots=True)
class Command:
    """One command that the model wrote."""

    tool: Tool
    argument: str

    def text(self) -> str:
        """The command as MOSS writes it."""
        return f'{self.tool.value}("{self.argument}")'


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A command and what became of it.

    Attributes:
        command: What was asked.
        state: Where it stands.
        result: What the tool answered: a number for Calculate, lines for Solve. A
            failed call holds the text that MOSS is given, "No result.".
        reason: Why it failed; None otherwise.
    """

    command: Command
    state: ToolState = ToolState.WAITING
    result: str = ""
    reason: ToolFailure | None = None

    @classmethod
    def failed(cls, command: Command, reason: ToolFailure) -> Self:
        """A call that came to nothing."""
        return cls(command, ToolState.FAILED, NO_RESULT, reason)


def parse_commands(text: str) -> tuple[Command, ...]:
    """Reads the commands field of a turn; never raises.

    Args:
        text: What stands between `<|Commands|>:` and its end marker, such as
            `Calculate("1+1"), Solve("2x=4")` or `None`.

    Returns:
        The commands of known tools in the order written; unknown names are dropped.
    """
    names = {tool.value: tool for tool in Tool}
    return tuple(
        Command(names[call.name], call.argument)
        for call in written_calls(text)
        if call.name in names
    )


def plan_calls(
    commands: Sequence[Command], enabled: Collection[Tool]
) -> tuple[Command, ...]:
    """Keeps what may run, in the order it is executed and listed.

    That is at most `MAX_COMMANDS` of tools that are switched on, and one picture.
    """
    order = list(Tool)
    planned: list[Command] = []
    pictures = 0
    for command in commands:
        pictures += command.tool is Tool.TEXT_TO_IMAGE
        spare = command.tool is Tool.TEXT_TO_IMAGE and pictures > 1
        if command.tool in enabled and not spare:
            planned.append(command)
    return tuple(
        sorted(planned[:MAX_COMMANDS], key=lambda command: order.index(command.tool))
    )


def results_field(calls: Sequence[ToolCall]) -> str:
    r"""What MOSS is given between `<|Results|>:` and `<eor>`.

    Returns:
        ` None` for no calls, ` Image generated successfully.` for a picture alone,
        otherwise a newline and one entry for each call, each ending in a newline,
        such as `\nCalculate("1+1") => '2'\n`.
    """
    body = results_body(calls)
    return f"\n{body}" if body.endswith("\n") else f" {body}"


def results_body(calls: Sequence[ToolCall]) -> str:
    r"""The results without the newline or space that follows their label.

    Returns:
        `None`, `Image generated successfully.` or entries, each ending in a newline.
    """
    if not calls:
        return "None"
    entries = [_entry(call) for call in calls]
    if entries == [IMAGE_RESULT]:
        return IMAGE_RESULT
    return "".join(f"{entry}\n" for entry in entries)


def _entry(call: ToolCall) -> str:
    """One call's part of the results body, without its last newline."""
    echo = f"{call.command.text()} =>"
    match call.command.tool:
        case Tool.CALCULATE:
            return f"{echo} '{call.result}'"
        case Tool.TEXT_TO_IMAGE if call.state is ToolState.DONE:
            return IMAGE_RESULT
        case _:
            return f"{echo}\n{call.result}"
