"""Messages as records: what goes into a row, and what a row says."""

from dataclasses import replace
from typing import Final

import msgspec

from app.domain.attachments import Attachment
from app.domain.conversation import Message, MessageState, Role
from app.domain.feedback import Feedback, Provenance
from app.domain.generation import Usage
from app.domain.sources import Source
from app.domain.tools import Command, ToolCall, ToolFailure, ToolState
from app.store.database import Row
from app.store.enclosed import attachments_from, attachments_json
from app.store.moments import moment, readable, storable


class Notes(msgspec.Struct, frozen=True, omit_defaults=True):
    """What is said about a message, in its record as JSON."""

    pinned: bool = False
    feedback: Feedback = Feedback()
    provenance: Provenance | None = None


CONTENT: Final = (
    "state", "text", "thoughts", "commands", "calls", "model", "usage", "notes",
    "attachments",
)  # fmt: skip
"""The columns that may change while a message is written."""
COLUMNS: Final = ("id", "parent", "role", "created", *CONTENT)
"""The columns of `message_from`."""

_encode = msgspec.json.Encoder().encode
_CALLS = msgspec.json.Decoder(tuple[ToolCall, ...])
_USAGE = msgspec.json.Decoder(Usage | None)
_NOTES = msgspec.json.Decoder(Notes)
_NO_NOTES: Final = Notes()
_ROLES: Final = {role.value: role for role in Role}
# Nobody is writing a message any more that is read.
_STATES: Final = {state.value: state for state in MessageState} | {
    MessageState.STREAMING.value: MessageState.INTERRUPTED
}


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
        attachments_json(message.attachments),
    )


def notes_json(message: Message) -> str:
    """The value of the column `notes`."""
    feedback = replace(message.feedback, remark=storable(message.feedback.remark))
    return _encode(Notes(message.pinned, feedback, message.provenance)).decode()


def message_from(row: Row) -> tuple[Message | None, bool]:
    """A record's message, and whether all of it could be read.

    What stands in JSON and cannot be read does not hide the rest.

    Args:
        row: The values of `COLUMNS`.
    """
    (identity, parent, role, created, state, text, thoughts, commands, *rest) = row
    calls_json, model, usage_json, notes_text, enclosed = rest
    said = (text, thoughts, commands, calls_json, model, notes_text, enclosed)
    if not all(isinstance(value, str) for value in (identity, role, state, *said)):
        return None, False
    calls, calls_read = _calls(calls_json)
    usage, usage_read = _usage(readable(usage_json))
    notes, notes_read = _notes(notes_text)
    files, files_read = _attachments(enclosed)
    try:
        message = Message(
            id=identity,
            parent=parent,
            role=_ROLES[role],
            text=text,
            created=moment(created),
            state=_STATES[state],
            thoughts=thoughts,
            commands=commands,
            calls=calls,
            model=model,
            usage=usage,
            attachments=files,
            pinned=notes.pinned,
            feedback=notes.feedback,
            provenance=notes.provenance,
        )
    except (KeyError, ValueError):
        return None, False
    return message, calls_read and usage_read and notes_read and files_read


# Most messages have nothing in their JSON, and a chat may have ten thousand.


def _calls(text: str) -> tuple[tuple[ToolCall, ...], bool]:
    if text == "[]":
        return (), True
    try:
        return tuple(map(_ended, _CALLS.decode(text))), True
    except msgspec.MsgspecError:
        return (), False


def _usage(text: str | None) -> tuple[Usage | None, bool]:
    if not text:
        return None, True
    try:
        return _USAGE.decode(text), True
    except msgspec.MsgspecError:
        return None, False


def _notes(text: str) -> tuple[Notes, bool]:
    if text == "{}":
        return _NO_NOTES, True
    try:
        return _NOTES.decode(text), True
    except msgspec.MsgspecError:
        return _NO_NOTES, False


def _attachments(text: str) -> tuple[tuple[Attachment, ...], bool]:
    if text == "[]":
        return (), True
    try:
        return attachments_from(text), True
    except msgspec.MsgspecError:
        return (), False


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
