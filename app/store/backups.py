"""Copies of the archive: made daily, checked, and put back on demand.

A copy is made with SQLite's own backup, page by page from a consistent state, while
chats go on. It has a temporary name until it is whole and has been checked.
"""

import contextlib
import errno
import os
import re
import shutil
import sqlite3
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Final

from app.domain.errors import ErrorCode, UserError
from app.store.database import APPLICATION_ID, Database

KEPT: Final = 7
_NAME: Final = re.compile(r"chats-(\d{4}-\d{2}-\d{2})\.sqlite3\Z")
_BESIDE: Final = ("", "-wal", "-shm")


@dataclass(frozen=True, slots=True)
class Backup:
    """A copy of the archive.

    Attributes:
        path: The file.
        day: When it was made.
        size: In bytes.
    """

    path: Path
    day: date
    size: int


class Backups:
    """The copies in one folder.

    Args:
        archive: The archive that they are of.
        folder: Where they lie; it is made when it is needed.
    """

    def __init__(self, archive: Path, folder: Path) -> None:
        self._archive = archive
        self._folder = folder

    def all(self) -> tuple[Backup, ...]:
        """What is there, the newest first."""
        found = []
        with contextlib.suppress(OSError):
            for path in self._folder.iterdir():
                match = _NAME.match(path.name)
                if match and path.is_file():
                    day = _day(match[1])
                    if day is not None:
                        found.append(Backup(path, day, path.stat().st_size))
        return tuple(sorted(found, key=lambda backup: backup.day, reverse=True))

    def put_aside(self) -> tuple[Path, ...]:
        """Archives that were put aside, damaged or before another was restored."""
        stem, suffix = self._archive.stem, self._archive.suffix
        found: list[Path] = []
        for why in ("damaged", "before-restore"):
            found += self._archive.parent.glob(f"{stem}-{why}-*{suffix}")
        return tuple(found)

    def is_due(self, today: date) -> bool:
        """Whether there is none of today."""
        return not any(backup.day == today for backup in self.all())

    def make(self, today: date, kept: int = KEPT) -> Backup:
        """Makes today's copy, in place of one that is there.

        Args:
            today: The day.
            kept: How many copies stay, the newest ones.

        Raises:
            UserError: DISK_FULL, ARCHIVE_READ_ONLY, or the archive is damaged; the
                copies that were there stay.
        """
        target = self._folder / f"chats-{today.isoformat()}.sqlite3"
        partial = target.with_suffix(".partial")
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            partial.unlink(missing_ok=True)
            _copy(self._archive, partial)
            check(partial)
            _flush(partial)
            partial.replace(target)
        except OSError as error:
            raise UserError(_code(error), str(target)) from error
        finally:
            with contextlib.suppress(OSError):
                partial.unlink(missing_ok=True)
        for old in self.all()[kept:]:
            with contextlib.suppress(OSError):
                old.path.unlink()
        return Backup(target, today, target.stat().st_size)

    def restore(self, backup: Path, now: datetime) -> Path:
        """Puts a copy in the archive's place; nobody may have the archive open.

        Args:
            backup: The copy.
            now: Names what is put aside.

        Returns:
            The archive as it was, put aside beside it.

        Raises:
            UserError: The copy is damaged, or the disk does not allow it; the archive
                is then as it was.
        """
        check(backup)
        partial = self._archive.with_suffix(".restored")
        aside = name_aside(self._archive, "before-restore", now)
        try:
            shutil.copyfile(backup, partial)
            _flush(partial)
            put_aside(self._archive, aside)
            partial.replace(self._archive)
        except OSError as error:
            raise UserError(_code(error), str(self._archive)) from error
        finally:
            with contextlib.suppress(OSError):
                partial.unlink(missing_ok=True)
        # Whatever is too old for this program is migrated, what is too new refused.
        Database(self._archive).close()
        return aside


def check(path: Path) -> None:
    """Makes sure that a file is an archive and whole.

    Raises:
        UserError: ARCHIVE_UNREADABLE, or ARCHIVE_READ_ONLY when it cannot be opened.
    """
    try:
        with contextlib.closing(
            sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)
        ) as connection:
            (owner,) = connection.execute("PRAGMA application_id").fetchone()
            (verdict,) = connection.execute("PRAGMA integrity_check(1)").fetchone()
    except sqlite3.OperationalError as error:
        raise UserError(ErrorCode.ARCHIVE_READ_ONLY, f"{path} ({error})") from error
    except sqlite3.DatabaseError as error:
        raise UserError(ErrorCode.ARCHIVE_UNREADABLE, f"{path} ({error})") from error
    if owner != APPLICATION_ID or verdict != "ok":
        raise UserError(ErrorCode.ARCHIVE_UNREADABLE, str(path))


def put_aside(archive: Path, aside: Path) -> None:
    """Moves an archive and the files that belong to it to another name."""
    for beside in reversed(_BESIDE):
        path = archive.with_name(archive.name + beside)
        if path.exists():
            path.replace(aside.with_name(aside.name + beside))


def name_aside(archive: Path, why: str, now: datetime) -> Path:
    """A name beside the archive that is not taken."""
    name = f"{archive.stem}-{why}-{now:%Y%m%d-%H%M%S}"
    path = archive.with_name(f"{name}{archive.suffix}")
    number = 1
    while path.exists():
        number += 1
        path = archive.with_name(f"{name}-{number}{archive.suffix}")
    return path


def _copy(archive: Path, target: Path) -> None:
    try:
        with (
            contextlib.closing(sqlite3.connect(archive)) as source,
            contextlib.closing(sqlite3.connect(target)) as copy,
        ):
            source.backup(copy)
            # A copy is one file; it is never written again.
            copy.execute("PRAGMA journal_mode = DELETE")
    except sqlite3.Error as error:
        raise UserError(_sqlite_code(error), f"{archive} ({error})") from error


def _sqlite_code(error: sqlite3.Error) -> ErrorCode:
    primary = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if primary == sqlite3.SQLITE_FULL:
        return ErrorCode.DISK_FULL
    if primary in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
        return ErrorCode.ARCHIVE_UNREADABLE
    return ErrorCode.ARCHIVE_READ_ONLY


def _code(error: OSError) -> ErrorCode:
    full = error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
    return ErrorCode.DISK_FULL if full else ErrorCode.ARCHIVE_READ_ONLY


def _flush(path: Path) -> None:
    """Makes sure that a file is on the disk before it gets its name."""
    with path.open("r+b") as file:
        os.fsync(file.fileno())


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
