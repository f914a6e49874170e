"""The archive file: opening, migrating, transactions, and what can go wrong.

Where asked to, an archive that cannot be written is opened all the same, and only read.

Two kinds of error leave this module. What the user can mend (a full disk, a file that
is read-only, damaged, of a newer program or none of ours) is a `UserError`; a
statement that is wrong stays a `sqlite3.Error`, because it is our bug.

A transaction survives the death of the program once it is left, and a power cut as
soon as `disk_sync` has brought it to the disk, which nobody waits for: it takes 1 to
10 ms, the commit itself 0.02 ms. While a reply streams, its text is saved several
times a second; such a save is brought to the disk together with the next one that is
to be durable.
"""

import errno
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, Self

from app.domain.errors import ErrorCode, UserError
from app.domain.excerpt import spaced
from app.store import failures, read_only
from app.store.disk_sync import DiskSync
from app.store.migrations import MIGRATIONS

APPLICATION_ID: Final = 0x4D4F5353  # "MOSS" in ASCII, in the file's header
BUSY_SECONDS: Final = 10.0

_LOCKING: Final = {ErrorCode.ARCHIVE_READ_ONLY, ErrorCode.DISK_FULL}
"""What keeps an archive from being written, but not from being read."""

Row = tuple[Any, ...]
"""A record as SQLite gives it; `app.store.conversations` checks what it holds."""


