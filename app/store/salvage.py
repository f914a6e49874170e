"""A damaged archive: every record that can still be read goes into a new one.

The damaged file is only read, and put aside under another name at the end. Records are
read one by one by their number, so that a damaged page costs only what lies on it.
"""

import contextlib
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from app.domain.errors import ErrorCode, UserError
from app.domain.excerpt import spaced
from app.store.database import Database
from app.store.replacing import files_of, name_aside, swap
from app.store.writing import code_of, flush

_CHAT: Final = (
    "id",
    "title",
    "created",
    "updated",
    "leaf",
    "trashed",
    "folder",
    "pinned",
    "preset",
)
_MESSAGE: Final = (
    "id", "conversation", "parent", "role", "state", "created", "text", "thoughts",
    "commands", "calls", "model", "usage", "notes", "trashed", "attachments",
)  # fmt: skip
_DRAFT: Final = ("conversation", "text")
_DRAFT_FILES: Final = ("conversation", "attachments")
_STEPS: Final = 1000
"""Numbers of records that are asked for together as long as nothing is damaged."""
_MOST_NUMBERS: Final = 1_000_000
_FEWEST_NUMBERS: Final = 10_000
_RECORD_BYTES: Final = 32
"""No record is as small: there are fewer of them than the file has room for these."""


@dataclass(frozen=True, slots=True)
class Salvage:
    """What became of a damaged archive.

    Attributes:
        chats: Conversations that could be read, those included that were made for
            messages whose own were lost.
        messages: Messages that could be read.
        lost: Records that are known to have been there and could not be read; at the
            end of a file that was cut off, those that an index still names.
        aside: The damaged file, under its new name.
    """

    chats: int
    messages: int
    lost: int
    aside: Path


def salvage(archive: Path, now: datetime) -> Salvage:
    """Makes a new archive of what can be read; nobody may have it open.

    Args:
        archive: The damaged file.
        now: Names what is put aside.

    Raises:
        UserError: ARCHIVE_UNREADABLE when there is nothing to be read at all,
            DISK_FULL, ARCHIVE_READ_ONLY. The file is then as it was.
    """
    partial = archive.with_suffix(".salvaged")
    _remove(partial)
    try:
        with (
            contextlib.closing(_open(archive)) as damaged,
            Database(partial) as whole,
        ):
            found = _Rescue(damaged, whole, archive.stat().st_size)
            found.run()
        aside = name_aside(archive, "damaged", now)
        flush(partial)
        swap(archive, partial, aside)
    except UnicodeDecodeError as error:
        # What SQLite says names a damaged table.
        raise UserError(ErrorCode.ARCHIVE_UNREADABLE, str(archive)) from error
    except OSError as error:
        raise UserError(code_of(error), str(error)) from error
    finally:
        _remove(partial)
    return Salvage(found.chats, found.messages, found.lost, aside)


