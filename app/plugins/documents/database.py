"""The index's file: what is in it, opening it, and beginning anew.

Nothing in it is the user's only copy: a file that is damaged, or of another version of
this program, is thrown away and made again. It lies beside the chats all the same, and
not with what may be cleaned up at any time, for making it can take an hour.

In WAL mode a process that is killed at any moment leaves what the last transaction
left, and questions are answered while the indexer writes.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, Self

from app.domain.errors import ErrorCode, MossError, UserError

APPLICATION_ID: Final = 0x4D4F5344  # "MOSD" in ASCII, in the file's header
VERSION: Final = 1
"""Of the tables, and of how text is cut and spaced."""
_BUSY_SECONDS: Final = 5.0

_TABLES: Final = (
    """
    CREATE TABLE files (
        id INTEGER PRIMARY KEY,
        path TEXT NOT NULL UNIQUE,
        size INTEGER NOT NULL,
        modified INTEGER NOT NULL,  -- nanoseconds
        hash BLOB NOT NULL,
        problem TEXT NOT NULL,      -- a `Problem`, or empty
        detail TEXT NOT NULL
    )
    """,
    """
    CREATE TABLE places (
        id INTEGER PRIMARY KEY,     -- the passage's rowid
        file INTEGER NOT NULL REFERENCES files (id),
        page INTEGER NOT NULL,
        line INTEGER NOT NULL
    )
    """,
    "CREATE INDEX places_by_file ON places (file)",
    # Both columns as `analysis.spaced` writes them.
    """
    CREATE VIRTUAL TABLE passages USING fts5 (
        text, heading, tokenize = 'porter unicode61 remove_diacritics 2'
    )
    """,
)
_DAMAGE: Final = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
_CODES: Final = {
    sqlite3.SQLITE_FULL: ErrorCode.DISK_FULL,
    sqlite3.SQLITE_BUSY: ErrorCode.INDEX_BUSY,
    sqlite3.SQLITE_LOCKED: ErrorCode.INDEX_BUSY,
}

Row = tuple[Any, ...]


class DamagedIndexError(MossError):
    """The file is damaged or not ours: only a new index can help."""


class Database:
    """An open index; a context manager.

    Its methods raise `UserError` where file or disk do not allow what is wanted
    (`INDEX_BUSY`, `INDEX_UNWRITABLE`, `DISK_FULL`) and `DamagedIndexError`.

    Args:
        connection: Is the database's own from now on.
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Closes it; what was not committed is lost."""
        self._connection.close()

    def rows(self, query: str, *values: object) -> list[Row]:
        """All records of a query."""
        with _environment():
            return self._connection.execute(query, values).fetchall()

    def number(self, query: str, *values: object) -> int:
        """The one number that a query gives."""
        return int(self.rows(query, *values)[0][0])

    def run(self, statement: str, *values: object) -> int:
        """Does something; returns the id of the record that was added last."""
        with _environment():
            return self._connection.execute(statement, values).lastrowid or 0

    def begin(self) -> None:
        """Begins a transaction, unless one has begun."""
        if not self._connection.in_transaction:
            self.run("BEGIN IMMEDIATE")

    def commit(self) -> None:
        """Ends the transaction, if there is one, and keeps what was done."""
        if self._connection.in_transaction:
            self.run("COMMIT")


def open_for_writing(path: Path) -> Database:
    """The index; a new one where there is none that can be used.

    Raises:
        UserError: The place cannot be written to, or the disk is full.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            return _opened(path)
        except DamagedIndexError:
            remove(path)
            return _opened(path)
    except OSError as error:
        raise UserError(ErrorCode.INDEX_UNWRITABLE, str(error)) from error


def open_for_reading(path: Path) -> Database:
    """The index as it stands; not looked through for damage.

    Raises:
        UserError: There is none, or it cannot be read.
    """
    place = f"{path.absolute().as_uri()}?mode=ro"
    with _environment():
        return Database(
            sqlite3.connect(
                place, uri=True, timeout=_BUSY_SECONDS, isolation_level=None
            )
        )


def in_memory() -> Database:
    """An index for texts that come from elsewhere and are not kept."""
    database = Database(sqlite3.connect(":memory:", isolation_level=None))
    _make_tables(database)
    return database


def remove(path: Path) -> None:
    """Removes the index and what belongs to it.

    Raises:
        OSError: It cannot be removed.
    """
    for suffix in ("", "-wal", "-shm", "-journal"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)


def _opened(path: Path) -> Database:
    with _environment():
        database = Database(
            sqlite3.connect(path, timeout=_BUSY_SECONDS, isolation_level=None)
        )
    try:
        database.run("PRAGMA journal_mode = WAL")
        database.run("PRAGMA synchronous = NORMAL")
        # What the user removed is not to be found in the file either.
        database.run("PRAGMA secure_delete = ON")
        if not database.number("SELECT count(*) FROM sqlite_schema"):
            _make_tables(database)
        _check(database)
    except BaseException:
        database.close()
        raise
    return database


def _make_tables(database: Database) -> None:
    database.begin()
    for statement in _TABLES:
        database.run(statement)
    database.run(f"PRAGMA application_id = {APPLICATION_ID}")
    database.run(f"PRAGMA user_version = {VERSION}")
    database.commit()


def _check(database: Database) -> None:
    """Reads the whole file once; the indexer has the time.

    Raises:
        DamagedIndexError: It is damaged or not ours.
        UserError: `INDEX_BUSY`: another indexer is writing just now.
    """
    expected = {"application_id": APPLICATION_ID, "user_version": VERSION}
    for name, value in expected.items():
        if database.number(f"PRAGMA {name}") != value:
            raise DamagedIndexError(name)
    found = database.rows("PRAGMA quick_check(1)")[0][0]
    if found != "ok":
        raise DamagedIndexError(found)
    database.run("INSERT INTO passages (passages) VALUES ('integrity-check')")


@contextmanager
def _environment() -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        # Python's own errors, such as for a closed connection, have no code.
        extended: int | None = getattr(error, "sqlite_errorcode", None)
        if extended is None:
            raise
        primary = extended & 0xFF
        if primary in _DAMAGE:
            raise DamagedIndexError(str(error)) from error
        code = _CODES.get(primary, ErrorCode.INDEX_UNWRITABLE)
        raise UserError(code, str(error)) from error
