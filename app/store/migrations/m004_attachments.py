"""Files that go along with messages and drafts, and how a chat's replies are written.

* `attachments` is a JSON list of `app.domain.attachments.Attachment`.
* `draft_files` is apart from `drafts`: a draft is written every second while the user
  types, and its files may be large.
* `conversations.preset` is JSON (`app.domain.presets.Preset`); empty where the chat
  has none of its own.
"""

from typing import Final

STATEMENTS: Final = (
    "ALTER TABLE messages ADD COLUMN attachments TEXT NOT NULL DEFAULT '[]'",
    "ALTER TABLE conversations ADD COLUMN preset TEXT NOT NULL DEFAULT ''",
    """
    CREATE TABLE draft_files (
        conversation TEXT PRIMARY KEY,
        attachments TEXT NOT NULL
    ) STRICT
    """,
    """
    CREATE TRIGGER no_draft_files_without_chat AFTER DELETE ON conversations BEGIN
        DELETE FROM draft_files WHERE conversation = OLD.id;
    END
    """,
)
