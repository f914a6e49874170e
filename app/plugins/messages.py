"""What the parent and the tool process say to each other.

One message a line, JSON in UTF-8. The child answers requests in the order they came.
The end of its stdin means that the parent is gone: it exits.

    parent                         tool process
      ── Request(7) ─────────────────▶
      ◀──────────────── Started(7) ──   (what was slow to load is there)
      ◀───── Answer(7) or Refusal(7) ──

A command's time limit runs from `Started`; before it the child may still be importing
a library, for which `START_SECONDS` is the limit.
"""

from typing import Final

import msgspec
from msgspec import structs

from app.domain.errors import ErrorCode, UserError
from app.domain.tools import Command, Tool, ToolCall, ToolFailure, ToolState

START_SECONDS: Final = 60.0
"""How long a child may take from its start, or a request's, to `Started`."""


class Request(msgspec.Struct, frozen=True):
    """Run one command.

    Attributes:
        id: Chosen by the parent; all that comes back carries it.
        tool: Which tool.
        argument: What the model wrote between the quotes.
    """

    id: int
    tool: Tool
    argument: str


class Started(msgspec.Struct, frozen=True, tag="started", tag_field="type"):
    """The command is running now."""

    id: int


class Answer(msgspec.Struct, frozen=True, tag="answer", tag_field="type"):
    """The command is done."""

    id: int
    result: str


class Refusal(msgspec.Struct, frozen=True, tag="refusal", tag_field="type"):
    """The command came to nothing."""

    id: int
    failure: ToolFailure


Reply = Started | Answer | Refusal

_ENCODER = msgspec.json.Encoder()
_REQUESTS = msgspec.json.Decoder(Request)
_REPLIES: msgspec.json.Decoder[Reply] = msgspec.json.Decoder(Reply)


def encode(message: Request | Reply) -> bytes:
    """One line, its newline included.

    Half of a surrogate pair, which UTF-8 has no form for, becomes a question mark.
    """
    match message:
        case Request():
            message = structs.replace(message, argument=_storable(message.argument))
        case Answer():
            message = structs.replace(message, result=_storable(message.result))
    return _ENCODER.encode(message) + b"\n"


def decode_request(line: bytes) -> Request:
    """Reads a line that came from the parent.

    Raises:
        UserError: `ErrorCode.PROTOCOL` when it is not a request.
    """
    try:
        return _REQUESTS.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise UserError(ErrorCode.PROTOCOL, str(error)) from error


def decode_reply(line: bytes) -> Reply:
    """Reads a line that came from the tool process.

    Raises:
        UserError: `ErrorCode.PROTOCOL` when it is not a reply.
    """
    try:
        return _REPLIES.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise UserError(ErrorCode.PROTOCOL, str(error)) from error


def call_from(command: Command, reply: Answer | Refusal) -> ToolCall:
    """What became of `command`, as the conversation keeps it."""
    match reply:
        case Answer():
            return ToolCall(command, ToolState.DONE, reply.result)
        case Refusal():
            return ToolCall.failed(command, reply.failure)


def _storable(text: str) -> str:
    return text.encode("utf-8", "replace").decode()
