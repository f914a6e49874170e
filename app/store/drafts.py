"""Texts that were not sent yet. One that cannot be written is kept in memory."""

from typing import Final

from app.domain.errors import UserError
from app.store.database import Database
from app.store.moments import storable


class Drafts:
    """The drafts of one archive: one of each conversation, and one of a new one.

    Args:
        database: The archive.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._unsaved: dict[str, str] = {}

    @property
    def unsaved(self) -> int:
        """How many texts are not in the archive yet."""
        return sum(map(bool, self._unsaved.values()))

    def get(self, conversation_id: str) -> str:
        """A conversation's draft; empty where there is none."""
        if conversation_id in self._unsaved:
            return self._unsaved[conversation_id]
        rows = self._database.rows(_READ, conversation_id)
        return str(rows[0][0]) if rows else ""

    def put(self, conversation_id: str, text: str) -> None:
        """Keeps a draft; an empty one is forgotten.

        Raises:
            UserError: It could not be written, and this was not known before. It is
                kept in memory.
        """
        if text == self.get(conversation_id):
            return
        is_known = bool(self._unsaved) or self._database.locked is not None
        try:
            self._write(conversation_id, text)
        except UserError:
            self._unsaved[conversation_id] = text
            if not is_known:
                raise
        else:
            self._unsaved.pop(conversation_id, None)

    def save(self) -> None:
        """Writes what could not be written.

        Raises:
            UserError: It still cannot be.
        """
        for conversation_id, text in tuple(self._unsaved.items()):
            self._write(conversation_id, text)
            del self._unsaved[conversation_id]

    def forget(self, conversation_id: str) -> None:
        """Deletes a draft, within a transaction."""
        self._database.execute(_DELETE, conversation_id)
        self._unsaved.pop(conversation_id, None)

    def forget_sent(self, conversation_id: str, text: str) -> None:
        """Deletes what was a draft and is a message now, within a transaction."""
        self._database.execute(
            "DELETE FROM drafts WHERE conversation = ? AND trim(text, ?) = ?",
            conversation_id,
            _BLANKS,
            storable(text).strip(_BLANKS),
        )

    def _write(self, conversation_id: str, text: str) -> None:
        with self._database.transaction(durable=False):
            if text:
                self._database.execute(_WRITE, conversation_id, storable(text))
            else:
                self._database.execute(_DELETE, conversation_id)


_BLANKS: Final = " \t\r\n"
_READ: Final = "SELECT text FROM drafts WHERE conversation = ?"
_WRITE: Final = """
INSERT INTO drafts (conversation, text) VALUES (?, ?)
ON CONFLICT (conversation) DO UPDATE SET text = excluded.text
"""
_DELETE: Final = "DELETE FROM drafts WHERE conversation = ?"
