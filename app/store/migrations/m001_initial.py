"""Conversations, their messages, and texts not yet sent.

* Times are microseconds since 1970 in UTC.
* `messages.key` is the order of arrival: siblings are shown in it, and a full-text
  index can refer to it.
* `parent` and `leaf` are no foreign keys: a record that cannot be read must not take
  others with it.
* `calls` and `usage` are JSON (`app.domain.tools.ToolCall`, `…generation.Usage`): they
  are only ever read and written with their message, and one row is one write while a
  reply streams.
* A draft's conversation is no foreign key: the draft under the empty id belongs to the
  conversation that is not there yet.
"""

from typing import Final

STATEMENTS: Final = (
    """
    CREATE TABLE conversations (
        id TEXT PRIMARY KEY,
        title TEXT NOT NULL,
        created INTEGER NOT NULL,
        updated INTEGER NOT NULL,
        leaf TEXT,
        trashed INTEGER
    ) STRICT
    """,
    """
    CREATE TABLE messages (
        key INTEGER PRIMARY KEY,
        id TEXT NOT NULL UNIQUE,
        conversation TEXT NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
        parent TEXT,
        role TEXT NOT NULL,
        state TEXT NOT NULL,
        created INTEGER NOT NULL,
        text TEXT NOT NULL,
        thoughts TEXT NOT NULL,
        commands TEXT NOT NULL,
        calls TEXT NOT NULL,
        model TEXT NOT NULL,
        usage TEXT
    ) STRICT
    """,
    "CREATE INDEX messages_of_conversation ON messages (conversation)",
    "CREATE INDEX conversations_by_date ON conversations (updated)",
    """
    CREATE TABLE drafts (
        conversation TEXT PRIMARY KEY,
        text TEXT NOT NULL
    ) STRICT
    """,
)
