"""Conversations in the archive.

A message is saved as a whole, again and again while it is written; every save is one
transaction. What can be read is always shown: a record that cannot is skipped and
counted.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

import msgspec

from app.domain.conversation import (
    Conversation,
    ConversationSummary,
    Message,
    MessageState,
    Role,
)
from app.domain.errors import ErrorCode, UserError
from app.domain.generation import Usage
from app.domain.sources import Source
from app.domain.tools import Command, ToolCall, ToolFailure, ToolState
from app.store.database import Database, Row
from app.store.moments import moment, stamp, storable

_MESSAGE: Final = """
    SELECT id, parent, role, state, created, text, thoughts, commands, calls, model,
           usage
    FROM messages
"""

_encode = msgspec.json.Encoder().encode
_CALLS = msgspec.json.Decoder(tuple[ToolCall, ...])
_USAGE = msgspec.json.Decoder(Usage | None)


@dataclass(frozen=True, slots=True)
class Loaded:
    """A conversation as it was found.

    Attributes:
        conversation: What could be read; messages in order of arrival.
        unreadable: How many records could not be read, or only in part.
    """

    conversation: Conversation
    unreadable: int = 0


class ConversationStore:
    """The conversations of one archive.

    Every method may raise `UserError` where file or disk do not allow it.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def summaries(self, containing: str = "") -> tuple[ConversationSummary, ...]:
        """Conversations that are not in the trash, newest first.

        Args:
            containing: Only those with this in their title or in a message.
        """
        pattern = f"%{_escaped(containing)}%"
        rows = self._database.rows(
            r"""
            SELECT id, title, updated FROM conversations
            WHERE trashed IS NULL AND (
                ?1 = '%%' OR title LIKE ?1 ESCAPE '\' OR EXISTS (
                    SELECT 1 FROM messages
                    WHERE conversation = conversations.id AND text LIKE ?1 ESCAPE '\'
                )
            )
            ORDER BY updated DESC, rowid DESC
            """,
            pattern,
        )
        return tuple(_summary(row) for row in rows)

    def trashed(self) -> tuple[ConversationSummary, ...]:
        """Conversations in the trash, the last one put there first."""
        rows = self._database.rows(
            """
            SELECT id, title, updated FROM conversations
            WHERE trashed IS NOT NULL ORDER BY trashed DESC, rowid DESC
            """
        )
        return tuple(_summary(row) for row in rows)

    def load(self, conversation_id: str) -> Loaded | None:
        """A conversation with all its messages; None when there is none.

        A message that was being written when the program died comes as
        `INTERRUPTED`; so does one that another process is writing just now.
        """
        heads = self._database.rows(
            "SELECT title, leaf FROM conversations WHERE id = ?", conversation_id
        )
        if not heads:
            return None
        rows, unreadable = self._message_rows(conversation_id)
        messages: dict[str, Message] = {}
        for row in rows:
            message, complete = _message(row)
            unreadable += not complete
            if message is not None:
                messages[message.id] = message
        title, leaf = heads[0]
        conversation = Conversation(conversation_id, title, messages, leaf)
        return Loaded(conversation, unreadable)

    def create(self, conversation_id: str, title: str, created: datetime) -> None:
        """Adds an empty conversation.

        Args:
            conversation_id: A UUID's 32 hexadecimal digits.
            title: May be empty.
            created: Now, with its time zone.
        """
        with self._database.transaction():
            self._database.execute(
                """
                INSERT INTO conversations (id, title, created, updated)
                VALUES (?1, ?2, ?3, ?3)
                """,
                conversation_id,
                storable(title),
                stamp(created),
            )

    def rename(self, conversation_id: str, title: str) -> None:
        """Gives a conversation another title."""
        with self._database.transaction():
            self._database.execute(
                "UPDATE conversations SET title = ? WHERE id = ?",
                storable(title),
                conversation_id,
            )

    def trash(self, conversation_id: str, when: datetime) -> None:
        """Puts a conversation into the trash; nothing is lost."""
        with self._database.transaction():
            self._database.execute(
                "UPDATE conversations SET trashed = ? WHERE id = ?",
                stamp(when),
                conversation_id,
            )

    def restore(self, conversation_id: str) -> None:
        """Takes a conversation out of the trash."""
        with self._database.transaction():
            self._database.execute(
                "UPDATE conversations SET trashed = NULL WHERE id = ?",
                conversation_id,
            )

    def save_message(self, conversation_id: str, message: Message) -> None:
        """Adds a message or replaces it with what it has become.

        A new message becomes the conversation's leaf, brings it up in the list, and
        out of the trash if another window has put it there; one
        that is there already changes neither, so that a reply may be finished while
        another branch is shown. While it is `STREAMING` the save does not wait for the
        disk; in every other state the message is on it when this returns.
        """
        streaming = message.state is MessageState.STREAMING
        with self._database.transaction(durable=not streaming):
            if not self._update(message):
                self._insert(conversation_id, message)

    def set_leaf(self, conversation_id: str, leaf: str | None) -> None:
        """Shows another path of a conversation."""
        with self._database.transaction():
            self._database.execute(
                "UPDATE conversations SET leaf = ? WHERE id = ?", leaf, conversation_id
            )

    def draft(self, conversation_id: str = "") -> str:
        """The text that was not sent; without an id, that of a new conversation."""
        rows = self._database.rows(
            "SELECT text FROM drafts WHERE conversation = ?", conversation_id
        )
        return str(rows[0][0]) if rows else ""

    def set_draft(self, conversation_id: str, text: str) -> None:
        """Keeps a text that was not sent yet; an empty one is forgotten."""
        with self._database.transaction(durable=False):
            if text:
                self._database.execute(
                    """
                    INSERT INTO drafts (conversation, text) VALUES (?, ?)
                    ON CONFLICT (conversation) DO UPDATE SET text = excluded.text
                    """,
                    conversation_id,
                    storable(text),
                )
            else:
                self._database.execute(
                    "DELETE FROM drafts WHERE conversation = ?", conversation_id
                )

    def _update(self, message: Message) -> bool:
        """Replaces a message that is there; says whether it was."""
        return (
            self._database.execute(
                """
                UPDATE messages
                SET state = ?, text = ?, thoughts = ?, commands = ?, calls = ?,
                    model = ?, usage = ?
                WHERE id = ?
                """,
                *_content(message),
                message.id,
            )
            > 0
        )

    def _insert(self, conversation_id: str, message: Message) -> None:
        created = stamp(message.created)
        self._database.execute(
            """
            INSERT INTO messages (
                state, text, thoughts, commands, calls, model, usage,
                id, conversation, parent, role, created
            ) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """,
            *_content(message),
            message.id,
            conversation_id,
            message.parent,
            message.role.value,
            created,
        )
        self._database.execute(
            """
            UPDATE conversations
            SET leaf = ?, updated = max(updated, ?), trashed = NULL
            WHERE id = ?
            """,
            message.id,
            created,
            conversation_id,
        )

    def _message_rows(self, conversation_id: str) -> tuple[list[Row], int]:
        """A conversation's records, and how many are on damaged pages."""
        try:
            return (
                self._database.rows(
                    _MESSAGE + "WHERE conversation = ? ORDER BY key", conversation_id
                ),
                0,
            )
        except UserError as error:
            if error.code is not ErrorCode.ARCHIVE_UNREADABLE:
                raise
        keys = self._database.rows(
            "SELECT key FROM messages WHERE conversation = ? ORDER BY key",
            conversation_id,
        )
        rows = [row for (key,) in keys if (row := self._single(key)) is not None]
        return rows, len(keys) - len(rows)

    def _single(self, key: int) -> Row | None:
        """One record; None when its page is damaged."""
        try:
            return self._database.rows(_MESSAGE + "WHERE key = ?", key)[0]
        except (UserError, IndexError):
            return None


