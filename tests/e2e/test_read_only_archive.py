"""The window on an archive in a place that cannot be written."""

import os
import subprocess
import sys
from datetime import UTC, datetime

import pytest

from app import application, paths
from app.domain.conversation import Message, Role
from app.services.exchange import Format
from app.store.conversations import ConversationStore
from app.store.database import Database

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.skipif(sys.platform == "win32", reason="POSIX permissions"),
]
NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)


@pytest.fixture
def chats(home):
    """A user's folder with a chat in it."""
    with Database(paths.find().archive) as database:
        store = ConversationStore(database)
        store.create("c", "about whales", NOON)
        store.save_message("c", Message("a", None, Role.USER, "Hello", NOON))
        store.save_message("c", Message("b", "a", Role.ASSISTANT, "蓝鲸", NOON))
        store.set_draft("c", "begun")
    return home


class Locked:
    """A folder in which nothing can be written: a file system for root."""

    def __init__(self, folder):
        self.folder = folder
        if os.geteuid() == 0:
            if self._mount("--bind", folder).returncode:
                pytest.skip("may not mount")
            self._mount("-o", "remount,ro,bind")
        else:
            self._allow(0o555, 0o444)

    def unlock(self):
        if os.geteuid() == 0:
            subprocess.run(["umount", "--lazy", self.folder], check=True)
        else:
            self._allow(0o755, 0o644)

    def _mount(self, *options):
        command = ["mount", *options, self.folder]
        return subprocess.run(command, capture_output=True, check=False)

    def _allow(self, folder, file):
        for path in self.folder.rglob("*"):
            path.chmod(folder if path.is_dir() else file)
        self.folder.chmod(folder)


@pytest.fixture
def locked(chats):
    locked = Locked(chats)
    yield locked
    if not os.access(chats, os.W_OK):
        locked.unlock()


def contents(folder):
    return {p: p.read_bytes() for p in folder.rglob("*") if p.is_file()}


@pytest.fixture
def moss(locked, start, tmp_path, monkeypatch):
    """The window, and an engine that echoes."""
    command = (sys.executable, "-m", "app.engine", "--backend", "echo")
    monkeypatch.setattr(application.engine_client, "command_line", lambda **_: command)
    model = tmp_path / "plugin.gguf"
    model.touch()
    return start(model)


def test_chats_can_be_read_searched_and_exported(locked, moss, tmp_path):
    before = contents(locked.folder)
    standing = moss.panel.standing
    assert standing.text.startswith("Your chats cannot be saved, because this place")
    assert standing.text.endswith("can be read, searched, copied and exported.")
    sidebar = moss.window.sidebar
    rows = [sidebar._model.row(sidebar._model.index(n)) for n in range(2)]
    assert "c" in [getattr(row, "chat", None) for row in rows]
    moss.controller.show_chat("c")
    assert [message.text for message in moss.messages] == ["Hello", "蓝鲸"]
    assert moss.panel.composer.text == "begun"
    [hit] = moss.application.chats._store.find("鲸")
    assert hit.message == "b"
    target = tmp_path / "chats.json"
    moss.application.exchange.export(target, Format.JSON, None)
    moss.until(lambda: not moss.application.exchange.running)
    assert "蓝鲸" in target.read_text()
    moss.application.care._begin()
    assert not moss.application.care._task.running
    standing.run_action()
    assert standing.isVisible()
    assert contents(locked.folder) == before


def test_what_cannot_be_sent_stays_until_it_can(locked, moss, qtbot):
    moss.controller.show_chat("c")
    moss.until_ready()
    moss.panel.notice.hide()
    moss.type("What is new")
    assert moss.panel.notice.text.startswith("Your chats cannot be saved")
    assert moss.panel.composer.text == "What is new"
    moss.panel.notice.hide()
    moss.controller.show_chat(None)
    moss.controller.show_chat("c")
    assert moss.panel.composer.text == "What is new"
    assert moss.panel.notice.text == ""

    locked.unlock()
    with qtbot.waitSignal(moss.application.watch.unlocked, timeout=8000):
        pass  # It tries by itself.
    assert not moss.panel.standing.isVisible()
    moss.panel.composer.text = ""
    moss.type("again")
    moss.until_idle()
    with Database(paths.find().archive) as database:
        loaded = ConversationStore(database).load("c")
    texts = [message.text.strip() for message in loaded.conversation.path()]
    assert texts == ["Hello", "蓝鲸", "again", "again"]
