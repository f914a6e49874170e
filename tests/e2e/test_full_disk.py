"""The window while nothing can be written, at each kind of write."""

import hashlib
import json
import logging
import sqlite3
import sys
from contextlib import closing
from datetime import UTC, datetime

import pytest

from app import application, log, paths
from app.domain.archived import ArchivedChat
from app.domain.conversation import Conversation, Message, MessageState, Role
from app.domain.errors import ErrorCode
from app.domain.tools import Command, Tool, ToolCall, ToolState
from app.interchange import moss_json
from app.services.exchange import Format
from app.services.observers import ChatState
from app.store.settings import Theme
from app.ui.chat.message_actions import MessageAction, Resend, Wish

pytestmark = pytest.mark.e2e
if sys.platform == "win32":
    pytest.skip("needs limits of POSIX", allow_module_level=True)

from tests.fakes.full_disks import Limit, SmallDisk  # noqa: E402

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)


@pytest.fixture(params=["disk", "limit"])
def disk(request, tmp_path):
    if request.param == "limit":
        limit = Limit(tmp_path)
        yield limit
        limit.free()
        return
    small = SmallDisk(tmp_path / "disk")
    with small.mounted() as is_there:
        if not is_there:
            pytest.skip("may not mount")
        yield small


@pytest.fixture
def home(disk, monkeypatch):
    folder = disk.folder / "家"
    monkeypatch.setenv("MOSS_HOME", str(folder))
    return folder


@pytest.fixture
def moss(start, tmp_path, monkeypatch):
    """The window with one chat, and an engine that echoes."""
    command = (sys.executable, "-m", "app.engine", "--backend", "echo")
    monkeypatch.setattr(application.engine_client, "command_line", lambda **_: command)
    model = tmp_path / "plugin.gguf"
    model.touch()
    moss = start(model)
    dialogs = moss.application.watch._dialogs
    monkeypatch.setattr(dialogs, "quit_unsaved", lambda: True)
    moss.until_ready()
    moss.ask("蓝鲸 first")
    moss.failed = []
    moss.application.bridge.failed.connect(moss.failed.append)
    return moss


def texts():
    """What another program finds in the archive."""
    with closing(sqlite3.connect(paths.find().archive)) as archive:
        assert archive.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        rows = archive.execute(
            "SELECT text FROM messages WHERE trashed IS NULL ORDER BY key"
        )
        return [text.strip() for (text,) in rows]


def shown(moss):
    return [message.text.strip() for message in moss.messages]


FIRST = ["蓝鲸 first"] * 2


def test_a_question_stays_where_it_was_typed(moss, disk):
    moss.controller.show_chat(None)
    disk.fill()
    moss.type("second")
    assert moss.panel.notice.text.startswith("The disk is full")
    assert moss.panel.composer.text == "second"
    assert moss.controller.open_chat is None
    disk.free()
    assert texts() == FIRST
    moss.type("second")
    moss.until_idle()
    assert texts() == [*FIRST, "second", "second"]
    assert moss.application.chats._store.draft() == ""


def test_a_reply_is_kept_and_saved_when_there_is_room(moss, disk):
    moss.type("second /wait third")
    moss.until(lambda: "second" in shown(moss)[-1])
    disk.fill()
    moss.window.stop_requested.emit()
    moss.until_idle()
    assert [error.code for error in moss.failed] == [ErrorCode.DISK_FULL]
    assert "disk is full" in moss.panel.standing.text
    assert "Replies that only this window has: 1" in moss.panel.standing.text
    reply = moss.messages[-1]
    assert (reply.text.strip(), reply.state) == ("second", MessageState.STOPPED)

    chat = moss.controller.open_chat
    moss.controller.show_chat(None)
    moss.controller.show_chat(chat)
    assert moss.messages[-1] == reply
    assert not moss.application.watch._timer.isSingleShot()
    moss.panel.standing.run_action()
    assert moss.panel.standing.isVisible()

    disk.free()
    moss.application.watch.look()
    assert not moss.panel.standing.isVisible()
    assert moss.panel.notice.text == "Everything is saved again."
    assert texts()[2:] == ["second /wait third", "second"]
    moss.controller.show_chat(None)
    moss.controller.show_chat(chat)
    assert moss.messages[-1] == reply


