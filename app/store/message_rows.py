"""Messages as records: what goes into a row, and what a row says."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final

import msgspec

from app.domain.conversation import Message, MessageState, Role
from app.domain.feedback import Feedback, Provenance
from app.domain.generation import Usage
from app.domain.tools import Command, ToolCall
from app.store.database import Row

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
_LAST: Final = (datetime.max.replace(tzinfo=UTC) - _EPOCH) // _MICROSECOND


class Notes(msgspec.Struct, frozen=True, omit_defaults=True):
    """What is said about a message, in its record as JSON."""

    pinned: bool = False
    feedback: Feedback = Feedback()
    provenance: Provenance | None = None


CONTENT: Final = (
    "state", "text", "thoughts", "commands", "calls", "model", "usage", "notes",
)  # fmt: skip
"""The columns that may change while a message is written."""
COLUMNS: Final = ("id", "parent", "role", "created", *CONTENT)
"""The columns of `message_from`."""

_encode = msgspec.json.Encoder().encode
_CALLS = msgspec.json.Decoder(tuple[ToolCall, ...])
_USAGE = msgspec.json.Decoder(Usage | None)
_NOTES = msgspec.json.Decoder(Notes)


def content(message: Message) -> tuple[str | None, ...]:
    """The values of `CONTENT`."""
    return (
        message.state.value,
        storable(message.text),
        storable(message.thoughts),
        storable(message.commands),
        _encode([_storable_call(call) for call in message.calls]).decode(),
        storable(message.model),
        None if message.usage is None else _encode(message.usage).decode(),
        notes_json(message),
    )


def notes_json(message: Message) -> str:
    """The value of the column `notes`."""
    feedback = replace(message.feedback, remark=storable(message.feedback.remark))
    return _encode(Notes(message.pinned, feedback, message.provenance)).decode()


def message_from(row: Row) -> tuple[Message | None, bool]:
    """A record's message, and whether all of it could be read.

    Args:
        row: The values of `COLUMNS`.
    """
    (identity, parent, role, created, state, text, thoughts, commands, *rest) = row
    calls_json, model, usage_json, notes = rest
    try:
        message = Message(
            id=identity,
            parent=parent,
            role=Role(role),
            text=text,
            created=moment(created),
            state=_settled(MessageState(state)),
            thoughts=thoughts,
            commands=commands,
            model=model,
        )
    except ValueError:
        return None, False
    return _with_details(message, (calls_json, usage_json or "null", notes))


def _with_details(message: Message, details: Sequence[str]) -> tuple[Message, bool]:
    """Adds what stands in JSON; one that cannot be read does not hide the others."""
    calls_json, usage_json, notes_text = details
    complete = True
    try:
        message = replace(message, calls=_CALLS.decode(calls_json))
    except msgspec.MsgspecError:
        complete = False
    try:
        message = replace(message, usage=_USAGE.decode(usage_json))
    except msgspec.MsgspecError:
        complete = False
    try:
        notes = _NOTES.decode(notes_text)
    except msgspec.MsgspecError:
        return message, False
    return (
        replace(
            message,
            pinned=notes.pinned,
            feedback=notes.feedback,
            provenance=notes.provenance,
        ),
        complete,
    )


def _settled(state: MessageState) -> MessageState:
    """The state of a message that nobody is writing any more."""
    return MessageState.INTERRUPTED if state is MessageState.STREAMING else state


def _storable_call(call: ToolCall) -> ToolCall:
    return ToolCall(
        Command(call.command.tool, storable(call.command.argument)),
        call.state,
        storable(call.result),
        call.reason,
    )


def storable(text: str) -> str:
    """Text as UTF-8 can hold it: half of a surrogate pair becomes a question mark."""
    return text.encode("utf-8", "replace").decode()


def stamp(when: datetime) -> int:
    """A time as microseconds since 1970 in UTC."""
    return (when - _EPOCH) // _MICROSECOND


def moment(microseconds: int) -> datetime:
    """The time of a stamp; the nearest that there is for a damaged one."""
    return _EPOCH + min(max(microseconds, 0), _LAST) * _MICROSECOND
