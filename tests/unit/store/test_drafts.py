"""Drafts: kept in the archive, or in memory where that cannot be written."""

from datetime import UTC, datetime

import pytest

from app.domain.conversation import Message, Role
from app.domain.errors import ErrorCode, UserError
from app.store.conversations import ConversationStore
from app.store.database import Database

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)


@pytest.fixture
def database(tmp_path):
    with Database(tmp_path / "chats.sqlite3") as database:
        ConversationStore(database).create("c", "chat", NOON)
        yield database


@pytest.fixture
def store(database):
    return ConversationStore(database)


def lock(database):
    database._locked = UserError(ErrorCode.DISK_FULL, "/disk")


def test_what_was_sent_is_no_draft_any_more(store):
    store.set_draft("c", " Hello\n")
    store.set_draft("", "Hello")
    store.save_message("c", Message("a", None, Role.USER, "Hello", NOON))
    assert (store.draft("c"), store.draft()) == ("", "")
    store.set_draft("c", "Hello, and more")
    store.save_message("c", Message("b", "a", Role.USER, "Hello", NOON))
    assert store.draft("c") == "Hello, and more"


def test_another_chat_and_a_reply_leave_drafts_alone(store):
    store.create("d", "other", NOON)
    for place in ("", "c", "d"):
        store.set_draft(place, "Hello")
    store.save_message("c", Message("a", "x", Role.USER, "Hello", NOON))
    store.save_message("d", Message("b", None, Role.ASSISTANT, "Hello", NOON))
    assert [store.draft(place) for place in ("", "c", "d")] == ["Hello", "", "Hello"]


def test_nothing_is_lost_while_nothing_can_be_written(database, store):
    store.set_draft("c", "before")
    lock(database)
    store.set_draft("c", "kept in memory")
    store.set_draft("", "this too")
    assert (store.draft("c"), store.draft()) == ("kept in memory", "this too")
    assert store.drafts.unsaved == 2
    with pytest.raises(UserError):
        store.drafts.save()
    database._locked = None
    store.drafts.save()
    assert store.drafts.unsaved == 0
    assert ConversationStore(database).draft("c") == "kept in memory"


def test_a_failure_is_said_once(database, store, monkeypatch):
    def fail(**_):
        raise UserError(ErrorCode.DISK_FULL)

    monkeypatch.setattr(database, "transaction", fail)
    with pytest.raises(UserError):
        store.set_draft("c", "one")
    store.set_draft("c", "one and two")
    assert store.draft("c") == "one and two"
    # What is there already needs no room.
    store.set_draft("", "")


def test_a_chat_that_goes_takes_its_draft(store):
    store.set_draft("c", "begun")
    store.purge(["c"])
    assert store.draft("c") == ""
