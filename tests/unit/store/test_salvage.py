"""Damaged archives: what can be read is read, and nothing is thrown away."""

import random
import sqlite3
from datetime import UTC, datetime, timedelta

import pytest

from app.domain.conversation import Message, Role
from app.domain.errors import UserError
from app.store import backups
from app.store.conversations import ConversationStore
from app.store.database import Database
from app.store.salvage import salvage

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
CHATS, MESSAGES = 20, 30


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """The bytes of an archive with many messages."""
    path = tmp_path_factory.mktemp("whole") / "chats.sqlite3"
    with Database(path) as database:
        store = ConversationStore(database)
        for chat in range(CHATS):
            store.create(f"c{chat}", f"chat {chat}", NOON)
            parent = None
            for number in range(MESSAGES):
                identity = f"c{chat}-{number}"
                when = NOON + timedelta(seconds=number)
                text = f"第{number}句 of {chat} " * 10
                store.save_message(
                    f"c{chat}", Message(identity, parent, Role.USER, text, when)
                )
                parent = identity
    return path.read_bytes()


def damaged_copies(whole):
    """Fifty archives with flipped bits, overwritten pages, or their end missing."""
    size = 4096
    for seed in range(50):
        pick = random.Random(seed)
        data = bytearray(whole)
        match seed % 3:
            case 0:
                for _ in range(20):
                    at = pick.randrange(size, len(data))
                    data[at] ^= 1 << pick.randrange(8)
            case 1:
                for _ in range(pick.randrange(1, 5)):
                    page = pick.randrange(1, len(data) // size)
                    data[page * size : (page + 1) * size] = pick.randbytes(size)
            case _:
                del data[pick.randrange(len(data) // 2, len(data)) :]
        yield seed, bytes(data)


def test_fifty_damaged_archives_give_what_they_have(tmp_path, whole):
    counts = []
    for seed, data in damaged_copies(whole):
        path = tmp_path / f"{seed}.sqlite3"
        path.write_bytes(data)
        try:
            result = salvage(path, NOON)
        except UserError:
            assert path.read_bytes() == data
            continue
        assert result.aside.read_bytes() == data
        backups.check(path)
        with Database(path) as database:
            store = ConversationStore(database)
            shown = [store.load(chat.id) for chat in store.summaries()]
        assert len(shown) == result.chats
        read = sum(len(found.conversation.messages) for found in shown)
        unread = sum(found.unreadable for found in shown)
        # What can be read in part counts on both sides.
        assert read <= result.messages <= read + unread
        for found in shown:
            conversation = found.conversation
            assert conversation.leaf is None or conversation.path()
        counts.append(result.messages)
    assert len(counts) >= 45
    assert sorted(counts)[len(counts) // 2] > CHATS * MESSAGES * 0.6


def test_a_whole_archive_comes_out_as_it_was(tmp_path, whole):
    path = tmp_path / "chats.sqlite3"
    path.write_bytes(whole)
    with Database(path) as database:
        store = ConversationStore(database)
        store.set_draft("c1", "half a thought")
        store.trash("c2", NOON)
        before = [store.load(chat.id) for chat in store.summaries()]
    result = salvage(path, NOON)
    assert (result.chats, result.messages, result.lost) == (CHATS, CHATS * MESSAGES, 0)
    with Database(path) as database:
        store = ConversationStore(database)
        assert [store.load(chat.id) for chat in store.summaries()] == before
        assert store.draft("c1") == "half a thought"
        assert [chat.id for chat in store.trashed()] == ["c2"]
        assert len(store.find("第3句", most=100)) >= CHATS - 1


def test_messages_without_their_chat_get_one(tmp_path, whole):
    path = tmp_path / "chats.sqlite3"
    path.write_bytes(whole)
    with sqlite3.connect(path) as connection:
        connection.execute("DELETE FROM conversations WHERE id = 'c3'")
    connection.close()
    result = salvage(path, NOON)
    assert result.chats == CHATS
    with Database(path) as database:
        found = ConversationStore(database).load("c3")
    assert len(found.conversation.path()) == MESSAGES


@pytest.mark.parametrize("data", [b"", b"no database", b"SQLite format 3\0" * 300])
def test_what_is_no_archive_stays(tmp_path, data):
    path = tmp_path / "chats.sqlite3"
    path.write_bytes(data)
    with pytest.raises(UserError):
        salvage(path, NOON)
    assert path.read_bytes() == data
    assert [p.name for p in tmp_path.iterdir()] == [path.name]


@pytest.mark.parametrize("part", [0.5, 0.7, 0.9])
def test_what_never_was_is_not_counted_as_lost(tmp_path, whole, part):
    path = tmp_path / "chats.sqlite3"
    path.write_bytes(whole[: int(len(whole) * part)])
    result = salvage(path, NOON)
    assert 0 < result.messages + result.lost <= CHATS * MESSAGES
