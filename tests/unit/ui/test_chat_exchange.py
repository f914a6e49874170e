"""Chats out of and into the archive from the window."""

from datetime import UTC, datetime

import pytest
from PySide6.QtWidgets import QApplication

from app.domain.conversation import Message, Role
from app.domain.errors import ErrorCode, UserError
from app.services.exchange import Exchange, Format
from app.store.conversations import ConversationStore
from app.store.database import Database
from app.store.settings import Language
from app.ui.bridge import Bridge
from app.ui.chat_exchange import ChatExchange
from app.ui.icons import Icons
from app.ui.main_window import MainWindow
from app.ui.theme import LIGHT
from app.ui.translation import Translation
from tests.conftest import ROOT
from tests.fakes.gallery import FakeGallery

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)


@pytest.fixture
def store(tmp_path):
    with Database(tmp_path / "chats.sqlite3") as database:
        store = ConversationStore(database)
        for name in ("a", "b"):
            store.create(name, f"chat {name}", NOW)
            store.save_message(name, Message(f"m{name}", None, Role.USER, name, NOW))
        yield store


@pytest.fixture
def exchange(qtbot, store, tmp_path):
    icons = Icons(ROOT / "resources/icons", LIGHT.text)
    window = MainWindow(frozenset(), icons, pictures=FakeGallery())
    qtbot.addWidget(window)
    window.show()
    return ChatExchange(
        window=window, bridge=Bridge(), exchange=Exchange(store, tmp_path / "pictures")
    )


def said(exchange):
    return exchange._window.panel.notice.text


def test_chats_go_out_and_come_in(exchange, store, tmp_path, qtbot):
    path = tmp_path / "聊天 out.json"
    exchange.export(path, Format.JSON, ["b"])
    qtbot.waitUntil(lambda: not exchange.running)
    assert said(exchange) == "Exported chats: 1"
    store.purge(["b"])
    with qtbot.waitSignal(exchange._bridge.conversations):
        exchange.take_in(path)
    [chat] = [c for c in store.summaries() if c.title == "chat b"]
    assert [m.text for m in store.load(chat.id).conversation.path()] == ["b"]
    assert "Imported chats: 1, with 1 messages" in said(exchange)


def test_what_cannot_be_read_is_said_in_words(exchange, tmp_path, qtbot):
    path = tmp_path / "no.json"
    path.write_text("{}")
    with qtbot.waitSignal(exchange._bridge.failed) as failed:
        exchange.take_in(path)
    assert failed.args[0].code is ErrorCode.IMPORT_UNKNOWN
    assert not exchange.running


def test_closing_the_window_leaves_no_half_file(exchange, tmp_path, qtbot):
    path = tmp_path / "out.json"
    exchange.export(path, Format.JSON, None)
    exchange._step()
    assert exchange.running
    exchange._window.close()
    assert not exchange.running
    assert not [p for p in tmp_path.iterdir() if "out" in p.name]


def test_labels_are_in_the_language_of_the_window(exchange, tmp_path, qtbot):
    translation = Translation(QApplication.instance(), ROOT / "resources/translations")
    translation.use(Language.CHINESE)
    try:
        exchange.export(tmp_path / "out.md", Format.MARKDOWN, ["a"])
    finally:
        translation.remove()
    qtbot.waitUntil(lambda: not exchange.running)
    text = (tmp_path / "out.md").read_text()
    assert "## 你 · " in text
    assert "You" not in text


def test_why_an_import_ended_early_is_said(exchange, store, tmp_path, qtbot):
    path = tmp_path / "out.json"
    exchange.export(path, Format.JSON, None)
    qtbot.waitUntil(lambda: not exchange.running)
    add, left = store.add_archived, [1]

    def add_one(chat):
        if not left:
            raise UserError(ErrorCode.DISK_FULL, "/disk")
        left.pop()
        add(chat)

    store.add_archived = add_one
    exchange.take_in(path)
    qtbot.waitUntil(lambda: not exchange.running)
    assert "Imported chats: 1" in said(exchange)
    assert "The disk is full" in said(exchange)
