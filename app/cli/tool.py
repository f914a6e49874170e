r"""`moss tool`: runs MOSS's commands without a model, for scripts.

What it prints as the results body is what MOSS is given behind `<|Results|>:`, less
the newline or space that the label is followed by: entries that end in a newline each,
`None`, or `Image generated successfully.`
"""

import argparse
import json
import sys
from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from functools import cached_property
from typing import IO, Final, Self

from app.cli.output import say, speak_utf8
from app.cli.tool_processes import ToolProcesses
from app.domain.tools import (
    Command,
    Tool,
    ToolCall,
    ToolFailure,
    combined,
    parse_commands,
    plan_calls,
    results_body,
)
from app.paths import find
from app.plugins.kinds import Kind
from app.plugins.manager import ToolManager
from app.plugins.messages import Progress, Requested
from app.services.activity_log import ActivityLog
from app.services.preferences import Preferences
from app.services.tool_decisions import decisions_of
from app.services.words import explain
from app.store.database import Database
from app.store.settings_file import SettingsFile
from app.store.tool_log import ToolLog

TOOLS: Final = {tool.value.lower(): tool for tool in Tool}
"""The tools as `--tools` names them."""


def main(arguments: Sequence[str]) -> int:
    """Reads the arguments behind `moss tool` and does what they say."""
    parser = argparse.ArgumentParser(
        prog="moss tool",
        description="Runs MOSS's commands without a model and prints the results as "
        "MOSS is given them.",
    )
    parser.add_argument(
        "commands",
        nargs="?",
        metavar="COMMANDS",
        help="such as 'Calculate(\"2+2\")' (default: standard input)",
    )
    parser.add_argument(
        "--jsonl",
        action="store_true",
        help="read a JSON string a line, write an object a line: commands (name, "
        "argument, result) and body, or error",
    )
    parser.add_argument(
        "--tools",
        metavar="LIST",
        type=_named,
        help=f"which may be used, of {','.join(TOOLS)} (default: all that are set up)",
    )
    options = parser.parse_args(arguments)
    if options.jsonl and options.commands is not None:
        parser.error("--jsonl reads standard input, not COMMANDS")
    if options.jsonl:
        return run_lines(enabled=options.tools)
    return run_text(options.commands, enabled=options.tools)


def _named(text: str) -> frozenset[Tool]:
    """Tools by their names, such as `calculate,solve`."""
    names = [name.strip().lower() for name in text.split(",") if name.strip()]
    if unknown := sorted(set(names) - TOOLS.keys()):
        message = f"no tool is named {', '.join(unknown)}; there are {', '.join(TOOLS)}"
        raise argparse.ArgumentTypeError(message)
    return frozenset(TOOLS[name] for name in names)


def run_text(text: str | None, *, enabled: Collection[Tool] | None) -> int:
    """Runs the commands of one text and prints the results body.

    Args:
        text: What MOSS would write in its commands field; None reads standard input.
        enabled: The tools that may be used; None is all that this build has.
    """
    speak_utf8()
    with _Runner(enabled) as runner:
        calls = runner.run(sys.stdin.read() if text is None else text)
    print(results_body(calls).removesuffix("\n"))
    return 0


def run_lines(*, enabled: Collection[Tool] | None) -> int:
    """Answers each line of standard input with a line, until there are no more.

    A line is a JSON string. What is none is answered with an object that has an
    `error`.
    """
    speak_utf8()
    with _Runner(enabled) as runner:
        _answer_lines(sys.stdin.buffer, runner)
    return 0


def _answer_lines(lines: IO[bytes], runner: "_Runner") -> None:
    for line in lines:
        print(json.dumps(_answer(line, runner), ensure_ascii=False), flush=True)


def _answer(line: bytes, runner: "_Runner") -> dict[str, object]:
    try:
        text = json.loads(line)
    except (ValueError, RecursionError) as error:
        return {"error": f"This line is no JSON: {error}"}
    if not isinstance(text, str):
        return {"error": "This line is JSON, but no string."}
    calls = runner.run(text)
    return {
        "commands": [
            {
                "name": call.command.tool.value,
                "argument": call.command.argument,
                "result": call.result,
            }
            for call in calls
        ],
        "body": results_body(calls),
    }


class _Runner:
    """Runs the commands of a text in the tool processes, as the user has set them.

    Args:
        enabled: The commands that may be used; None is all that can be. One that is
            named and that nothing answers gives MOSS its failure text.
    """

    def __init__(self, enabled: Collection[Tool] | None) -> None:
        paths = find()
        preferences = Preferences(SettingsFile(paths.settings))
        self._manager = ToolManager(decisions=decisions_of(preferences.values))
        self._enabled = self._manager.available() if enabled is None else enabled
        self._processes = ToolProcesses(paths, self._manager, self._noted)
        self._archive = paths.archive

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._processes.close()

    def run(self, text: str) -> list[ToolCall]:
        """The calls of a text, each done or failed."""
        planned = plan_calls(parse_commands(text), self._enabled)
        return [self._call(command) for command in planned]

    def _call(self, command: Command) -> ToolCall:
        answers = [
            self._answer(info.name, command)
            for info in self._manager.providers(command.tool)
        ]
        unavailable = ToolCall.failed(command, ToolFailure.UNAVAILABLE)
        return combined(answers or [unavailable])

    def _answer(self, name: str, command: Command) -> ToolCall:
        """Runs a command with one tool, and again where its process was lost."""
        call = self._processes.run(name, command)
        if call.reason is ToolFailure.TOOL_LOST:
            # Whoever ended the process, there is a new one.
            call = self._processes.run(name, command)
        if self._manager.info(name).process != Kind.COMPUTE:
            self._log.note_call(name, call)
        return call

    def _noted(self, name: str, note: Progress | Requested) -> None:
        if isinstance(note, Requested):
            self._log.note_request(name, note)

    @cached_property
    def _log(self) -> ActivityLog:
        """What reads files or asks a server is written down; sums are not."""
        return ActivityLog(
            journal=ToolLog(Database(self._archive)),
            clock=lambda: datetime.now(UTC),
            failed=lambda error: say(explain(error)),
        )
