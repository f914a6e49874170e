"""What tools did: their calls and their network requests.

* `tool_calls.failure` is a value of `app.domain.tools.ToolFailure`, NULL where there
  was none; `tool_requests.outcome` is empty while a request is on its way.
* No foreign keys: the log outlives the chats.
"""

from typing import Final

STATEMENTS: Final = (
    """
    CREATE TABLE tool_calls (
        key INTEGER PRIMARY KEY,
        began INTEGER NOT NULL,
        tool TEXT NOT NULL,
        command TEXT NOT NULL,
        failure TEXT,
        seconds REAL NOT NULL
    ) STRICT
    """,
    """
    CREATE TABLE tool_requests (
        key INTEGER PRIMARY KEY,
        began INTEGER NOT NULL,
        tool TEXT NOT NULL,
        host TEXT NOT NULL,
        purpose TEXT NOT NULL,
        size INTEGER NOT NULL,
        outcome TEXT NOT NULL,
        seconds REAL NOT NULL
    ) STRICT
    """,
)
