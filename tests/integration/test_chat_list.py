"""The list of chats on a real archive: the whole window, no engine."""

from datetime import UTC, date, datetime, timedelta

import pytest
from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QLineEdit

from app import paths
from app.application import Application
from app.domain.conversation import Message, Role
from app.store.conversations import ConversationStore
from app.store.database import Database
from app.ui.chat.spotlight import Spotlight
from app.ui.dialogs import Dialogs
from app.ui.sidebar.chat_view import ChatView

NOW = datetime.now(UTC)


def fill(store, chat, *texts):
    store.create(chat, f"chat {chat}", NOW)
    parent = None
    for number, text in enumerate(texts):
        role = Role.ASSISTANT if number % 2 else Role.USER
        store.save_message(chat, Message(f"{chat}{number}", parent, role, text, NOW))
        parent = f"{chat}{number}"


@pytest.fixture
def other(home):
    """Another window's connection; it has put some chats there."""
    with Database(paths.find().archive) as database:
        store = ConversationStore(database)
        fill(store, "a", "hello", "rain", "and then", "sun")
        fill(store, "b", "天气", "明天下雨")
        fill(store, "c", "sums", "1776")
        # A second version of the answer, which is shown; what was first is a branch.
        store.save_message(
            "a", Message("a1x", "a0", Role.ASSISTANT, "snow", NOW + timedelta(1))
        )
        yield store


@pytest.fixture
def moss(other, qapp, qtbot):
    application = Application(qapp, paths.find())
    qtbot.addWidget(application.window)
    application.window.show()
    yield application
    application.window.close()
    application.close()


def rows(moss):
    model = moss.window.sidebar.findChild(ChatView).model()
    return [model.index(row).data() for row in range(model.rowCount())]


def search(moss, qtbot, text):
    field = moss.window.sidebar.findChild(QLineEdit)
    field.clear()
    with qtbot.waitSignal(moss.window.sidebar.refresh_requested):
        qtbot.keyClicks(field, text)


def shown(moss):
    model = moss.window.panel.transcript
    return [model.message(row).text for row in range(model.rowCount())]


def test_typing_finds_words_and_single_chinese_letters(moss, qtbot):
    search(moss, qtbot, "rai")
    assert rows(moss) == ["chat a", "rain"]
    field = moss.window.sidebar.findChild(QLineEdit)
    field.setText("雨")
    moss.window.sidebar._search.flush()
    assert rows(moss) == ["chat b", "明天下雨"]
    moss.window.sidebar.show_all()
    assert sorted(rows(moss)) == ["Today", "chat a", "chat b", "chat c"]


def test_a_hit_is_shown_in_its_branch(moss, other, qtbot):
    moss.controller.show_chat("a")
    assert shown(moss) == ["hello", "snow"]
    moss.window.sidebar.hit_chosen.emit("a", "a1")
    assert shown(moss) == ["hello", "rain", "and then", "sun"]
    [spotlight] = moss.window.panel.view.findChildren(Spotlight)
    assert spotlight.parentWidget()._message.id == "a1"
    assert other.load("a").conversation.leaf == "a3"
    moss.window.sidebar.hit_chosen.emit("b", "b1")
    assert moss.controller.open_chat == "b"


def test_a_hit_that_is_gone_is_said(moss, other):
    other.purge(["b"])
    moss.window.sidebar.hit_chosen.emit("b", "b1")
    assert "not there any more" in moss.window.panel.notice.text


def test_deleted_chats_come_back_by_undo_and_out_of_the_trash(moss, other):
    moss.controller.show_chat("a")
    moss.chats.delete(("a", "c"))
    assert rows(moss) == ["Today", "chat b"]
    assert moss.controller.open_chat is None
    moss.window.panel.notice.run_action()
    assert sorted(rows(moss)) == ["Today", "chat a", "chat b", "chat c"]
    assert moss.controller.open_chat == "a"
    moss.chats.delete(("b",))
    moss.window.sidebar._trash.click()
    assert rows(moss)[1:] == ["chat b"]
    moss.window.sidebar.chosen.emit("b")
    assert shown(moss) == ["天气", "明天下雨"]
    moss.window.panel.notice.run_action()
    assert other.trashed() == ()
    assert rows(moss) == ["The trash is empty"]


def test_deleting_for_good_is_asked_first(moss, other, monkeypatch):
    asked = []
    answers = iter((False, True))

    def answer(_dialogs, count):
        asked.append(count)
        return next(answers)

    monkeypatch.setattr(Dialogs, "delete_for_good", answer)
    moss.chats.delete(("a", "b"))
    moss.window.sidebar._trash.click()
    moss.window.sidebar.empty_requested.emit()
    assert len(other.trashed()) == 2
    moss.window.sidebar.empty_requested.emit()
    assert other.trashed() == ()
    assert asked == [2, 2]
    assert [chat.id for chat in other.summaries()] == ["c"]


def test_folders_are_made_renamed_and_closed(moss, other, monkeypatch):
    names = iter(("Work", "Office"))
    monkeypatch.setattr(Dialogs, "folder", lambda _dialogs, _present: next(names))
    moss.window.sidebar.new_folder_requested.emit(("a", "b"))
    assert other.folders() == ("Work",)
    moss.window.sidebar.folder_rename_requested.emit("Work")
    assert other.folders() == ("Office",)
    moss.window.sidebar.folder_toggled.emit("Office")
    assert rows(moss) == ["Office", "Today", "chat c"]
    moss.window.sidebar.pin_requested.emit(("a",))
    assert rows(moss) == ["Pinned", "chat a", "Office", "Today", "chat c"]
    moss.window.sidebar.unpin_requested.emit(("a",))
    moss.window.sidebar.move_requested.emit(("a", "b"), "")
    assert other.folders() == ()


def test_what_another_window_did_is_seen_on_coming_back(moss, other, monkeypatch):
    fill(other, "d", "from the other window")
    assert "chat d" not in rows(moss)
    monkeypatch.setattr(moss.window, "isActiveWindow", lambda: True)
    moss.window.changeEvent(QEvent(QEvent.Type.ActivationChange))
    assert "chat d" in rows(moss)


def test_a_backup_is_restored_while_the_window_is_open(moss, other, qtbot):
    made = moss.care._backups.make(date(2026, 5, 1))
    moss.chats.delete(("a",))
    moss.controller.show_chat("b")
    moss.care.restore(made.path)
    assert "Another program is using" in moss.window.panel.notice.text
    assert "chat a" not in rows(moss)
    other._database.close()
    moss.care.restore(made.path)
    [aside] = moss.care._backups.put_aside()
    assert str(aside) in moss.window.panel.notice.text
    assert "chat a" in rows(moss)
    assert shown(moss) == []
    moss.controller.show_chat("b")
    assert shown(moss) == ["天气", "明天下雨"]


def test_the_daily_copy_is_made_beside_the_window(moss, qtbot):
    moss.care._begin()
    qtbot.waitUntil(lambda: not moss.care._task.running, timeout=20_000)
    [backup] = moss.care._backups.all()
    assert backup.path.parent == paths.find().backups
    assert backup.day == datetime.now().astimezone().date()