def _content(message: Message) -> tuple[str | None, ...]:
    """The columns that may change while a message is written."""
    return (
        message.state.value,
        storable(message.text),
        storable(message.thoughts),
        storable(message.commands),
        _encode([_storable_call(call) for call in message.calls]).decode(),
        storable(message.model),
        None if message.usage is None else _encode(message.usage).decode(),
    )


def _message(row: Row) -> tuple[Message | None, bool]:
    """A record's message, and whether all of it could be read."""
    (identity, parent, role, state, created, text, thoughts, commands, *rest) = row
    calls_json, model, usage_json = rest
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
    try:
        calls = _CALLS.decode(calls_json)
        usage = _USAGE.decode(usage_json or "null")
    except msgspec.MsgspecError:
        return message, False
    return replace(message, calls=tuple(map(_ended, calls)), usage=usage), True


def _settled(state: MessageState) -> MessageState:
    """The state of a message that nobody is writing any more."""
    return MessageState.INTERRUPTED if state is MessageState.STREAMING else state


def _ended(call: ToolCall) -> ToolCall:
    """A call that nobody runs any more, and for which nobody is asked."""
    if call.state in (ToolState.DONE, ToolState.FAILED):
        return call
    return ToolCall.failed(call.command, ToolFailure.CANCELLED)


def _summary(row: Row) -> ConversationSummary:
    identity, title, updated = row
    return ConversationSummary(identity, title, moment(updated))


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


def _escaped(text: str) -> str:
    r"""A text for LIKE, its wildcards escaped by `\`."""
    return text.replace("\\", "\\\\").replace("%", r"\%").replace("_", r"\_")
