"""The daily work: a copy, the trash, pictures that nobody names."""

import os
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from app.domain.conversation import Message, MessageState, Role
from app.domain.errors import ErrorCode, UserError
from app.services.upkeep import TRASH_DAYS, keep_up
from app.store.backups import Backups
from app.store.conversations import ConversationStore
from app.store.database import Database
from app.store.pictures import PictureFolder

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
PICTURE = f"{'a' * 64}.png"


@pytest.fixture
def archive(tmp_path):
    path = tmp_path / "chats.sqlite3"
    with Database(path) as database:
        store = ConversationStore(database)
        for name, days in (("old", TRASH_DAYS + 1), ("new", TRASH_DAYS - 1)):
            store.create(name, name, NOW)
            store.trash(name, NOW - timedelta(days=days))
    return path


@pytest.fixture
def backups(archive, tmp_path):
    return Backups(archive, tmp_path / "backups")


@pytest.fixture
def pictures(tmp_path):
    folder = tmp_path / "pictures"
    folder.mkdir()
    (folder / PICTURE).write_bytes(b"x")
    os.utime(folder / PICTURE, (0, 0))
    return PictureFolder(folder)


def trashed(path):
    with Database(path) as database:
        return {chat.id for chat in ConversationStore(database).trashed()}


def test_what_lay_in_the_trash_long_enough_goes_after_the_copy(
    archive, backups, pictures
):
    keep_up(archive, backups, pictures, now=NOW)
    [backup] = backups.all()
    assert trashed(backup.path) == {"old", "new"}
    assert trashed(archive) == {"new"}
    assert pictures.find(PICTURE) is None


def test_there_is_one_copy_a_day(archive, backups, pictures):
    keep_up(archive, backups, pictures, now=NOW)
    [first] = backups.all()
    before = first.path.stat().st_mtime_ns
    keep_up(archive, backups, pictures, now=NOW + timedelta(hours=1))
    assert backups.all()[0].path.stat().st_mtime_ns == before
    keep_up(archive, backups, pictures, now=NOW + timedelta(days=1))
    assert len(backups.all()) == 2


def test_pictures_of_what_was_put_aside_stay(archive, backups, pictures):
    keep_up(archive, backups, pictures, now=NOW - timedelta(days=9))
    (pictures._folder / PICTURE).write_bytes(b"x")
    os.utime(pictures._folder / PICTURE, (0, 0))
    aside = backups.restore(backups.all()[0].path, NOW)
    assert backups.put_aside() == (aside,)
    keep_up(archive, backups, pictures, now=NOW)
    assert pictures.find(PICTURE) is not None


def test_a_damaged_archive_loses_nothing(archive, backups, pictures):
    archive.write_bytes(b"no archive at all" * 999)
    with pytest.raises(UserError) as caught:
        keep_up(archive, backups, pictures, now=NOW)
    assert caught.value.code is ErrorCode.ARCHIVE_UNREADABLE
    assert backups.all() == ()
    assert pictures.find(PICTURE) is not None


def test_what_was_written_when_the_program_died_is_found(archive, backups, pictures):
    with Database(archive) as database:
        store = ConversationStore(database)
        store.create("c", "chat", NOW)
        text, state = "half of a blue whale", MessageState.STREAMING
        reply = Message("m", None, Role.ASSISTANT, text, NOW, state)
        store.save_message("c", reply)
        assert store.find("whale") == ()
        keep_up(archive, backups, pictures, now=NOW)
        assert [hit.message for hit in store.find("whale")] == ["m"]
        assert store.index_interrupted() == 0
        store.save_message("c", replace(reply, text="a fish", state=MessageState.CUT))
        assert store.find("whale") == ()
        assert database.rows("PRAGMA integrity_check") == [("ok",)]
