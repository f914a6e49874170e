"""The full-text index over finished messages."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from app.domain.conversation import Role
from app.domain.excerpt import Excerpt, excerpt, is_spaced, spaced, terms
from app.store.database import Database
from app.store.moments import moment, storable

MOST_HITS: Final = 200


@dataclass(frozen=True, slots=True)
class Hit:
    """A message, or a chat's title, with what was looked for.

    Attributes:
        conversation: Id of the chat.
        message: Id of the message; empty for a title.
        title: The chat's title.
        role: Who wrote the message; None for a title.
        excerpt: The part of the text that has it.
        when: When the message came, or the last one of the chat.
    """

    conversation: str
    message: str
    title: str
    role: Role | None
    excerpt: Excerpt
    when: datetime


class SearchIndex:
    """Finds messages; `app.store.conversations` keeps it up to date."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def put(self, message_id: str, text: str) -> None:
        """Indexes a message's text, within a transaction."""
        self._database.execute(
            "DELETE FROM found WHERE rowid = (SELECT key FROM messages WHERE id = ?)",
            message_id,
        )
        self._database.execute(
            """
            INSERT INTO found (rowid, text)
            SELECT key, ?2 FROM messages WHERE id = ?1
            """,
            message_id,
            spaced(storable(text)),
        )

    def forget(self, conversation_id: str) -> None:
        """Takes a chat's messages out, within a transaction."""
        self._database.execute(
            """
            DELETE FROM found WHERE rowid IN (
                SELECT key FROM messages WHERE conversation = ?
            )
            """,
            conversation_id,
        )

    def find(self, query: str, *, most: int = MOST_HITS) -> tuple[Hit, ...]:
        """What has all terms of a query: titles first, then the newest messages.

        Args:
            query: What the user typed, perhaps not to its end.
            most: How many messages at most, and how many titles.
        """
        wanted = storable(query)
        return (*self._titles(wanted, most), *self._messages(wanted, most))

    def _titles(self, query: str, most: int) -> list[Hit]:
        parts = query.split()
        if not parts:
            return []
        condition = " AND ".join([r"title LIKE ? ESCAPE '\'"] * len(parts))
        rows = self._database.rows(
            f"""
            SELECT id, title, updated FROM conversations
            WHERE trashed IS NULL AND {condition}
            ORDER BY updated DESC LIMIT ?
            """,  # noqa: S608  (as many conditions as there are words)
            *(f"%{_escaped(part)}%" for part in parts),
            most,
        )
        return [
            Hit(identity, "", title, None, excerpt(title, query), moment(updated))
            for identity, title, updated in rows
        ]

    def _messages(self, query: str, most: int) -> list[Hit]:
        match = _match(query)
        if not match:
            return []
        rows = self._database.rows(
            """
            SELECT chat.id, message.id, chat.title, message.role, message.text,
                   message.created
            FROM found
            JOIN messages AS message ON message.key = found.rowid
            JOIN conversations AS chat ON chat.id = message.conversation
            WHERE found MATCH ? AND chat.trashed IS NULL AND message.trashed IS NULL
            ORDER BY found.rowid DESC LIMIT ?
            """,
            match,
            most,
        )
        return [
            Hit(chat, message, title, Role(role), excerpt(text, query), moment(created))
            for chat, message, title, role, text, created in rows
        ]


def _match(query: str) -> str:
    """A query in FTS5's language.

    Nothing that the user types means anything there: each term is a string, in which a
    quotation mark cannot be.
    """
    return " AND ".join(
        f'"{spaced(term)}"' if is_spaced(term) else f'"{term}" *'
        for term in terms(query)
    )


def _escaped(text: str) -> str:
    r"""A text for LIKE, its wildcards escaped by `\`."""
    return text.replace("\\", "\\\\").replace("%", r"\%").replace("_", r"\_")
