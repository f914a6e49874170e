"""Files that are to go along with messages not sent yet."""

from collections.abc import Sequence

import msgspec

from app.domain.attachments import Attachment
from app.store import damaged
from app.store.database import Database
from app.store.enclosed import attachments_from, attachments_json
from app.store.moments import readable


class DraftFiles:
    """The files of the drafts of one archive.

    Every method may raise `UserError` where file or disk do not allow it.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def load(self, conversation_id: str = "") -> tuple[Attachment, ...]:
        """The files of a chat's draft; without an id, those of a new chat."""
        rows = damaged.rows_or_none(
            self._database,
            "SELECT attachments FROM draft_files WHERE conversation = ?",
            conversation_id,
        )
        try:
            return attachments_from(readable(rows[0][0])) if rows else ()
        except msgspec.MsgspecError:
            return ()

    def save(self, conversation_id: str, attachments: Sequence[Attachment]) -> None:
        """Keeps the files of a chat's draft in the place of those before."""
        with self._database.transaction(durable=False):
            self._database.execute(
                "DELETE FROM draft_files WHERE conversation = ?", conversation_id
            )
            if attachments:
                self._database.execute(
                    "INSERT INTO draft_files (conversation, attachments) VALUES (?, ?)",
                    conversation_id,
                    attachments_json(attachments),
                )
