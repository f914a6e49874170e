"""Copies of the archive: whole, checked, seven of them, and put back."""

import contextlib
import errno
import sqlite3
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from app.domain.conversation import Message, Role
from app.domain.errors import ErrorCode, UserError
from app.store import backups, replacing
from app.store.backups import Backups
from app.store.conversations import ConversationStore
from app.store.database import Database

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
DAY = date(2026, 5, 1)


@pytest.fixture
def archive(tmp_path):
    path = tmp_path / "档案 chats.sqlite3"
    with Database(path) as database:
        store = ConversationStore(database)
        store.create("c", "first", NOON)
        store.save_message("c", Message("m", None, Role.USER, "hello", NOON))
    return path


def titles(path):
    with Database(path) as database:
        return [chat.title for chat in ConversationStore(database).summaries()]


def test_a_copy_is_whole_while_the_archive_is_in_use(archive, tmp_path):
    kept = Backups(archive, tmp_path / "backups")
    assert kept.is_due(DAY)
    with Database(archive) as database:
        store = ConversationStore(database)
        store.create("d", "not yet in the file itself", NOON)
        made = kept.make(DAY)
    assert not kept.is_due(DAY)
    assert set(titles(made.path)) == {"first", "not yet in the file itself"}
    assert [b.day for b in kept.all()] == [DAY]


def test_seven_are_kept(archive, tmp_path):
    kept = Backups(archive, tmp_path / "backups")
    for number in range(10):
        kept.make(DAY + timedelta(days=number))
    assert [b.day for b in kept.all()] == [
        DAY + timedelta(days=number) for number in range(9, 2, -1)
    ]


def test_restoring_puts_the_present_archive_aside(archive, tmp_path):
    kept = Backups(archive, tmp_path / "backups")
    made = kept.make(DAY)
    with Database(archive) as database:
        ConversationStore(database).create("d", "later", NOON)
    aside = kept.restore(made.path, NOON)
    assert titles(archive) == ["first"]
    assert set(titles(aside)) == {"first", "later"}
    assert made.path.exists()
    again = kept.restore(made.path, NOON)
    assert again != aside


def test_a_damaged_copy_is_not_put_back(archive, tmp_path):
    kept = Backups(archive, tmp_path / "backups")
    made = kept.make(DAY)
    data = bytearray(made.path.read_bytes())
    data[4096:8192] = b"\xff" * 4096
    made.path.write_bytes(data)
    with pytest.raises(UserError) as caught:
        kept.restore(made.path, NOON)
    assert caught.value.code is ErrorCode.ARCHIVE_UNREADABLE
    assert titles(archive) == ["first"]


def test_a_damaged_archive_makes_no_copy_and_costs_none(archive, tmp_path):
    kept = Backups(archive, tmp_path / "backups")
    good = kept.make(DAY)
    data = bytearray(archive.read_bytes())
    data[4096:8192] = b"\xff" * 4096
    archive.write_bytes(data)
    with pytest.raises(UserError):
        kept.make(DAY)
    backups.check(good.path)
    assert sorted(p.name for p in good.path.parent.iterdir()) == [good.path.name]


def test_something_else_is_no_copy(tmp_path):
    other = tmp_path / "other.sqlite3"
    with sqlite3.connect(other) as connection:
        connection.execute("CREATE TABLE t (x)")
    connection.close()
    with pytest.raises(UserError):
        backups.check(other)
    with pytest.raises(UserError):
        backups.check(tmp_path / "missing.sqlite3")


def test_a_folder_that_cannot_be_made_is_said(archive):
    archive.with_name("file").touch()
    with pytest.raises(UserError) as caught:
        Backups(archive, archive.with_name("file") / "backups").make(DAY)
    assert caught.value.code is ErrorCode.BACKUP_FAILED


def test_a_copy_of_a_newer_program_is_not_put_back(archive, tmp_path):
    kept = Backups(archive, tmp_path / "backups")
    made = kept.make(DAY)
    with Database(archive) as database:
        ConversationStore(database).create("d", "later", NOON)
    with contextlib.closing(sqlite3.connect(made.path)) as connection:
        connection.execute("PRAGMA user_version = 999")
    before = archive.read_bytes()
    with pytest.raises(UserError) as caught:
        kept.restore(made.path, NOON)
    assert caught.value.code is ErrorCode.ARCHIVE_NEWER
    assert archive.read_bytes() == before
    assert sorted(p.name for p in archive.parent.iterdir() if p.is_file()) == [
        archive.name
    ]


def test_a_copy_whose_migration_fails_is_not_put_back(archive, tmp_path):
    kept = Backups(archive, tmp_path / "backups")
    made = kept.make(DAY)
    with contextlib.closing(sqlite3.connect(made.path)) as connection:
        connection.execute("PRAGMA user_version = 2")
    before = archive.read_bytes()
    # It is none of version 2, so that its migration fails.
    with pytest.raises(sqlite3.OperationalError):
        kept.restore(made.path, NOON)
    assert archive.read_bytes() == before
    assert [p for p in archive.parent.iterdir() if p.is_file()] == [archive]


def test_there_is_an_archive_whenever_the_program_dies(archive, tmp_path, monkeypatch):
    made = Backups(archive, tmp_path / "backups").make(DAY)
    with Database(archive) as database:
        ConversationStore(database).create("d", "later", NOON)
    seen = []

    def look(*_):
        seen.append(set(titles(archive)))

    monkeypatch.setattr(replacing, "flush_folder", look)
    aside = Backups(archive, tmp_path / "backups").restore(made.path, NOON)
    assert seen == [{"first", "later"}, {"first"}]
    assert set(titles(aside)) == {"first", "later"}


def test_an_archive_that_cannot_be_replaced_stays(archive, tmp_path, monkeypatch):
    kept = Backups(archive, tmp_path / "backups")
    made = kept.make(DAY)
    wal = archive.with_name(f"{archive.name}-wal")
    wal.write_bytes(b"changes that are not in the file yet")
    replace = Path.replace

    def fail(path, target):
        if target == archive:
            raise OSError(errno.EACCES, "no")
        return replace(path, target)

    monkeypatch.setattr(Path, "replace", fail)
    with pytest.raises(UserError):
        kept.restore(made.path, NOON)
    assert wal.read_bytes() == b"changes that are not in the file yet"


def test_a_full_disk_is_said_in_words_of_their_own(archive, tmp_path, monkeypatch):
    kept = Backups(archive, tmp_path / "backups")
    made = kept.make(DAY)

    def full(*_):
        raise OSError(errno.ENOSPC, "no room")

    monkeypatch.setattr(backups, "flush", full)
    with pytest.raises(UserError) as caught:
        kept.make(DAY + timedelta(days=1))
    assert caught.value.code is ErrorCode.BACKUP_DISK_FULL
    with pytest.raises(UserError) as caught:
        kept.restore(made.path, NOON)
    assert caught.value.code is ErrorCode.RESTORE_DISK_FULL
    assert [backup.path for backup in kept.all()] == [made.path]
    assert titles(archive) == ["first"]