class _Rescue:
    """Takes what can be read from one archive to another."""

    def __init__(self, damaged: sqlite3.Connection, whole: Database, size: int) -> None:
        self._damaged = damaged
        self._whole = whole
        fitting = max(_FEWEST_NUMBERS, size // _RECORD_BYTES)
        self._most_numbers = min(_MOST_NUMBERS, fitting)
        self.chats = 0
        self.messages = 0
        self.lost = 0

    def run(self) -> None:
        """Takes everything.

        Raises:
            UserError: Not even the list of tables can be read.
        """
        if not self._columns("messages") and not self._columns("conversations"):
            raise UserError(ErrorCode.ARCHIVE_UNREADABLE)
        known: set[str] = set()
        with self._whole.transaction():
            for _, row in self._rows("conversations", _CHAT):
                self.chats += self._put("conversations", _CHAT, row)
                known.add(row[0])
            for _, row in self._rows("messages", _MESSAGE):
                if row[1] not in known:
                    known.add(row[1])
                    self._adopt(row)
                if self._put("messages", _MESSAGE, row):
                    self.messages += 1
                    self._index(row)
            for _, row in self._rows("drafts", _DRAFT):
                self._put("drafts", _DRAFT, row)
            for _, row in self._rows("draft_files", _DRAFT_FILES):
                self._put("draft_files", _DRAFT_FILES, row)
        self._mend_leaves()

    def _rows(
        self, table: str, columns: Sequence[str]
    ) -> Iterator[tuple[int, tuple[Any, ...]]]:
        """The records of a table that can be read, with their numbers."""
        there = self._columns(table)
        wanted = [column for column in columns if column in there]
        if not wanted:
            return
        query = f"SELECT rowid, {', '.join(wanted)} FROM {table} WHERE rowid"  # noqa: S608
        number = read = tried = 0
        before = self.lost
        last = self._last(table)
        while number < last and tried < self._most_numbers:
            rows: Iterable[tuple[Any, ...]]
            try:
                rows = self._damaged.execute(
                    f"{query} > ? ORDER BY rowid LIMIT ?", (number, _STEPS)
                ).fetchall()
                end = rows[-1][0] if rows else last
            except sqlite3.DatabaseError:
                end = min(number + _STEPS, last)
                tried += _STEPS
                rows = self._one_by_one(query, range(number + 1, end + 1))
            for rowid, *values in rows:
                by_name = dict(zip(wanted, values, strict=True))
                read, before = rowid, self.lost
                yield rowid, tuple(by_name.get(c, _DEFAULTS.get(c)) for c in columns)
            number = end
        # Whether there was anything behind the last record is not known from failing.
        if self.lost > before:
            named, _ = self._named(table)
            self.lost = min(self.lost, before + sum(n > read for n in named))

    def _one_by_one(self, query: str, numbers: range) -> Iterator[tuple[Any, ...]]:
        for number in numbers:
            try:
                row = self._damaged.execute(f"{query} = ?", (number,)).fetchone()
            except sqlite3.DatabaseError:
                self.lost += 1
                continue
            if row is not None:
                yield row

    def _named(self, table: str) -> tuple[list[int], bool]:
        """Numbers of records that an index names, and whether these are all.

        Of several indexes the first one that can be read to its end, or the one of
        which most can be read.
        """
        best: list[int] = []
        try:
            names = self._damaged.execute(f"PRAGMA index_list({table})").fetchall()
        except sqlite3.DatabaseError:
            return best, False
        for _, name, *_ in names:
            numbers: list[int] = []
            try:
                for (number,) in self._damaged.execute(
                    f"SELECT rowid FROM {table} INDEXED BY {name}"  # noqa: S608
                ):
                    numbers.append(number)
            except sqlite3.DatabaseError:
                best = max(best, numbers, key=len)
            else:
                return numbers, True
        return best, False

    def _last(self, table: str) -> int:
        """The highest number of a record."""
        try:
            (last,) = self._damaged.execute(
                f"SELECT max(rowid) FROM {table}"  # noqa: S608
            ).fetchone()
        except sqlite3.DatabaseError:
            named, whole = self._named(table)
            return max(named, default=0) if whole else self._last_by_trying(table)
        return int(last or 0)

    def _last_by_trying(self, table: str) -> int:
        """Beyond the last number there is nothing, on however damaged a page."""
        number, step = 0, 1
        while number + step < self._most_numbers:
            try:
                row = self._damaged.execute(
                    f"SELECT 1 FROM {table} WHERE rowid >= ? LIMIT 1",  # noqa: S608
                    (number + step,),
                ).fetchone()
            except sqlite3.DatabaseError:
                row = (1,)
            if row is None:
                return number + step
            number += step
            step *= 2
        return number

    def _columns(self, table: str) -> frozenset[str]:
        try:
            rows = self._damaged.execute(f"PRAGMA table_info({table})").fetchall()
        except sqlite3.DatabaseError:
            return frozenset()
        return frozenset(row[1] for row in rows)

    def _put(self, table: str, columns: Sequence[str], row: tuple[Any, ...]) -> bool:
        """Adds a record unless it is nonsense or there already."""
        places = ", ".join("?" * len(columns))
        try:
            changed = self._whole.execute(
                f"INSERT OR IGNORE INTO {table} ({', '.join(columns)}) "  # noqa: S608
                f"VALUES ({places})",
                *row,
            )
        except sqlite3.DatabaseError:
            self.lost += 1
            return False
        return changed > 0

    def _adopt(self, message: tuple[Any, ...]) -> None:
        """A conversation for messages whose own was lost."""
        identity, created = message[1], message[5]
        row = (identity, "", created, created, None, None, "", 0, "")
        self.chats += self._put("conversations", _CHAT, row)

    def _index(self, message: tuple[Any, ...]) -> None:
        self._whole.execute(
            "INSERT INTO found (rowid, text) SELECT key, ? FROM messages WHERE id = ?",
            spaced(str(message[6])),
            message[0],
        )

    def _mend_leaves(self) -> None:
        """A chat whose last message was lost shows the newest that there is."""
        with self._whole.transaction():
            self._whole.execute(
                """
                UPDATE conversations SET leaf = (
                    SELECT id FROM messages
                    WHERE conversation = conversations.id AND trashed IS NULL
                    ORDER BY key DESC LIMIT 1
                )
                WHERE leaf IS NULL OR NOT EXISTS (
                    SELECT 1 FROM messages
                    WHERE id = leaf AND conversation = conversations.id
                      AND trashed IS NULL
                )
                """
            )


_DEFAULTS: Final = {
    "folder": "",
    "pinned": 0,
    "preset": "",
    "notes": "{}",
    "attachments": "[]",
}
"""What records of older archives do not say."""


def _open(archive: Path) -> sqlite3.Connection:
    try:
        connection = sqlite3.connect(f"{archive.absolute().as_uri()}?mode=ro", uri=True)
    except sqlite3.Error as error:
        raise UserError(ErrorCode.ARCHIVE_READ_ONLY, f"{archive} ({error})") from error
    # Without it SQLite reads nothing of a file that lacks its end. Nothing is written:
    # the connection is read-only.
    connection.execute("PRAGMA writable_schema = ON")
    connection.text_factory = lambda raw: raw.decode("utf-8", "replace")
    return connection


def _remove(path: Path) -> None:
    for each in files_of(path):
        with contextlib.suppress(OSError):
            each.unlink()
