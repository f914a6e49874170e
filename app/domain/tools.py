"""The tools MOSS was trained with: names, commands and the results it is given.

Pure text: running a command is `app.plugins`' business. Forms as in MOSS-003's
training data: `Calculate("37*48")`, several joined by a comma and a space, at most
`MAX_COMMANDS` a turn, executed and listed in the order of `Tool`.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from enum import Enum, StrEnum
from typing import Self

from app.domain.sources import MOST_SNIPPETS, Source, given, merged, neutral, snippet
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
    """Where a call stands; `ASKING` is waiting for the user's permission."""

    WAITING = "waiting"
    ASKING = "asking"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class ToolFailure(StrEnum):
    """Why a command came to nothing; the user interface has the words.

    MOSS is told "No result." in every case.
    """

    NOT_UNDERSTOOD = "not_understood"
    NO_SOLUTION = "no_solution"
    NOTHING_FOUND = "nothing_found"
    TOO_LARGE = "too_large"
    TIME_LIMIT = "time_limit"
    TOOL_LOST = "tool_lost"
    UNAVAILABLE = "unavailable"
    UNREACHABLE = "unreachable"
    MISSING = "missing"
    BROKEN = "broken"
    REFUSED = "refused"
    CANCELLED = "cancelled"
    SERVER_ADDRESS = "server_address"
    SERVER_UNTRUSTED = "server_untrusted"
    SERVER_LOCKED = "server_locked"
    SERVER_BUSY = "server_busy"
    SERVER_SILENT = "server_silent"
    SERVER_LOST = "server_lost"
    SERVER_FAILED = "server_failed"
    BAD_PICTURE = "bad_picture"
    MODEL_UNREADABLE = "model_unreadable"
    DISK_FULL = "disk_full"
    DISK_FAILED = "disk_failed"
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
        result: What the tool answered: a number for Calculate, lines for Solve;
            empty for a search, whose `sources` say it. A failed call holds the text
            that MOSS is given, "No result.".
        reason: Why it failed; None otherwise.
        detail: What makes the reason concrete, such as a server's name, or what the
            tool is doing just now; may be empty.
        sources: What a search found, best first.
        picture: The file of a picture: its name in the folder of pictures.
        seconds: How long it ran.
        providers: Names of the tools that answer it (see `app.plugins.manager`), or
            that ask whether they may.
        progress: How far it has come while it runs, 0 to 1.
    """

    command: Command
    state: ToolState = ToolState.WAITING
    result: str = ""
    reason: ToolFailure | None = None
    detail: str = ""
    sources: tuple[Source, ...] = ()
    picture: str = ""
    seconds: float = 0.0
    providers: tuple[str, ...] = ()
    progress: float = 0.0

    @classmethod
    def failed(cls, command: Command, reason: ToolFailure, detail: str = "") -> Self:
        """A call that came to nothing."""
        return cls(command, ToolState.FAILED, NO_RESULT, reason, detail)


@dataclass(frozen=True, slots=True)
class Reference:
    """A source under the number by which an answer cites it."""

    number: int
    source: Source


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


def references(calls: Sequence[ToolCall]) -> tuple[Reference, ...]:
    """The sources that MOSS is given in a turn; numbers begin at 1 in each turn."""
    numbered = _numbered(calls)
    return tuple(reference for group in numbered for reference in group)


def combined(answers: Sequence[ToolCall]) -> ToolCall:
    """What became of a command that several tools have answered, at least one."""
    done = [answer for answer in answers if answer.state is ToolState.DONE]
    best = (done or answers)[0]
    return replace(
        best,
        sources=merged(answer.sources for answer in done)[:MOST_SNIPPETS],
        seconds=sum(answer.seconds for answer in answers),
    )


def results_field(calls: Sequence[ToolCall]) -> str:
    r"""What MOSS is given between `<|Results|>:` and `<eor>`.

    Args:
        calls: All calls of the turn: what MOSS is given of one search depends on how
            many there are.

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
    entries = [
        _entry(call, numbered)
        for call, numbered in zip(calls, _numbered(calls), strict=True)
    ]
    if entries == [IMAGE_RESULT]:
        return IMAGE_RESULT
    return "".join(f"{entry}\n" for entry in entries)


def result_texts(calls: Sequence[ToolCall]) -> tuple[str, ...]:
    """What each call of a turn came to, by itself and without the command's echo."""
    return tuple(
        _result(call, numbered)
        for call, numbered in zip(calls, _numbered(calls), strict=True)
    )


def _numbered(calls: Sequence[ToolCall]) -> list[tuple[Reference, ...]]:
    """For each call the sources that MOSS is given, with their numbers."""
    searches = sum(call.command.tool is Tool.SEARCH for call in calls)
    groups: list[tuple[Reference, ...]] = []
    number = 0
    for call in calls:
        sources = given(call.sources, searches)
        groups.append(
            tuple(Reference(number + n, s) for n, s in enumerate(sources, start=1))
        )
        number += len(sources)
    return groups


def _entry(call: ToolCall, numbered: Sequence[Reference]) -> str:
    """One call's part of the results body, without its last newline."""
    echo = f"{call.command.text()} =>"
    result = _result(call, numbered)
    match call.command.tool:
        case Tool.CALCULATE:
            return f"{echo} '{result}'"
        case Tool.TEXT_TO_IMAGE if call.state is ToolState.DONE:
            return result
        case _:
            return f"{echo}\n{result}"


def _result(call: ToolCall, numbered: Sequence[Reference]) -> str:
    """What a call came to."""
    match call.command.tool:
        case Tool.SEARCH if numbered:
            return "\n".join(snippet(each.number, each.source) for each in numbered)
        case Tool.TEXT_TO_IMAGE if call.state is ToolState.DONE:
            return IMAGE_RESULT
        case _:
            return neutral(call.result)
