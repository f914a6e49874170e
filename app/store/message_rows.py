"""Messages as records: what goes into a row, and what a row says."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import msgspec

from app.domain.conversation import Message, MessageState, Role
from app.domain.feedback import Feedback, Provenance
from app.domain.generation import Usage
from app.domain.sources import Source
from app.domain.tools import Command, ToolCall, ToolFailure, ToolState
from app.store.database import Row
from app.store.moments import moment, readable, storable


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
    texts = (identity, role, state, text, thoughts, commands, calls_json, model, notes)
    if not all(isinstance(value, str) for value in texts):
        return None, False
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
    usage = readable(usage_json) or "null"
    return _with_details(message, (calls_json, usage, notes))


def _with_details(message: Message, details: Sequence[str]) -> tuple[Message, bool]:
    """Adds what stands in JSON; one that cannot be read does not hide the others."""
    calls_json, usage_json, notes_text = details
    complete = True
    try:
        message = replace(message, calls=tuple(map(_ended, _CALLS.decode(calls_json))))
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


def _ended(call: ToolCall) -> ToolCall:
    """A call that nobody runs any more, and for which nobody is asked."""
    if call.state in (ToolState.DONE, ToolState.FAILED):
        return call
    return ToolCall.failed(call.command, ToolFailure.CANCELLED)


def _storable_call(call: ToolCall) -> ToolCall:
    argument = storable(call.command.argument)
    return replace(
        call,
        command=Command(call.command.tool, argument),
        result=storable(call.result),
        detail=storable(call.detail),
        sources=tuple(map(_storable_source, call.sources)),
        picture=storable(call.picture),
    )


def _storable_source(source: Source) -> Source:
    return replace(
        source,
        title=storable(source.title),
        location=storable(source.location),
        text=storable(source.text),
        heading=storable(source.heading),
    )
