"""Chats are read around what is damaged."""

from datetime import UTC, datetime

import pytest

from app.domain.conversation import Conversation, Message, Role
from app.domain.errors import ErrorCode, UserError
from app.store import conversations, damaged
from app.store.conversations import ConversationStore
from app.store.database import Database
from app.store.message_rows import message_from

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
PAGE = 4096


def message(name, parent):
    return Message(name, parent, Role.USER, name * 300, NOON)


@pytest.fixture
def archive(tmp_path):
    path = tmp_path / "chats.sqlite3"
    with Database(path) as database:
        store = ConversationStore(database)
        for chat in "xy":
            store.create(chat, f"chat {chat}", NOON)
            parent = None
            for number in range(30):
                name = f"{chat}{number:02}"
                store.save_message(chat, message(name, parent))
                parent = name
    return path


def spoil(archive, kind, name):
    """Makes the first page of a table or an index nonsense."""
    with Database(archive) as database:
        [(root,)] = database.rows(
            "SELECT rootpage FROM sqlite_schema WHERE type = ? AND name = ?", kind, name
        )
    data = bytearray(archive.read_bytes())
    data[(root - 1) * PAGE : root * PAGE] = b"\xff" * PAGE
    archive.write_bytes(data)


def indexes(archive, table):
    with Database(archive) as database:
        return [name for _, name, *_ in database.rows(f"PRAGMA index_list({table})")]


def test_no_index_of_messages_hides_a_chat(archive):
    for name in indexes(archive, "messages"):
        spoil(archive, "index", name)
    with Database(archive) as database:
        loaded = ConversationStore(database).load("y")
    assert len(loaded.conversation.path()) == 30
    assert loaded.unreadable == 0


def test_no_index_of_chats_hides_one(archive):
    for name in indexes(archive, "conversations"):
        spoil(archive, "index", name)
    with Database(archive) as database:
        loaded = ConversationStore(database).load("y")
    assert loaded.conversation.title == "chat y"
    assert len(loaded.conversation.path()) == 30


def test_where_everything_is_damaged_it_is_said(archive):
    for name in indexes(archive, "messages"):
        spoil(archive, "index", name)
    spoil(archive, "table", "messages")
    with Database(archive) as database:
        loaded = ConversationStore(database).load("y")
    assert loaded.conversation.messages == {}
    assert loaded.unreadable == 1


def record(**values):
    """What a damaged page may give in place of what the columns allow."""
    whole = {"id": "a", "parent": None, "role": "user", "created": 1, "state": "cut"}
    whole |= {"text": "t", "thoughts": "", "commands": "", "calls": "[]", "model": ""}
    whole |= {"usage": None, "notes": "{}", "attachments": "[]"}
    return tuple((whole | values).values())


def test_a_record_whose_values_are_no_text_is_left_out():
    assert message_from(record())[1]
    for column in ("id", "role", "state", "text", "calls", "model", "notes"):
        for value in (None, 5, b"\x00"):
            assert message_from(record(**{column: value})) == (None, False)
    found, whole = message_from(record(created=None, usage=5))
    assert (found.text, found.usage, whole) == ("t", None, True)


def test_a_chat_without_its_id_is_damage():
    with pytest.raises(UserError) as caught:
        conversations._summary((b"\x00", "title", 1, "", 0))
    assert caught.value.code is ErrorCode.ARCHIVE_UNREADABLE
    assert conversations._summary(("c", None, None, 5, 0)).title == ""


def test_what_followed_a_lost_message_is_shown(archive):
    with Database(archive) as database:
        with database.transaction():
            database.execute("UPDATE messages SET state = 'nonsense' WHERE id = 'y10'")
        loaded = ConversationStore(database).load("y")
    assert loaded.unreadable == 1
    assert len(loaded.conversation.path()) == 29


def test_the_end_that_is_missing_is_the_newest_that_is_there():
    messages = {name: message(name, parent) for name, parent in ("ba", "ca", "dx")}
    mended = damaged.mended(Conversation("c", "", messages, leaf="gone"))
    assert [found.id for found in mended.path()] == ["b", "c", "d"]
