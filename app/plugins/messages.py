"""What the parent and a tool process say to each other.

One message a line, JSON in UTF-8. The child answers requests in the order they came.
The end of its stdin means that the parent is gone: it exits.

    parent                         tool process
      ── Prepare ────────────────────▶
      ◀────────── Ready or Unusable ──   (its tools are made)
      ── Request(7) ─────────────────▶
      ◀──────────────── Started(7) ──   (what was slow to load is there)
      ◀── Progress(7), Requested(7) ──   (any number of times)
      ── Cancel(7) ──────────────────▶   (perhaps)
      ◀───── Answer(7) or Refusal(7) ──

A command's time limit runs from `Started`; before it the child may still be importing
a library, for which `START_SECONDS` is the limit.
"""

from collections.abc import Mapping
from typing import Any, Final, TypeVar

import msgspec

from app.domain.errors import ErrorCode, UserError
from app.domain.sources import Source
from app.domain.tools import Command, Tool, ToolCall, ToolFailure, ToolState

START_SECONDS: Final = 60.0
"""How long a child may take from its start, or a request's, to `Started`."""

INTRODUCTION_SECONDS: Final = 20.0
"""How long an installed tool may take to say what it is."""
SILENT: Final = "it does not say in time which command it answers"
"""Why one that took longer cannot be used."""


class Prepare(msgspec.Struct, frozen=True, tag="prepare", tag_field="type"):
    """Make the tools; the first message, and only that.

    Attributes:
        values: The settings of each tool by its name.
        data: The folder below which each tool has one of its own.
        pictures: The folder of pictures.
    """

    values: Mapping[str, Mapping[str, Any]] = {}
    data: str = ""
    pictures: str = ""


class Request(msgspec.Struct, frozen=True, tag="request", tag_field="type"):
    """Run one command.

    Attributes:
        id: Chosen by the parent; all that comes back carries it.
        tool: Which command.
        argument: What the model wrote between the quotes.
        name: Which of the tools that answer it; empty for the first.
    """

    id: int
    tool: Tool
    argument: str
    name: str = ""


class Cancel(msgspec.Struct, frozen=True, tag="cancel", tag_field="type"):
    """The answer is not wanted any more."""

    id: int


class Offer(msgspec.Struct, frozen=True):
    """A tool that a process has."""

    name: str
    tool: Tool


class Ready(msgspec.Struct, frozen=True, tag="ready", tag_field="type"):
    """The tools are made."""

    tools: tuple[Offer, ...]


class Unusable(msgspec.Struct, frozen=True, tag="unusable", tag_field="type"):
    """The tools cannot be made, for this reason; the child ends."""

    reason: str


class Started(msgspec.Struct, frozen=True, tag="started", tag_field="type"):
    """The command is running now."""

    id: int


class Progress(msgspec.Struct, frozen=True, tag="progress", tag_field="type"):
    """How far the command has come, 0 to 1, and with what."""

    id: int
    fraction: float
    text: str = ""


class Requested(msgspec.Struct, frozen=True, tag="requested", tag_field="type"):
    """A network request: said when it begins and again when it is over.

    So it is known too where the process is killed in between.

    Attributes:
        id: The command it is made for.
        number: Which of the command's requests, from 1.
        host: Whom it goes to.
        purpose: What for.
        size: Bytes sent and received, as far as they were counted.
        outcome: How it ended; empty at its beginning.
        seconds: How long it took.
    """

    id: int
    number: int
    host: str
    purpose: str
    size: int = 0
    outcome: str = ""
    seconds: float = 0.0


class Answer(msgspec.Struct, frozen=True, tag="answer", tag_field="type"):
    """The command is done.

    Attributes:
        id: Which command.
        result: Text.
        sources: What a search found, best first.
        picture: The name of a file in the folder of pictures; empty for none.
    """

    id: int
    result: str = ""
    sources: tuple[Source, ...] = ()
    picture: str = ""


class Refusal(msgspec.Struct, frozen=True, tag="refusal", tag_field="type"):
    """The command came to nothing."""

    id: int
    failure: ToolFailure
    detail: str = ""


Order = Prepare | Request | Cancel
Reply = Ready | Unusable | Started | Progress | Requested | Answer | Refusal

_M = TypeVar("_M")
_ENCODER = msgspec.json.Encoder()
_ORDERS: msgspec.json.Decoder[Order] = msgspec.json.Decoder(Order)
_REPLIES: msgspec.json.Decoder[Reply] = msgspec.json.Decoder(Reply)


def encode(message: Order | Reply) -> bytes:
    """One line, its newline included.

    Half of a surrogate pair, which UTF-8 has no form for, becomes a question mark.
    """
    try:
        line = _ENCODER.encode(message)
    except UnicodeEncodeError:
        line = _ENCODER.encode(_cleaned(msgspec.to_builtins(message)))
    return line + b"\n"


def decode_order(line: bytes) -> Order:
    """Reads a line that came from the parent.

    Raises:
        UserError: `ErrorCode.PROTOCOL` when it is none.
    """
    return _decode(_ORDERS, line)


def decode_reply(line: bytes) -> Reply:
    """Reads a line that came from the tool process.

    Raises:
        UserError: `ErrorCode.PROTOCOL` when it is not a reply.
    """
    return _decode(_REPLIES, line)


def call_from(command: Command, reply: Answer | Refusal) -> ToolCall:
    """What became of `command`, as the conversation keeps it."""
    match reply:
        case Answer():
            return ToolCall(
                command,
                ToolState.DONE,
                reply.result,
                sources=reply.sources,
                picture=reply.picture,
            )
        case Refusal():
            return ToolCall.failed(command, reply.failure, reply.detail)


def _decode(decoder: msgspec.json.Decoder[_M], line: bytes) -> _M:
    try:
        return decoder.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise UserError(ErrorCode.PROTOCOL, str(error)) from error


def _cleaned(value: object) -> object:
    """JSON whose texts UTF-8 can hold."""
    match value:
        case str():
            return value.encode("utf-8", "replace").decode()
        case dict():
            return {_cleaned(key): _cleaned(each) for key, each in value.items()}
        case list() | tuple():
            return [_cleaned(each) for each in value]
        case _:
            return value
