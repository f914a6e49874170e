"""The start of the window on an archive that it cannot use."""

from datetime import UTC, datetime

import pytest
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from app import application as module, paths
from app.domain.conversation import Message, Role
from app.domain.errors import ErrorCode
from app.store.conversations import ConversationStore
from app.store.database import Database
from app.ui import dialogs
from app.ui.archive_rescue import ArchiveRescue
from app.ui.backups_dialog import BackupsDialog

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


def damage_a_message(archive):
    """Makes a page of messages nonsense, which the list of chats does not need."""
    data = bytearray(archive.read_bytes())
    size = 4096
    pages = [data[at : at + size] for at in range(0, len(data), size)]
    leaves = [n for n, page in enumerate(pages) if page[0] == 13 and b"user" in page]
    at = leaves[len(leaves) // 2] * size
    data[at : at + size] = b"\xff" * size
    archive.write_bytes(data)
    return bytes(data)


def test_damage_that_the_daily_work_finds_is_mended(archive, qapp, qtbot, monkeypatch):
    before = damage_a_message(archive)
    application = module._open(qapp, paths.find())
    notice = application.window.panel.notice
    application.window.show()
    with qtbot.waitSignal(application.bridge.failed) as failed:
        application.care._begin()
    assert failed.args[0].code is ErrorCode.ARCHIVE_UNREADABLE
    assert archive.read_bytes() == before
    # No copy of a damaged archive takes the place of a whole one.
    assert not list(paths.find().backups.glob("*.sqlite3"))

    monkeypatch.setattr(BackupsDialog, "exec", lambda dialog: dialog.save.click())
    notice.run_action()
    assert "Saved: 1 chats with" in notice.text
    [aside] = archive.parent.glob("chats-damaged-*.sqlite3")
    # But for the header, which says how changes are written.
    assert aside.read_bytes()[100:] == before[100:]
    application.controller.show_chat("c")
    assert 0 < application.window.panel.transcript.rowCount() < 60
    qtbot.waitUntil(lambda: not application.care._task.running)
    application.care._begin()
    qtbot.waitUntil(lambda: any(paths.find().backups.glob("*.sqlite3")))
    application.window.close()
    application.close()
    application.window.deleteLater()
