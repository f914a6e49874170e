"""The archive's schema, step by step: append only.

Step n takes an archive of version n - 1 to version n; `PRAGMA user_version` holds the
version. A step that was released is never changed.
"""

from typing import Final

from app.store.migrations import (
    m001_initial,
    m002_tool_log,
    m003_archive,
    m004_attachments,
)

MIGRATIONS: Final[tuple[tuple[str, ...], ...]] = (
    m001_initial.STATEMENTS,
    m002_tool_log.STATEMENTS,
    m003_archive.STATEMENTS,
    m004_attachments.STATEMENTS,
)
