"""What was committed comes to the disk, and nobody waits for it."""

import errno
import os
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from app.domain.errors import ErrorCode, UserError
from app.store.database import Database
from app.store.disk_sync import MOST_GROWTH
from app.store.migrations import MIGRATIONS


class Disk:
    """Stands in for fsync: says what was synced where, and waits or fails if told."""

    def __init__(self) -> None:
        self.synced: list[tuple[str, str]] = []
        self.free = threading.Event()
        self.free.set()
        self.error: OSError | None = None

    def fsync(self, file: int) -> None:
        """In place of `os.fsync`."""
        assert self.free.wait(timeout=10)
        if self.error is not None:
            raise self.error
        name = Path(f"/proc/self/fd/{file}").readlink().name
        self.synced.append((name, threading.current_thread().name))


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> Disk:
    stand_in = Disk()
    monkeypatch.setattr(os, "fsync", stand_in.fsync)
    return stand_in


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., None]:
    def write(database: Database, text: str = "text", *, durable: bool = True) -> None:
        with database.transaction(durable=durable):
            database.execute("REPLACE INTO drafts VALUES ('a', ?)", text)

    return write


def test_no_transaction_waits_for_the_disk(
    tmp_path: Path, disk: Disk, write: Callable[..., None]
) -> None:
    database = Database(tmp_path / "archive.db")
    disk.free.clear()
    for number in range(20):
        write(database, f"text {number}")
    assert database.rows("SELECT text FROM drafts") == [("text 19",)]
    assert disk.synced == []
    disk.free.set()
    database.close()
    # All that came while the disk was busy was synced together.
    assert set(disk.synced) == {("archive.db-wal", "disk-sync")}
    assert 1 <= len(disk.synced) <= 2


def test_what_streams_is_synced_with_what_follows(
    tmp_path: Path, disk: Disk, write: Callable[..., None]
) -> None:
    Database(tmp_path / "archive.db").close()
    disk.synced.clear()
    with Database(tmp_path / "archive.db") as database:
        write(database, durable=False)
    assert disk.synced == []
    with Database(tmp_path / "archive.db") as database:
        write(database, durable=False)
        write(database)
    assert len(disk.synced) == 1


@pytest.mark.parametrize(
    ("number", "code"),
    [
        (errno.ENOSPC, ErrorCode.DISK_FULL),
        (errno.EDQUOT, ErrorCode.DISK_FULL),
        (errno.EIO, ErrorCode.ARCHIVE_UNREADABLE),
    ],
)
def test_what_could_not_be_synced_is_said_once(
    tmp_path: Path,
    disk: Disk,
    write: Callable[..., None],
    number: int,
    code: ErrorCode,
) -> None:
    with Database(tmp_path / "archive.db") as database:
        disk.error = OSError(number, "no")
        write(database, "first")
        with database.released():  # when this is left, nothing is under way any more
            disk.error = None
        with pytest.raises(UserError) as caught:
            write(database, "second")
        assert caught.value.code is code
        assert database.rows("SELECT text FROM drafts") == [("first",)]
        write(database, "third")
        assert database.rows("SELECT text FROM drafts") == [("third",)]


@pytest.mark.parametrize(("count", "size"), [(40, MOST_GROWTH // 8), (3000, 100)])
def test_the_log_does_not_grow_for_ever(
    tmp_path: Path, write: Callable[..., None], count: int, size: int
) -> None:
    log = tmp_path / "archive.db-wal"
    with Database(tmp_path / "archive.db") as database:
        for number in range(count):
            write(database, f"{number % 10}" * size, durable=False)
            if number % 8 == 0:
                database._sync.close()  # waits for what is under way
        assert log.stat().st_size < 3 * MOST_GROWTH
        # Beginning it anew has changed nothing.
        assert database.rows("PRAGMA user_version") == [(len(MIGRATIONS),)]
        assert database.rows("PRAGMA integrity_check") == [("ok",)]