def test_a_reply_that_began_on_a_full_disk(moss, disk):
    moss.type("second /wait third")
    disk.fill()
    moss.until(lambda: len(moss.messages) == 4 and "second" in shown(moss)[-1])
    moss.window.stop_requested.emit()
    moss.until_idle()
    reply = moss.messages[-1]
    disk.free()
    # What is asked next saves what it follows.
    moss.type("fourth")
    moss.until_idle()
    assert texts()[-3:] == [reply.text.strip(), "fourth", "fourth"]
    moss.application.watch.look()
    assert not moss.panel.standing.isVisible()


def test_who_leaves_with_unsaved_text_is_asked(moss, disk, monkeypatch):
    moss.type("second /wait third")
    moss.until(lambda: "second" in shown(moss)[-1])
    disk.fill()
    asked = []
    dialogs = moss.application.watch._dialogs
    monkeypatch.setattr(dialogs, "quit_unsaved", lambda: asked.append(1))
    assert not moss.window.close()
    assert asked == [1]
    assert moss.window.isVisible()
    assert shown(moss)[-1] == "second"
    disk.free()
    assert moss.window.close()
    assert asked == [1]
    assert texts()[-1] == "second"


def test_an_edit_and_a_deletion_change_nothing(moss, disk):
    before = moss.messages
    disk.fill()
    moss.panel.view.intended.emit(Resend(before[0].id, "other"))
    moss.panel.view.intended.emit(Wish(before[1].id, MessageAction.DELETE))
    moss.panel.view.intended.emit(Wish(before[1].id, MessageAction.PIN))
    moss.panel.view.intended.emit(Wish(before[1].id, MessageAction.FORK))
    assert [error.code for error in moss.failed] == [ErrorCode.DISK_FULL] * 4
    assert moss.messages == before
    moss.application.chats.delete((moss.controller.open_chat,))
    assert moss.failed[-1].code is ErrorCode.DISK_FULL
    disk.free()
    assert texts() == FIRST
    moss.panel.view.intended.emit(Wish(before[1].id, MessageAction.DELETE))
    assert texts() == FIRST[:1]


def test_a_draft_is_kept_in_the_window(moss, disk):
    chat = moss.controller.open_chat
    disk.fill()
    moss.panel.composer.text = "not sent"
    moss.controller.show_chat(None)
    moss.panel.composer.text = "nor this"
    moss.controller.show_chat(chat)
    assert moss.panel.composer.text == "not sent"
    disk.free()
    moss.application.watch.look()
    with closing(sqlite3.connect(paths.find().archive)) as archive:
        drafts = dict(archive.execute("SELECT conversation, text FROM drafts"))
    assert drafts == {chat: "not sent", "": "nor this"}


def test_settings_hold_until_they_can_be_written(moss, disk):
    before = paths.find().settings.read_bytes()
    disk.fill()
    moss.window.theme_chosen.emit(Theme.DARK)
    assert moss.panel.notice.isVisible()
    assert paths.find().settings.read_bytes() == before
    disk.free()
    moss.window.theme_chosen.emit(Theme.LIGHT)
    moss.window.theme_chosen.emit(Theme.DARK)
    assert json.loads(paths.find().settings.read_bytes())["theme"] == "dark"


def test_a_backup_leaves_the_earlier_ones(moss, disk):
    disk.fill()
    moss.application.care._begin()
    moss.until(lambda: moss.failed)
    assert moss.failed[0].code is ErrorCode.BACKUP_DISK_FULL
    backups = moss.application.care._backups
    assert backups.all() == ()
    disk.free()
    assert not list(paths.find().backups.glob("*"))
    moss.application.care._begin()
    moss.until(backups.all)


def test_an_export_leaves_no_file(moss, disk):
    target = disk.folder / "chats.json"
    disk.fill()
    moss.application.exchange.export(target, Format.JSON, None)
    moss.until(lambda: not moss.application.exchange.running)
    assert moss.failed[0].code is ErrorCode.EXPORT_DISK_FULL
    disk.free()
    assert not list(disk.folder.glob("*.json"))
    assert not list(disk.folder.glob(".*.part"))
    moss.application.exchange.export(target, Format.JSON, None)
    moss.until(lambda: not moss.application.exchange.running)
    assert "蓝鲸 first" in target.read_text()


