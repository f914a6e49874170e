"""Folders, pins, a trash for messages, notes on messages, and a full-text index.

* `notes` is JSON (`app.store.message_rows.Notes`): pin, feedback, provenance.
* `found` holds the text of each finished message with a space around each letter of a
  script without spaces, under the message's `key`. FTS5's own trigrams find nothing for
  one or two letters. The function `spaced` is `app.domain.excerpt`'s.
"""

from typing import Final

STATEMENTS: Final = (
    "ALTER TABLE conversations ADD COLUMN folder TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE conversations ADD COLUMN pinned INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE messages ADD COLUMN notes TEXT NOT NULL DEFAULT '{}'",
    "ALTER TABLE messages ADD COLUMN trashed INTEGER",
    """
    CREATE VIRTUAL TABLE found USING fts5(
        text, tokenize = 'unicode61 remove_diacritics 2', prefix = '1 2 3'
    )
    """,
    "INSERT INTO found (rowid, text) SELECT key, spaced(text) FROM messages",
)
