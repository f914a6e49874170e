"""Conversations in the archive.

A message is saved as a whole, again and again while it is written; every save is one
transaction. What can be read is always shown: a record that cannot is skipped and
counted.
"""

import json
from collections.abc import Collection
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from app.domain.archived import ArchivedChat
from app.domain.conversation import (
    Conversation,
    ConversationSummary,
    Message,
    MessageState,
    Role,
)
from app.domain.errors import ErrorCode, UserError
from app.domain.presets import Preset
from app.store import damaged
from app.store.database import Database, Row
from app.store.drafts import Drafts
from app.store.enclosed import preset_from, preset_json
from app.store.message_rows import (
    CONTENT,
    content,
    message_from,
    notes_json,
)
from app.store.moments import moment, readable, stamp, storable
from app.store.pictures import PICTURE_NAMES
from app.store.search import MOST_HITS, Hit, SearchIndex

_SUMMARY: Final = "SELECT id, title, updated, folder, pinned FROM conversations "


@dataclass(frozen=True, slots=True)
class Loaded:
    """A conversation as it was found.

    Attributes:
        conversation: What could be read; messages in order of arrival.
        unreadable: How many records could not be read, or only in part.
    """

    conversation: Conversation
    unreadable: int = 0


@dataclass(frozen=True, slots=True)
class LoadedChat:
    """A chat with its place in the list, as it was found.

    Attributes:
        chat: What could be read.
        unreadable: How many records could not be read, or only in part.
    """

    chat: ArchivedChat
    unreadable: int = 0