def test_an_import_takes_in_whole_chats_or_none(moss, disk, tmp_path):
    message = Message("m", None, Role.USER, "imported", NOON)
    chat = ArchivedChat(Conversation("i", "other", {"m": message}, "m"), NOON, NOON)
    file = tmp_path / "import.json"
    file.write_bytes(b"".join(moss_json.pieces([chat], lambda _: None)))
    disk.fill()
    moss.application.exchange.take_in(file)
    moss.until(lambda: not moss.application.exchange.running)
    assert moss.failed[0].code is ErrorCode.DISK_FULL
    disk.free()
    assert texts() == FIRST
    moss.application.exchange.take_in(file)
    moss.until(lambda: not moss.application.exchange.running)
    assert texts() == [*FIRST, "imported"]


def test_an_index_is_made_when_there_is_room(moss, disk, tmp_path):
    papers = tmp_path / "papers"
    papers.mkdir()
    documents = moss.application.documents
    documents.set_folders([str(papers)])
    moss.until(lambda: documents.state.report and not documents.state.running)
    (papers / "whales.txt").write_text("The blue whale sings. " * 2000)
    disk.fill()
    documents.refresh()
    moss.until(lambda: documents.state.error and not documents.state.running)
    error = documents.state.error
    disk.free()
    assert error.code in {ErrorCode.DISK_FULL, ErrorCode.INDEX_UNWRITABLE}
    documents.refresh()
    moss.until(lambda: not documents.state.running)
    assert documents.state.error is None
    assert documents.state.report.files == 1


def test_pictures_come_with_their_chat_or_not_at_all(moss, disk, tmp_path):
    data = b"\x89PNG\r\n\x1a\n" + bytes(2000)
    name = f"{hashlib.sha256(data).hexdigest()}.png"
    command = Command(Tool.TEXT_TO_IMAGE, "a whale")
    call = ToolCall(command, ToolState.DONE, result="a picture", picture=name)
    message = Message("m", None, Role.ASSISTANT, "drawn", NOON, calls=(call,))
    chat = ArchivedChat(Conversation("i", "other", {"m": message}, "m"), NOON, NOON)
    file = tmp_path / "import.json"
    file.write_bytes(b"".join(moss_json.pieces([chat], lambda _: data)))
    disk.fill()
    moss.application.exchange.take_in(file)
    moss.until(lambda: not moss.application.exchange.running)
    assert moss.failed[0].code is ErrorCode.DISK_FULL
    folder = paths.find().pictures
    assert not folder.exists() or not list(folder.iterdir())
    disk.free()
    moss.application.exchange.take_in(file)
    moss.until(lambda: not moss.application.exchange.running)
    assert texts() == [*FIRST, "drawn"]
    assert [path.name for path in folder.iterdir()] == [name]


def test_the_log_costs_nothing(disk, capfd):
    handler = log.file_handler(disk.folder / "logs")
    disk.fill()
    record = logging.LogRecord("x", 30, "x", 1, "words" * 5000, None, None)
    handler.handle(record)
    disk.free()
    handler.handle(record)
    handler.close()
    assert (disk.folder / "logs" / "moss.log").read_text().count("words" * 5000) == 1
    assert capfd.readouterr().err == ""


def test_a_start_on_a_full_disk_shows_the_chats(moss, start, disk, tmp_path):
    chat = moss.controller.open_chat
    moss.window.close()
    moss.application.close()
    disk.fill()
    again = start(tmp_path / "plugin.gguf")
    if not isinstance(disk, Limit):
        # A limit leaves room for the files that SQLite wants to have beside its own.
        assert "disk is full" in again.panel.standing.text
        assert "can be read" in again.panel.standing.text
    again.controller.show_chat(chat)
    assert shown(again) == FIRST
    again.until_ready()
    again.type("second")
    assert "disk is full" in again.panel.notice.text
    assert again.panel.composer.text == "second"
    assert again.application.chat.state is ChatState.IDLE
    disk.free()
    again.application.watch.look()
    assert not again.panel.standing.isVisible()
    again.type("second")
    again.until_idle()
    assert texts() == [*FIRST, "second", "second"]
