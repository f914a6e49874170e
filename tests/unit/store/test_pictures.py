"""Pictures in the user's folder: which are there, which go."""

import os
from datetime import UTC, datetime

import pytest

from app.domain.conversation import Message, Role
from app.domain.tools import Command, Tool, ToolCall, ToolState
from app.store.conversations import ConversationStore
from app.store.database import Database
from app.store.pictures import PictureFolder

NOW = datetime(2024, 5, 1, tzinfo=UTC)
NAMES = ["a" * 64 + ".png", "b" * 64 + ".jpg", "c" * 64 + ".png"]


@pytest.fixture
def database(tmp_path):
    with Database(tmp_path / "chats.sqlite3") as opened:
        yield opened


@pytest.fixture
def folder(tmp_path):
    place = tmp_path / "pictures"
    place.mkdir()
    for name in NAMES:
        place.joinpath(name).write_bytes(b"picture")
    return place


def answer(identity: str, picture: str) -> Message:
    command = Command(Tool.TEXT_TO_IMAGE, "a cat")
    call = ToolCall(command, ToolState.DONE, picture=picture)
    return Message(identity, None, Role.ASSISTANT, "Here.", NOW, calls=(call,))


def test_a_picture_is_found_by_its_name(folder):
    pictures = PictureFolder(folder)
    assert pictures.find(NAMES[0]) == folder / NAMES[0]
    assert pictures.find("d" * 64 + ".png") is None


@pytest.mark.parametrize(
    "name",
    ["", ".", "../chats.sqlite3", "/etc/passwd", NAMES[0] + "/", "x/" + NAMES[0]],
)
def test_no_other_file_is(folder, name):
    assert PictureFolder(folder).find(name) is None


def test_messages_name_their_pictures(database):
    store = ConversationStore(database)
    for conversation, name in zip("xyz", NAMES, strict=True):
        store.create(conversation, "", NOW)
        store.save_message(conversation, answer(f"m{conversation}", name))
    store.trash("y", NOW)
    assert store.pictures() == frozenset(NAMES)


def test_a_message_that_is_damaged_keeps_its_picture(database):
    store = ConversationStore(database)
    store.create("x", "", NOW)
    store.save_message("x", answer("m", NAMES[0]))
    with database.transaction():
        database.execute("UPDATE messages SET calls = substr(calls, 5)")
    loaded = store.load("x")
    assert loaded is not None
    assert loaded.unreadable == 1
    assert store.pictures() == {NAMES[0]}


def test_a_message_that_is_gone_does_not(database):
    store = ConversationStore(database)
    store.create("x", "", NOW)
    store.save_message("x", answer("m", NAMES[0]))
    with database.transaction():
        database.execute("DELETE FROM conversations")
    assert store.pictures() == frozenset()


def test_what_nobody_names_is_swept(folder):
    folder.joinpath("tmpabc.part").write_bytes(b"half")
    folder.joinpath("holiday.png").write_bytes(b"the user's own")
    assert PictureFolder(folder).sweep({NAMES[0]}, spared=0) == 3
    assert {path.name for path in folder.iterdir()} == {NAMES[0], "holiday.png"}


def test_what_is_new_is_not_swept(folder):
    """Another window may have made it, and be about to save the message."""
    os.utime(folder / NAMES[2], (0, 0))
    assert PictureFolder(folder).sweep(()) == 1
    assert not (folder / NAMES[2]).exists()


def test_a_folder_that_is_not_there(tmp_path):
    assert PictureFolder(tmp_path / "none").sweep(()) == 0
