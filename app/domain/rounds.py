"""A reply in rounds: what was said, the calls behind it, what was said then: pure.

A model that calls functions may do so several times before its answer is whole. In a
message the answers of all rounds are one text and their calls one list; its commands
field says where each round ended, in a line of JSON each:

    {"after": 12, "calls": [{"name": "calculate", "arguments": {"expression": "1+1"}}]}

`after` counts the characters of the text.
"""

import json
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from app.domain import functions
from app.domain.conversation import Message
from app.domain.generation import Function, Segment, Speaker
from app.domain.tools import MAX_COMMANDS, Command, Tool, ToolCall

SEPARATOR = "\n\n"
"""Between what was said in two rounds."""


@dataclass(frozen=True, slots=True)
class _Round:
    """Where a round ended: so far in the text, and so many calls."""

    after: int
    calls: int


def noted(message: Message, commands: Sequence[Command]) -> str:
    """The commands field of a message once these commands have ended a round."""
    calls = [functions.called(command) for command in commands]
    line = {
        "after": len(message.text),
        "calls": [
            {"name": call.name, "arguments": {call.parameter: call.argument}}
            for call in calls
        ],
    }
    return f"{message.commands}{json.dumps(line, ensure_ascii=False)}\n"


def written(message: Message) -> str:
    """The commands of a message as MOSS writes them, whoever wrote them."""
    if _rounds(message.commands):
        return ", ".join(call.command.text() for call in message.calls)
    return message.commands


def callable_tools(
    tools: Collection[Tool], calls: Sequence[ToolCall]
) -> frozenset[Tool]:
    """Those of the tools that a reply with these calls may still use.

    All of a reply may have `MAX_COMMANDS` and one picture, so that no model goes on
    calling for ever.
    """
    used = {call.command.tool for call in calls}
    if len(calls) >= MAX_COMMANDS:
        return frozenset()
    return frozenset(tools) - (used & {Tool.TEXT_TO_IMAGE})


def allowed(
    commands: Sequence[Command], calls: Sequence[ToolCall]
) -> tuple[Command, ...]:
    """Those of a round's commands that are run, in the order written."""
    kept: list[Command] = []
    pictures = sum(call.command.tool is Tool.TEXT_TO_IMAGE for call in calls)
    for command in commands:
        pictures += command.tool is Tool.TEXT_TO_IMAGE
        if command.tool is not Tool.TEXT_TO_IMAGE or pictures == 1:
            kept.append(command)
    return tuple(kept[: max(0, MAX_COMMANDS - len(calls))])


def declaration(
    declared: Sequence[Function], instruction: str = ""
) -> tuple[Segment, ...]:
    """The system's message in front of a chat, where it has anything to say.

    Args:
        declared: The functions that may be called.
        instruction: What the user wants the model to be told.
    """
    if not declared and not instruction:
        return ()
    return (Segment(instruction, speaker=Speaker.SYSTEM, functions=tuple(declared)),)


def messages(
    reply: Message, *, with_calls: bool, goes_on: bool = False
) -> tuple[Segment, ...]:
    """A reply as the assistant's messages, and the tools' between them.

    Args:
        reply: The reply.
        with_calls: Whether the model is told of functions; otherwise, and where nothing
            was said behind the last results, it is only what was said.
        goes_on: Whether the reply is to go on behind its last results.
    """
    rounds = _rounds_of(reply)
    end = rest(reply)
    if not with_calls or not rounds or not (end or goes_on):
        return (Segment(reply.text, speaker=Speaker.ASSISTANT),)
    last = () if goes_on else (Segment(end, speaker=Speaker.ASSISTANT),)
    return (*_calling(reply, rounds), *last)


def rest(reply: Message) -> str:
    """What a reply says behind its last results; all of it where there are none."""
    rounds = _rounds_of(reply)
    said = rounds[-1].after if rounds else 0
    return reply.text[said:].removeprefix(SEPARATOR)


def _rounds_of(reply: Message) -> "tuple[_Round, ...]":
    rounds = _rounds(reply.commands)
    if not rounds and reply.calls:
        return (_Round(0, len(reply.calls)),)  # MOSS's, which calls before it answers
    return rounds


def _calling(reply: Message, rounds: Sequence[_Round]) -> Iterator[Segment]:
    """The messages of each round, results included."""
    answers = functions.answers(reply.calls)
    said = called = 0
    for each in rounds:
        calls = reply.calls[called : called + each.calls]
        text = reply.text[said : each.after].strip()
        made = tuple(functions.called(call.command) for call in calls)
        if made:
            yield Segment(text, speaker=Speaker.ASSISTANT, calls=made)
        for result in answers[called : called + len(calls)]:
            yield Segment(result, speaker=Speaker.TOOL)
        said, called = each.after, called + len(calls)


def _rounds(commands: str) -> tuple[_Round, ...]:
    """The rounds that a commands field notes; none where it is something else."""
    if not commands.startswith("{"):
        return ()
    try:
        lines = [json.loads(line) for line in commands.split("\n") if line]
        return tuple(_Round(int(one["after"]), len(one["calls"])) for one in lines)
    except (ValueError, TypeError, LookupError, RecursionError):
        return ()
