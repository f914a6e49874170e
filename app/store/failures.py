"""What SQLite and the system cannot do with an archive, as what the user can mend."""

import os
import sqlite3
from pathlib import Path
from typing import Final

from app.domain.errors import ErrorCode, UserError
from app.store import writing

_ERRORS: Final = {
    sqlite3.SQLITE_NOTADB: ErrorCode.ARCHIVE_UNREADABLE,
    sqlite3.SQLITE_CORRUPT: ErrorCode.ARCHIVE_UNREADABLE,
    sqlite3.SQLITE_READONLY: ErrorCode.ARCHIVE_READ_ONLY,
    sqlite3.SQLITE_CANTOPEN: ErrorCode.ARCHIVE_READ_ONLY,
    sqlite3.SQLITE_PERM: ErrorCode.ARCHIVE_READ_ONLY,
    sqlite3.SQLITE_FULL: ErrorCode.DISK_FULL,
    sqlite3.SQLITE_NOMEM: ErrorCode.OUT_OF_MEMORY,
    sqlite3.SQLITE_BUSY: ErrorCode.ARCHIVE_BUSY,
    sqlite3.SQLITE_LOCKED: ErrorCode.ARCHIVE_BUSY,
    sqlite3.SQLITE_PROTOCOL: ErrorCode.ARCHIVE_BUSY,
}


def code_of(error: sqlite3.Error, folder: Path) -> ErrorCode | None:
    """What the user can mend; None for a bug of ours.

    Args:
        error: What was raised.
        folder: Where the archive lies.
    """
    # Python's own errors, such as for a closed connection, have no code.
    extended: int | None = getattr(error, "sqlite_errorcode", None)
    if extended is None:
        return None
    primary = extended & 0xFF
    if primary == sqlite3.SQLITE_IOERR:
        return writing.obstacle(folder) or ErrorCode.ARCHIVE_UNREADABLE
    return _ERRORS.get(primary)


def check_place(path: Path) -> None:
    """Makes the folder and checks that file and folder can be written.

    SQLite itself opens a file that cannot be written, and says so at the first write.

    Raises:
        UserError: `ARCHIVE_READ_ONLY`, `ARCHIVE_UNREADABLE` or `DISK_FULL`.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(writing.code_of(error), str(error)) from error
    if path.exists() and not path.is_file():
        raise UserError(ErrorCode.ARCHIVE_UNREADABLE, str(path))
    places = (path.parent, path) if path.exists() else (path.parent,)
    for place in places:
        if not os.access(place, os.W_OK):
            raise UserError(ErrorCode.ARCHIVE_READ_ONLY, str(place))