class Database:
    """One connection to an archive. Several processes may have one each."""

    def __init__(self, path: Path, *, or_read: bool = False) -> None:
        """Opens the archive, making or migrating it where needed.

        Args:
            path: The file; its folder is made when it is not there.
            or_read: Whether an archive that is there and cannot be written is opened
                for reading; `locked` tells then, and every transaction raises it.

        Raises:
            UserError: `ARCHIVE_NEWER`, `ARCHIVE_UNREADABLE`, `ARCHIVE_READ_ONLY`,
                `DISK_FULL` or `BUSY`. The file is then as it was.
        """
        self._path = path
        self._or_read = or_read
        self._locked: UserError | None = None
        self._copy: read_only.Copy | None = None
        self._connection: sqlite3.Connection
        self._sync = DiskSync(path)
        self._connect()

    @property
    def path(self) -> Path:
        """The file."""
        return self._path

    @property
    def locked(self) -> UserError | None:
        """Why nothing can be written; None where it can."""
        return self._locked

    def unlock(self) -> None:
        """Tries once more to open for writing what could only be read.

        Raises:
            UserError: Why not; reading goes on.
        """
        if self._locked is None:
            return
        other = Database(self._path)
        self.close()
        self._connection, self._sync = other._connection, other._sync
        self._locked = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Closes the connection when all that was to be durable is."""
        self._sync.close()
        with self._environment():
            self._connection.close()
        if self._copy is not None:
            self._copy.cleanup()
            self._copy = None

    @contextmanager
    def released(self) -> Iterator[None]:
        """Lets go of the file, so that another one can take its place within.

        Afterwards whatever has its name then is opened.

        Raises:
            UserError: ARCHIVE_BUSY when another connection has the file open; it stays
                open here too. Or what opening it again raises.
        """
        self._sync.close()
        run = self._connection.execute
        run("PRAGMA busy_timeout = 0")
        try:
            # SQLite allows it to the only connection, and to no other.
            with self._environment():
                run("PRAGMA journal_mode = DELETE")
        except UserError as error:
            # Of a damaged file as much is put aside as there is.
            if error.code is not ErrorCode.ARCHIVE_UNREADABLE:
                run(f"PRAGMA busy_timeout = {int(BUSY_SECONDS * 1000)}")
                raise
        self.close()
        try:
            yield
        finally:
            self._connect()

    @contextmanager
    def transaction(self, *, durable: bool = True) -> Iterator[None]:
        """All of what is executed within is kept, or none of it.

        One within another is a part of it.

        Args:
            durable: Whether it is brought to the disk when the block is left.

        Raises:
            UserError: The file or the disk does not allow it, or did not allow an
                earlier transaction to become durable; this one has not begun then.
        """
        if self._locked is not None:
            raise UserError(self._locked.code, self._locked.detail)
        if self._in_transaction():
            yield
            return
        self._check_sync()
        with self._environment():
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._connection.execute("COMMIT")
            except BaseException:
                if self._in_transaction():
                    self._connection.execute("ROLLBACK")
                raise
        self._sync.committed(durable=durable)

    def execute(self, statement: str, *values: object) -> int:
        """Changes records within a transaction; returns how many were changed."""
        with self._environment():
            return self._connection.execute(statement, values).rowcount

    def rows(self, query: str, *values: object) -> list[Row]:
        """All records of a query.

        Text that is not UTF-8 is damage; it is shown as far as it goes.
        """
        with self._environment():
            try:
                return self._connection.execute(query, values).fetchall()
            except sqlite3.OperationalError as error:
                if not _is_undecodable(error):
                    raise
            # Not the usual way, because it calls Python for every text there is.
            self._connection.text_factory = _text
            try:
                return self._connection.execute(query, values).fetchall()
            finally:
                self._connection.text_factory = str

    def _in_transaction(self) -> bool:
        return self._connection.in_transaction

    def _connect(self) -> None:
        self._locked = None
        try:
            self._connect_for_writing()
        except UserError as error:
            is_there = self._or_read and self._path.is_file()
            if error.code not in _LOCKING or not is_there:
                raise
            self._connect_for_reading(error)
            self._locked = error

    def _connect_for_writing(self) -> None:
        failures.check_place(self._path)
        with self._environment():
            self._connection = sqlite3.connect(
                self._path, timeout=BUSY_SECONDS, isolation_level=None
            )
            try:
                self._open()
            except BaseException:
                self._connection.close()
                raise

    def _connect_for_reading(self, why: UserError) -> None:
        """Opens the archive as it is, or a copy of the present version.

        Raises:
            UserError: As `__init__`; `why` where a copy is needed and cannot be made.
        """
        with self._environment():
            connection = read_only.connect(self._path)
            if connection is not None:
                self._connection = connection
                _teach(connection)
                try:
                    if self._check_version() == len(MIGRATIONS):
                        return
                except BaseException:
                    connection.close()
                    raise
                connection.close()
        try:
            self._copy = read_only.copy(self._path)
        except OSError as error:
            raise why from error
        copy = Database(Path(self._copy.name) / self._path.name)
        self._connection = copy._connection

    def _open(self) -> None:
        run = self._connection.execute
        _teach(self._connection)
        # One transaction, for another process may be making the archive just now.
        run("BEGIN")
        version = self._check_version()
        run("COMMIT")
        run("PRAGMA foreign_keys = ON")
        run("PRAGMA mmap_size = 0")
        run("PRAGMA journal_mode = WAL")
        run("PRAGMA synchronous = NORMAL")
        run("PRAGMA wal_autocheckpoint = 0")
        if version < len(MIGRATIONS):
            self._migrate()

    def _check_version(self) -> int:
        """The file's version; 0 for one that is new.

        Raises:
            UserError: The file is of a newer program, or of another one.
        """
        (owner,) = self._connection.execute("PRAGMA application_id").fetchone()
        (version,) = self._connection.execute("PRAGMA user_version").fetchone()
        (objects,) = self._connection.execute(
            "SELECT count(*) FROM sqlite_schema"
        ).fetchone()
        if owner != APPLICATION_ID and (owner or version or objects):
            raise UserError(ErrorCode.ARCHIVE_UNREADABLE, str(self._path))
        if version > len(MIGRATIONS):
            raise UserError(ErrorCode.ARCHIVE_NEWER, str(self._path))
        return int(version)

    def _migrate(self) -> None:
        """Takes the archive to the present version, in one transaction."""
        with self.transaction():
            # Another process may have been faster.
            version = self._check_version()
            for statements in MIGRATIONS[version:]:
                for statement in statements:
                    self._connection.execute(statement)
            self._connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            self._connection.execute(f"PRAGMA user_version = {len(MIGRATIONS)}")

    def _check_sync(self) -> None:
        """Says what could not be brought to the disk since the last time."""
        failure = self._sync.take_failure()
        if failure is not None:
            full = failure.errno in (errno.ENOSPC, errno.EDQUOT)
            code = ErrorCode.DISK_FULL if full else ErrorCode.ARCHIVE_UNREADABLE
            raise UserError(code, f"{self._path} ({failure})") from failure

    @contextmanager
    def _environment(self) -> Iterator[None]:
        """Turns what the user can mend into a `UserError`."""
        try:
            yield
        except UnicodeDecodeError as error:
            # What SQLite says names a damaged table.
            raise UserError(ErrorCode.ARCHIVE_UNREADABLE, str(self._path)) from error
        except sqlite3.Error as error:
            code = failures.code_of(error, self._path.parent)
            if code is None:
                raise
            raise UserError(code, f"{self._path} ({error})") from error


def _teach(connection: sqlite3.Connection) -> None:
    """Tells a connection what our statements need."""
    # A migration fills the full-text index with it.
    connection.create_function("spaced", 1, spaced, deterministic=True)


def _is_undecodable(error: sqlite3.OperationalError) -> bool:
    """Whether it is Python that cannot read a text; such errors have no code."""
    return getattr(error, "sqlite_errorcode", None) is None and "UTF-8" in str(error)


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "replace")
