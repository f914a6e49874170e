"""Fifty archives that a disk has damaged, each in another way.

All are opened as the window opens them; ten are opened in the window itself, or with
`MOSS_TEST_DAMAGES=all` each of them.
"""

import contextlib
import os
import random
import shutil
from datetime import UTC, datetime, timedelta

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QTimer
from PySide6.QtWidgets import QApplication

from app import application as module, paths
from app.domain.conversation import Message, Role
from app.domain.errors import UserError
from app.store.conversations import ConversationStore
from app.store.database import Database
from app.store.opening import open_archive
from app.store.salvage import salvage
from app.ui import dialogs
from app.ui.archive_rescue import ArchiveRescue

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
CHATS, MESSAGES = 8, 25
SECTOR = 512
SEEDS = range(50)
OPENED = 2
"""Chats that are shown in the window; the others are only read."""
SHOWN = SEEDS if os.environ.get("MOSS_TEST_DAMAGES") == "all" else SEEDS[::5]


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    path = tmp_path_factory.mktemp("whole") / "chats.sqlite3"
    with Database(path) as database:
        store = ConversationStore(database)
        for chat in range(CHATS):
            store.create(f"c{chat}", f"chat {chat}", NOON + timedelta(hours=chat))
            parent = None
            for number in range(MESSAGES):
                identity = f"c{chat}-{number}"
                text = f"第{number}句 of {chat} " * 12
                when = NOON + timedelta(hours=chat, seconds=number)
                message = Message(identity, parent, Role.USER, text, when)
                store.save_message(f"c{chat}", message)
                parent = identity
    return path.read_bytes()


def damaged(whole, seed):
    """A copy with flipped bits, with sectors of zeros, or without its end."""
    choose = random.Random(seed)
    data = bytearray(whole)
    match seed % 3:
        case 0:
            for _ in range(choose.choice((1, 4, 40, 400))):
                data[choose.randrange(len(data))] ^= 1 << choose.randrange(8)
        case 1:
            for _ in range(choose.randrange(1, 9)):
                at = choose.randrange(len(data) // SECTOR) * SECTOR
                data[at : at + SECTOR] = bytes(SECTOR)
        case _:
            del data[choose.randrange(len(data)) :]
    return bytes(data)


@pytest.fixture
def rescue(qapp, monkeypatch):
    """Presses what the dialog offers: what saves most, as soon as it can be pressed."""
    said = []
    monkeypatch.setattr(dialogs, "fatal", lambda _title, text: said.append(text))
    timer = QTimer()

    def look():
        for widget in QApplication.topLevelWidgets():
            if isinstance(widget, ArchiveRescue) and widget.isVisible():
                said.append(widget.text.text())
                for name in ("go_on", "anew", "save"):
                    button = getattr(widget, name)
                    if button.isVisible() and button.isEnabled():
                        button.click()
                        break

    timer.timeout.connect(look)
    timer.start(5)
    yield said
    timer.stop()


def salvaged(data, folder):
    """How many messages are in a damaged archive for who looks at each record."""
    folder.mkdir()
    (folder / "copy.sqlite3").write_bytes(data)
    try:
        return salvage(folder / "copy.sqlite3", NOON).messages
    except UserError:
        return 0


def read_everything(application):
    """Opens what is listed, some of it in the window; returns how many messages."""
    controller, panel = application.controller, application.window.panel
    count = 0
    for number, chat in enumerate(application.chats._store.summaries()):
        if number >= OPENED:
            with contextlib.suppress(UserError):
                loaded = application.chat.open(chat.id)
                count += len(loaded.conversation.messages) + loaded.unreadable
            continue
        panel.notice.hide()
        controller.ask_for_chat(chat.id)
        if controller.open_chat != chat.id:
            assert panel.notice._text.text(), "no words"
            continue
        loaded = application.chat.open(chat.id)
        count += len(loaded.conversation.messages) + loaded.unreadable
        assert not loaded.unreadable or "Damaged records" in panel.notice._text.text()
        assert panel.transcript.rowCount() or not loaded.conversation.messages
    return count


@pytest.mark.parametrize("seed", SEEDS)
def test_what_can_be_read_is_read(seed, whole, tmp_path):
    data = damaged(whole, seed)
    archive = tmp_path / "chats.sqlite3"
    archive.write_bytes(data)
    there = salvaged(data, tmp_path / "salvaged")
    try:
        database = open_archive(archive)
    except UserError:
        assert archive.read_bytes() == data
        return
    count = 0
    with database:
        store = ConversationStore(database)
        for chat in store.summaries():
            with contextlib.suppress(UserError):
                loaded = store.load(chat.id)
                count += len(loaded.conversation.messages) + loaded.unreadable
    assert archive.read_bytes() == data
    # A flipped bit in an index may hide what it names, and nothing tells.
    assert count >= 0.97 * there


@pytest.mark.parametrize("seed", SHOWN)
def test_the_program_starts_and_shows_what_can_be_read(
    seed, whole, home, rescue, qapp, tmp_path
):
    data = damaged(whole, seed)
    archive = paths.find().archive
    archive.parent.mkdir()
    archive.write_bytes(data)
    there = salvaged(data, tmp_path / "salvaged")
    application = module._open(qapp, paths.find())
    assert application is not None, rescue
    try:
        read = read_everything(application)
    finally:
        application.window.close()
        application.close()
        application.window.deleteLater()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    asides = list(archive.parent.glob("chats-damaged-*.sqlite3"))
    if rescue:
        [aside] = asides
        assert aside.read_bytes() == data
    else:
        assert archive.read_bytes() == data
    assert read >= 0.97 * there
    shutil.rmtree(home)
