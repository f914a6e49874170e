"""Copies of the archive: whole, checked, seven of them, and put back."""

import sqlite3
from datetime import UTC, date, datetime, timedelta

import pytest

from app.domain.conversation import Message, Role
from app.domain.errors import ErrorCode, UserError
from app.store import backups
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


def test_a_read_only_folder_is_said(archive):
    with pytest.raises(UserError) as caught:
        Backups(archive, archive.parent.joinpath("chats.txt/backups")).make(DAY) if (
            archive.parent.joinpath("chats.txt").write_text("") == 0
        ) else None
    assert caught.value.code is ErrorCode.ARCHIVE_READ_ONLY
