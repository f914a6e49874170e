"""The start of the window on an archive that it cannot use."""

from datetime import UTC, datetime

import pytest
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from app import application as module, paths
from app.domain.conversation import Message, Role
from app.store.conversations import ConversationStore
from app.store.database import Database
from app.ui import dialogs
from app.ui.archive_rescue import ArchiveRescue

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)


@pytest.fixture
def archive(home):
    path = paths.find().archive
    with Database(path) as database:
        store = ConversationStore(database)
        store.create("c", "kept", NOON)
        for number in range(60):
            text = f"{number} 你好 " * 60
            store.save_message("c", Message(f"{number}", None, Role.USER, text, NOON))
    return path


@pytest.fixture
def answer(qapp):
    """Presses buttons of the dialog, each as soon as it can be pressed."""
    pressed = []
    timer = QTimer()

    def press(*names):
        waiting = list(names)

        def look():
            for widget in QApplication.topLevelWidgets():
                if waiting and isinstance(widget, ArchiveRescue):
                    button = getattr(widget, waiting[0])
                    if button.isVisible() and button.isEnabled():
                        pressed.append(waiting.pop(0))
                        button.click()

        timer.timeout.connect(look)
        timer.start(10)

    yield press
    timer.stop()


def damage_the_list(archive):
    """Makes the pages of the conversations' own tree nonsense."""
    with Database(archive) as database:
        [(root,)] = database.rows(
            "SELECT rootpage FROM sqlite_schema WHERE name = 'conversations'"
        )
        [(size,)] = database.rows("PRAGMA page_size")
    data = bytearray(archive.read_bytes())
    data[(root - 1) * size : root * size] = b"\xff" * size
    archive.write_bytes(data)
    return bytes(data)


def test_a_damaged_archive_is_saved_and_opened(archive, answer, qapp):
    before = damage_the_list(archive)
    answer("save", "go_on")
    application = module._open(qapp, paths.find())
    model = application.window.sidebar._model
    # The chat's own record is lost; its messages are not.
    [row] = [model.row(model.index(n)) for n in range(model.rowCount())][1:]
    application.controller.show_chat(row.chat)
    assert application.window.panel.transcript.rowCount() > 0
    application.window.close()
    application.close()
    application.window.deleteLater()
    [aside] = archive.parent.glob("chats-damaged-*.sqlite3")
    assert aside.read_bytes() == before


def test_who_gives_up_finds_the_file_as_it_was(archive, answer, qapp):
    before = damage_the_list(archive)
    answer("quit")
    assert module._open(qapp, paths.find()) is None
    assert archive.read_bytes() == before


def test_an_archive_of_a_newer_program_is_left_alone(archive, qapp, monkeypatch):
    with Database(archive) as database, database.transaction():
        database.execute("PRAGMA user_version = 999")
    before = archive.read_bytes()
    said = []
    monkeypatch.setattr(dialogs, "fatal", lambda _title, text: said.append(text))
    assert module._open(qapp, paths.find()) is None
    assert "newer version" in said[0]
    assert archive.read_bytes() == before
