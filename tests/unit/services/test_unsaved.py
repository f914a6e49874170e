"""Replies that a full disk did not take."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from app.domain.conversation import Conversation, Message, MessageState, Role
from app.domain.errors import ErrorCode, UserError
from app.services.unsaved import Unsaved
from app.store.conversations import ConversationStore
from app.store.database import Database

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
QUESTION = Message("q", None, Role.USER, "Hello", NOON)
REPLY = Message("r", "q", Role.ASSISTANT, "half", NOON, MessageState.STOPPED)


@pytest.fixture
def store(tmp_path):
    with Database(tmp_path / "chats.sqlite3") as database:
        store = ConversationStore(database)
        store.add(Conversation("c", "chat").with_message(QUESTION), NOON)
        yield store


def test_a_reply_is_where_it_would_be(store):
    unsaved = Unsaved(store)
    unsaved.keep("c", REPLY)
    unsaved.keep("c", replace(REPLY, text="whole"))
    assert len(unsaved) == 1
    shown = unsaved.added_to(store.load("c").conversation)
    assert [message.text for message in shown.path()] == ["Hello", "whole"]
    unsaved.save()
    assert len(unsaved) == 0
    saved = store.load("c").conversation
    assert [message.text for message in saved.path()] == ["Hello", "whole"]
    assert unsaved.added_to(saved) == saved


def test_another_path_stays_what_is_shown(store):
    store.save_message("c", replace(REPLY, id="other"))
    unsaved = Unsaved(store)
    unsaved.keep("c", REPLY)
    shown = unsaved.added_to(store.load("c").conversation)
    assert shown.leaf == "other"
    assert set(shown.messages) == {"q", "r", "other"}


def test_what_cannot_be_saved_stays(store, monkeypatch):
    unsaved = Unsaved(store)
    for name in "rs":
        unsaved.keep("c", replace(REPLY, id=name))
    save = store.save_message

    def save_one(chat, message):
        if message.id == "s":
            raise UserError(ErrorCode.DISK_FULL)
        save(chat, message)

    monkeypatch.setattr(store, "save_message", save_one)
    with pytest.raises(UserError):
        unsaved.save()
    assert len(unsaved) == 1
    monkeypatch.undo()
    unsaved.save()
    assert set(store.load("c").conversation.messages) == {"q", "r", "s"}


def test_what_was_saved_or_lost_its_chat_is_forgotten(store):
    unsaved = Unsaved(store)
    unsaved.keep("c", REPLY)
    unsaved.forget("c", REPLY)
    unsaved.keep("c", REPLY)
    store.purge(["c"])
    unsaved.save()
    assert len(unsaved) == 0
