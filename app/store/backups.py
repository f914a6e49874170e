"""Copies of the archive: made daily, checked, and put back on demand.

A copy is made with SQLite's own backup, page by page from a consistent state, while
chats go on. It has a temporary name until it is whole and has been checked.
"""

import contextlib
import re
import shutil
import sqlite3
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Final

from app.domain.errors import ErrorCode, UserError
from app.store import failures
from app.store.database import APPLICATION_ID, Database
from app.store.migrations import MIGRATIONS
from app.store.replacing import files_of, name_aside, swap
from app.store.writing import code_of, flush

KEPT: Final = 7
_NAME: Final = re.compile(r"chats-(\d{4}-\d{2}-\d{2})\.sqlite3\Z")
_BACKUP: Final = {
    ErrorCode.DISK_FULL: ErrorCode.BACKUP_DISK_FULL,
    ErrorCode.ARCHIVE_READ_ONLY: ErrorCode.BACKUP_FAILED,
}
"""What is said of a copy in place of what is said of the archive."""


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
            UserError: BACKUP_DISK_FULL, BACKUP_FAILED, or the archive is damaged; the
                copies that were there stay.
        """
        target = self._folder / f"chats-{today.isoformat()}.sqlite3"
        partial = target.with_suffix(".partial")
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            partial.unlink(missing_ok=True)
            _copy(self._archive, partial)
            check(partial)
            flush(partial)
            partial.replace(target)
        except OSError as error:
            raise UserError(_BACKUP[code_of(error)], str(target)) from error
        except UserError as error:
            code = _BACKUP.get(error.code, error.code)
            raise UserError(code, error.detail) from error
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
            UserError: The copy is damaged or of a newer program, or the disk does not
                allow it (RESTORE_DISK_FULL); the archive is then as it was.
        """
        check(backup)
        partial = self._archive.with_suffix(".restored")
        aside = name_aside(self._archive, "before-restore", now)
        try:
            shutil.copyfile(backup, partial)
            # One of an older program is migrated, before anything else is touched.
            Database(partial).close()
            flush(partial)
            swap(self._archive, partial, aside)
        except OSError as error:
            raise _not_restored(code_of(error), self._archive) from error
        except UserError as error:
            raise _not_restored(error.code, self._archive) from error
        finally:
            for path in files_of(partial):
                with contextlib.suppress(OSError):
                    path.unlink(missing_ok=True)
        return aside


def check(path: Path) -> None:
    """Makes sure that a file is an archive that this program can use, and whole.

    Raises:
        UserError: ARCHIVE_UNREADABLE, ARCHIVE_NEWER, or ARCHIVE_READ_ONLY when it
            cannot be opened.
    """
    try:
        with contextlib.closing(
            sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)
        ) as connection:
            (owner,) = connection.execute("PRAGMA application_id").fetchone()
            (version,) = connection.execute("PRAGMA user_version").fetchone()
            (verdict,) = connection.execute("PRAGMA integrity_check(1)").fetchone()
    except sqlite3.OperationalError as error:
        raise UserError(ErrorCode.ARCHIVE_READ_ONLY, f"{path} ({error})") from error
    except sqlite3.DatabaseError as error:
        raise UserError(ErrorCode.ARCHIVE_UNREADABLE, f"{path} ({error})") from error
    if owner == APPLICATION_ID and version > len(MIGRATIONS):
        raise UserError(ErrorCode.ARCHIVE_NEWER, str(path))
    if owner != APPLICATION_ID or verdict != "ok":
        raise UserError(ErrorCode.ARCHIVE_UNREADABLE, str(path))


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
        code = failures.code_of(error, target.parent) or ErrorCode.ARCHIVE_READ_ONLY
        raise UserError(code, f"{archive} ({error})") from error


def _not_restored(code: ErrorCode, archive: Path) -> UserError:
    full = code is ErrorCode.DISK_FULL
    return UserError(ErrorCode.RESTORE_DISK_FULL if full else code, str(archive))


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