class ConversationStore:
    """The conversations of one archive.

    Attributes:
        drafts: The texts that were not sent yet.

    Every method may raise `UserError` where file or disk do not allow it.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._index = SearchIndex(database)
        self.drafts: Final = Drafts(database)

    def together(self) -> AbstractContextManager[None]:
        """A block whose changes are kept together, or not at all."""
        return self._database.transaction()

    def summaries(self, containing: str = "") -> tuple[ConversationSummary, ...]:
        """Conversations that are not in the trash: pinned ones first, then the newest.

        Args:
            containing: Only those with this in their title or in a message.
        """
        rows = self._database.rows(
            _SUMMARY + "WHERE trashed IS NULL ORDER BY pinned DESC, updated DESC, "
            "rowid DESC"
        )
        found = map(_summary, rows)
        if containing.strip():
            hits = self._index.find(containing, most=len(rows) * MOST_HITS)
            having = {hit.conversation for hit in hits}
            return tuple(chat for chat in found if chat.id in having)
        return tuple(found)

    def find(self, query: str, *, most: int = MOST_HITS) -> tuple[Hit, ...]:
        """Titles and messages with what is looked for, the newest first."""
        return self._index.find(query, most=most)

    def trashed(self) -> tuple[ConversationSummary, ...]:
        """Conversations in the trash, the last one put there first."""
        rows = self._database.rows(
            _SUMMARY + "WHERE trashed IS NOT NULL ORDER BY trashed DESC, rowid DESC"
        )
        return tuple(map(_summary, rows))

    def folders(self) -> tuple[str, ...]:
        """The folders that hold conversations, by name."""
        rows = self._database.rows(
            """
            SELECT DISTINCT folder FROM conversations
            WHERE folder <> '' AND trashed IS NULL ORDER BY folder
            """
        )
        return tuple(folder for (folder,) in rows)

    def load(self, conversation_id: str) -> Loaded | None:
        """A conversation with all its messages; None when there is none.

        A message that was being written when the program died comes as
        `INTERRUPTED`; so does one that another process is writing just now.
        """
        found = damaged.head(self._database, conversation_id)
        if found is None:
            return None
        rows, unreadable = damaged.message_rows(self._database, conversation_id)
        messages: dict[str, Message] = {}
        for row in rows:
            message, complete = message_from(row)
            unreadable += not complete
            if message is not None:
                messages[message.id] = message
        title, leaf, preset = found
        conversation = Conversation(
            conversation_id,
            readable(title),
            messages,
            leaf,
            preset_from(readable(preset)),
        )
        if unreadable:
            conversation = damaged.mended(conversation)
        return Loaded(conversation, unreadable)

    def create(self, conversation_id: str, title: str, created: datetime) -> None:
        """Adds an empty conversation.

        Args:
            conversation_id: A UUID's 32 hexadecimal digits.
            title: May be empty.
            created: Now, with its time zone.
        """
        with self._database.transaction():
            self._create(conversation_id, title, created)

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

    def move(self, conversation_ids: Collection[str], folder: str) -> None:
        """Puts conversations into a folder; an empty name takes them out."""
        with self._database.transaction():
            for conversation_id in conversation_ids:
                self._database.execute(
                    "UPDATE conversations SET folder = ? WHERE id = ?",
                    storable(folder),
                    conversation_id,
                )

    def pin(self, conversation_id: str, *, pinned: bool) -> None:
        """Keeps a conversation at the top of the list, or no longer."""
        with self._database.transaction():
            self._database.execute(
                "UPDATE conversations SET pinned = ? WHERE id = ?",
                int(pinned),
                conversation_id,
            )

    def purge(self, conversation_ids: Collection[str]) -> None:
        """Deletes conversations for good."""
        with self._database.transaction():
            for conversation_id in conversation_ids:
                self._index.forget(conversation_id)
                self._database.execute(
                    "DELETE FROM conversations WHERE id = ?", conversation_id
                )
                self.drafts.forget(conversation_id)

    def save_message(self, conversation_id: str, message: Message) -> None:
        """Adds a message or replaces it with what it has become.

        A new message becomes the conversation's leaf, takes the place of a draft that
        is the same text, brings it up in the list, and
        out of the trash if another window has put it there; one
        that is there already changes neither, so that a reply may be finished while
        another branch is shown. While it is `STREAMING` the message cannot be found by
        its words; in every other state it is brought to the disk at once.
        """
        streaming = message.state is MessageState.STREAMING
        with self._database.transaction(durable=not streaming):
            if not self._update(message):
                self._insert(conversation_id, message)
            if not streaming:
                self._index.put(message.id, message.text)

    def add(self, conversation: Conversation, created: datetime) -> None:
        """Adds a whole conversation with all its messages, or nothing of it.

        Args:
            conversation: Its ids must be new.
            created: When it began.
        """
        times = [message.created for message in conversation.messages.values()]
        self.add_archived(ArchivedChat(conversation, created, max([created, *times])))

    def add_archived(self, chat: ArchivedChat) -> None:
        """Adds a whole chat with its place in the list, or nothing of it.

        Args:
            chat: Its ids must be new.
        """
        conversation = chat.conversation
        with self._database.transaction():
            self._create(conversation.id, conversation.title, chat.created)
            for message in conversation.messages.values():
                self._insert(conversation.id, message)
                self._index.put(message.id, message.text)
            self._database.execute(
                """
                UPDATE conversations
                SET leaf = ?, updated = ?, folder = ?, pinned = ?, preset = ?
                WHERE id = ?
                """,
                conversation.leaf,
                stamp(chat.updated),
                storable(chat.folder),
                int(chat.pinned),
                preset_json(conversation.preset),
                conversation.id,
            )

    def archived(self, conversation_id: str) -> LoadedChat | None:
        """A chat with its place in the list; None when there is none."""
        loaded = self.load(conversation_id)
        rows = self._database.rows(
            "SELECT created, updated, folder, pinned FROM conversations WHERE id = ?",
            conversation_id,
        )
        if loaded is None or not rows:
            return None
        created, updated, folder, pinned = rows[0]
        chat = ArchivedChat(
            loaded.conversation, moment(created), moment(updated), folder, bool(pinned)
        )
        return LoadedChat(chat, loaded.unreadable)

    def ids(self) -> tuple[str, ...]:
        """Conversations that are not in the trash, the oldest first."""
        rows = self._database.rows(
            "SELECT id FROM conversations WHERE trashed IS NULL ORDER BY created, id"
        )
        return tuple(identity for (identity,) in rows)

    def taken(self, ids: Collection[str]) -> frozenset[str]:
        """Those of some ids that conversations or messages have, deleted ones too."""
        asked = json.dumps(list(ids))
        rows = self._database.rows(
            """
            SELECT id FROM conversations WHERE id IN (SELECT value FROM json_each(?1))
            UNION
            SELECT id FROM messages WHERE id IN (SELECT value FROM json_each(?1))
            """,
            asked,
        )
        return frozenset(identity for (identity,) in rows)

    def note(self, message: Message) -> None:
        """Keeps what is said about a message: pin, feedback, provenance."""
        with self._database.transaction():
            self._database.execute(
                "UPDATE messages SET notes = ? WHERE id = ?",
                notes_json(message),
                message.id,
            )

    def trash_messages(self, message_ids: Collection[str], when: datetime) -> None:
        """Puts messages into the trash; nothing is lost."""
        self._trash_messages(message_ids, stamp(when))

    def restore_messages(self, message_ids: Collection[str]) -> None:
        """Takes messages out of the trash."""
        self._trash_messages(message_ids, None)

    def purge_trash(self, before: datetime) -> int:
        """Deletes for good what was put into the trash before a time.

        Returns:
            How many conversations are gone.
        """
        old = self._database.rows(
            "SELECT id FROM conversations WHERE trashed < ?", stamp(before)
        )
        self.purge([identity for (identity,) in old])
        with self._database.transaction():
            self._database.execute(
                """
                DELETE FROM found WHERE rowid IN (
                    SELECT key FROM messages WHERE trashed < ?
                )
                """,
                stamp(before),
            )
            self._database.execute(
                "DELETE FROM messages WHERE trashed < ?", stamp(before)
            )
        return len(old)

    def index_interrupted(self) -> int:
        """Has found by their words what was written when the program died.

        A reply that is being written just now is indexed again at its end.

        Returns:
            How many messages were added.
        """
        lost = self._database.rows(
            """
            SELECT id, text FROM messages
            WHERE state = ? AND NOT EXISTS (SELECT 1 FROM found WHERE rowid = key)
            """,
            MessageState.STREAMING.value,
        )
        if lost:
            with self._database.transaction():
                for identity, text in lost:
                    self._index.put(identity, readable(text))
        return len(lost)

    def pictures(self) -> frozenset[str]:
        """Names of all pictures that messages refer to, those in the trash included.

        A record that cannot be read otherwise still keeps the pictures it names.
        """
        rows = self._database.rows(
            """
            SELECT calls FROM messages
            WHERE calls LIKE '%.png"%' OR calls LIKE '%.jpg"%'
            """
        )
        return frozenset(
            name for (calls,) in rows for name in PICTURE_NAMES.findall(calls)
        )

    def set_leaf(self, conversation_id: str, leaf: str | None) -> None:
        """Shows another path of a conversation."""
        with self._database.transaction():
            self._set_leaf(conversation_id, leaf)

    def preset(self, conversation_id: str) -> Preset | None:
        """How a conversation's replies are written; None where it does not say."""
        rows = damaged.rows_or_none(
            self._database,
            "SELECT preset FROM conversations WHERE id = ?",
            conversation_id,
        )
        return preset_from(readable(rows[0][0])) if rows else None

    def set_preset(self, conversation_id: str, preset: Preset | None) -> None:
        """Keeps how a conversation's replies are to be written."""
        with self._database.transaction():
            self._database.execute(
                "UPDATE conversations SET preset = ? WHERE id = ?",
                preset_json(preset),
                conversation_id,
            )

    def draft(self, conversation_id: str = "") -> str:
        """The text that was not sent; without an id, that of a new conversation."""
        return self.drafts.get(conversation_id)

    def set_draft(self, conversation_id: str, text: str) -> None:
        """Keeps a text that was not sent yet; an empty one is forgotten."""
        self.drafts.put(conversation_id, text)

    def _create(self, conversation_id: str, title: str, created: datetime) -> None:
        self._database.execute(
            """
            INSERT INTO conversations (id, title, created, updated)
            VALUES (?1, ?2, ?3, ?3)
            """,
            conversation_id,
            storable(title),
            stamp(created),
        )

    def _set_leaf(self, conversation_id: str, leaf: str | None) -> None:
        self._database.execute(
            "UPDATE conversations SET leaf = ? WHERE id = ?", leaf, conversation_id
        )

    def _trash_messages(
        self, message_ids: Collection[str], trashed: int | None
    ) -> None:
        with self._database.transaction():
            for message_id in message_ids:
                self._database.execute(
                    "UPDATE messages SET trashed = ? WHERE id = ?", trashed, message_id
                )

    def _update(self, message: Message) -> bool:
        """Replaces a message that is there; says whether it was."""
        changes = ", ".join(f"{column} = ?" for column in CONTENT)
        return (
            self._database.execute(
                f"UPDATE messages SET {changes} WHERE id = ?",  # noqa: S608
                *content(message),
                message.id,
            )
            > 0
        )

    def _insert(self, conversation_id: str, message: Message) -> None:
        created = stamp(message.created)
        columns = ("id", "conversation", "parent", "role", "created", *CONTENT)
        places = ", ".join("?" * len(columns))
        self._database.execute(
            f"INSERT INTO messages ({', '.join(columns)}) VALUES ({places})",  # noqa: S608
            message.id,
            conversation_id,
            message.parent,
            message.role.value,
            created,
            *content(message),
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
        if message.role is Role.USER:
            # Nothing may be there twice, as a draft and as a message.
            self.drafts.forget_sent(conversation_id, message.text)
            if message.parent is None:
                self.drafts.forget_sent("", message.text)


def _summary(row: Row) -> ConversationSummary:
    identity, title, updated, folder, pinned = row
    if not isinstance(identity, str):
        # Its messages cannot be found any more but by who looks at all of them.
        raise UserError(ErrorCode.ARCHIVE_UNREADABLE, "id")
    return ConversationSummary(
        identity,
        readable(title),
        moment(updated),
        readable(folder),
        bool(pinned),
    )
