"""Presets of chats: what is chosen holds for the chat, and for new ones."""

from datetime import UTC, datetime

import pytest

from app.domain.errors import ErrorCode, UserError
from app.domain.generation import Sampling
from app.domain.presets import Preset
from app.services.presets import PresetService, free_name, with_preset
from app.services.reply import ReplyOptions
from app.store.conversations import ConversationStore
from app.store.database import Database
from app.store.presets import PresetFile, Presets
from tests.fakes.chat_bench import MODEL

PIRATE = Preset("Pirate", "Talk like one.", Sampling(temperature=1.2))
SHORT = Preset("Short", "Be short.")
CHAT = "c" * 32


@pytest.fixture
def store(tmp_path):
    with Database(tmp_path / "chats.sqlite3") as database:
        store = ConversationStore(database)
        store.create(CHAT, "", datetime.now(UTC))
        yield store


@pytest.fixture
def file(tmp_path):
    file = PresetFile(tmp_path / "presets.json")
    file.save(Presets((PIRATE, SHORT)))
    return file


@pytest.fixture
def service(file, store):
    return PresetService(file, store)


def test_a_chat_keeps_what_was_chosen_for_it(service, store):
    service.open(CHAT)
    assert service.current is None
    service.choose(PIRATE)
    service.open(None)
    assert service.current is None
    service.open(CHAT)
    assert service.current == PIRATE
    service.keep([SHORT])
    service.open(CHAT)
    assert service.current == PIRATE
    service.choose(None)
    assert store.preset(CHAT) is None


def test_new_chats_begin_with_what_was_chosen_in_one(service, file, store):
    service.open(None)
    service.choose(SHORT)
    service.open(CHAT)
    assert service.current is None
    again = PresetService(file, store)
    again.open(None)
    assert again.current == SHORT
    again.choose(None)
    assert PresetFile.load(file).new_chats == ""


def test_values_of_its_own_hold_for_one_new_chat_only(service, file):
    service.open(None)
    service.choose(Preset("", "Just now."))
    assert service.current == Preset("", "Just now.")
    assert file.load().new_chats == ""
    service.open(None)
    assert service.current is None


def test_a_preset_that_is_gone_is_that_of_no_new_chat(service, file):
    service.open(None)
    service.choose(SHORT)
    service.keep([PIRATE])
    service.open(None)
    assert service.current is None
    assert file.load().presets == (PIRATE,)


def test_what_cannot_be_written_holds_nevertheless(service, monkeypatch):
    def fail(_file, _values):
        raise UserError(ErrorCode.DISK_FULL)

    monkeypatch.setattr(PresetFile, "save", fail)
    service.open(None)
    with pytest.raises(UserError):
        service.choose(SHORT)
    assert service.current == SHORT
    with pytest.raises(UserError):
        service.keep([])
    assert service.presets == ()


def test_a_preset_says_how_a_reply_is_written():
    options = ReplyOptions(frozenset(), Sampling(top_k=3))
    assert with_preset(options, None, MODEL) == options
    told = with_preset(options, PIRATE, MODEL)
    assert told.sampling == PIRATE.sampling
    assert told.instruction == "Talk like one."


def test_a_free_name():
    assert free_name("a", []) == "a"
    assert free_name("a", ["a", "a 2"]) == "a 3"
