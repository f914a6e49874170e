"""Files and presets in the archive: what goes in comes out, damage stays small."""

import sqlite3
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from app.domain.attachments import Attachment
from app.domain.conversation import Message, Role
from app.domain.generation import Sampling
from app.domain.presets import Preset
from app.store.conversations import ConversationStore
from app.store.database import Database
from app.store.draft_files import DraftFiles
from app.store.salvage import salvage

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
CHAT = "c" * 32
FILES = (Attachment("清单.txt", "牛奶\n```\n"), Attachment("part.pdf", "One.", 9000))
PRESET = Preset("Pirate", "Like one.\n用中文。", Sampling(temperature=1.5, top_k=0))
QUESTION = Message("q", None, Role.USER, "What?", NOON, attachments=FILES)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "chats.sqlite3"


@pytest.fixture
def store(path):
    with Database(path) as database:
        store = ConversationStore(database)
        store.create(CHAT, "", NOON)
        yield store


def loaded(store):
    return store.load(CHAT).conversation


def test_a_message_keeps_its_files(store):
    store.save_message(CHAT, QUESTION)
    assert loaded(store).messages == {"q": QUESTION}
    store.note(replace(QUESTION, pinned=True))
    assert loaded(store).messages["q"].attachments == FILES
    copy = replace(store.archived(CHAT).chat.conversation, id="d" * 32, messages={})
    moved = replace(QUESTION, id="r")
    store.add(replace(copy, messages={"r": moved}, leaf="r", preset=PRESET), NOON)
    assert store.load("d" * 32).conversation.messages["r"] == moved
    assert store.load("d" * 32).conversation.preset == PRESET


def test_half_a_surrogate_pair_in_a_file_costs_one_character(store):
    broken = replace(QUESTION, attachments=(Attachment("\ud83d.txt", "a\ude00"),))
    store.save_message(CHAT, broken)
    assert loaded(store).messages["q"].attachments == (Attachment("?.txt", "a?"),)


def test_a_chat_keeps_its_preset(store, path):
    assert loaded(store).preset is None
    store.set_preset(CHAT, PRESET)
    assert loaded(store).preset == PRESET
    with sqlite3.connect(path) as other:
        other.execute("UPDATE conversations SET preset = '{\"name\":1}'")
    other.close()
    assert loaded(store).preset is None
    store.set_preset(CHAT, None)
    assert loaded(store).preset is None


def test_files_that_cannot_be_read_do_not_hide_the_message(store, path):
    store.save_message(CHAT, QUESTION)
    with sqlite3.connect(path) as other:
        other.execute("UPDATE messages SET attachments = '[{]'")
    other.close()
    found = store.load(CHAT)
    assert found.conversation.messages == {"q": replace(QUESTION, attachments=())}
    assert found.unreadable == 1


def test_the_files_of_a_draft_go_with_their_chat(store, path):
    with Database(path) as database:
        drafts = DraftFiles(database)
        drafts.save("", FILES[:1])
        drafts.save(CHAT, FILES)
        drafts.save(CHAT, FILES[1:])
        assert drafts.load() == FILES[:1]
        assert drafts.load(CHAT) == FILES[1:]
        store.purge([CHAT])
        assert drafts.load(CHAT) == ()
        assert drafts.load() == FILES[:1]
        drafts.save("", ())
        assert drafts.load() == ()


def test_what_can_be_saved_of_a_damaged_archive_has_its_files(store, path, tmp_path):
    store.save_message(CHAT, QUESTION)
    store.set_preset(CHAT, PRESET)
    with Database(path) as database:
        DraftFiles(database).save("", FILES)
    copy = tmp_path / "damaged.sqlite3"
    with sqlite3.connect(path) as source, sqlite3.connect(copy) as target:
        source.backup(target)
    source.close()
    target.close()
    salvage(copy, NOON)
    with Database(copy) as database:
        found = ConversationStore(database).load(CHAT).conversation
        assert found.messages == {"q": QUESTION}
        assert found.preset == PRESET
        assert DraftFiles(database).load() == FILES
