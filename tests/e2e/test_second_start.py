"""The program started twice, each time in a process of its own."""

import json
import os
import subprocess
import sys
from datetime import UTC, datetime

import pytest

from app import paths
from app.store.conversations import ConversationStore
from app.store.database import Database
from tests.conftest import ROOT

pytestmark = pytest.mark.e2e
ENVIRONMENT = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}


@pytest.fixture
def quiet_home(home):
    """A home in which no model is loaded at the start."""
    home.mkdir()
    (home / "settings.json").write_text('{"load_at_start": false}')
    return home


@pytest.fixture
def moss(quiet_home):
    """Starts the program; the environment has the home already."""
    running = []

    def run(*arguments):
        process = subprocess.Popen(
            [sys.executable, "-m", "app", *arguments],
            cwd=ROOT,
            env={**ENVIRONMENT, "MOSS_HOME": str(quiet_home)},
            stderr=subprocess.PIPE,
        )
        running.append(process)
        return process

    yield run
    for process in running:
        process.kill()
        process.wait()
        process.stderr.close()


def is_first(process):
    """Whether this process is the one that others hand their files over to."""
    lock = paths.find().data / "window.lock"
    return lock.exists() and lock.read_text().split()[:1] == [str(process.pid)]


def chats():
    with Database(paths.find().archive) as database:
        return [chat.title for chat in ConversationStore(database).summaries()]


def exported(tmp_path, *titles):
    """A file of ours with chats of these titles."""
    folder = tmp_path / "other"
    with Database(folder / "chats.sqlite3") as database:
        store = ConversationStore(database)
        for title in titles:
            store.create(title, title, datetime.now(UTC))
    target = tmp_path / "聊天 😀.json"
    subprocess.run(
        [sys.executable, "-m", "app", "export", target],
        cwd=ROOT,
        env={**ENVIRONMENT, "MOSS_HOME": str(folder)},
        check=True,
        capture_output=True,
    )
    assert json.loads(target.read_text("utf-8"))
    return target


def test_the_second_hands_its_files_over_and_ends(moss, tmp_path, qtbot):
    file = exported(tmp_path, "one", "two")
    first = moss()
    qtbot.waitUntil(lambda: is_first(first), timeout=20_000)
    second = moss(file)
    assert second.wait(timeout=30) == 0
    qtbot.waitUntil(lambda: sorted(chats()) == ["one", "two"], timeout=20_000)
    assert first.poll() is None


def test_another_window_can_be_wished_for(moss, qtbot):
    first = moss()
    qtbot.waitUntil(lambda: is_first(first), timeout=20_000)
    second = moss("--new-window")
    with pytest.raises(subprocess.TimeoutExpired):
        second.wait(timeout=4)
    assert is_first(first)


def test_after_a_kill_the_next_start_is_a_window_again(moss, qtbot):
    killed = moss()
    qtbot.waitUntil(lambda: is_first(killed), timeout=20_000)
    killed.kill()
    killed.wait()
    again = moss()
    qtbot.waitUntil(lambda: is_first(again), timeout=20_000)


def test_a_terminal_is_not_kept_out(moss, quiet_home, demo_gguf, qtbot):
    first = moss()
    qtbot.waitUntil(lambda: is_first(first), timeout=20_000)
    done = subprocess.run(
        [sys.executable, "-m", "app", "--model", demo_gguf, "--prompt", "6*8=?"],
        cwd=ROOT,
        env={**ENVIRONMENT, "MOSS_HOME": str(quiet_home)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert "48" in done.stdout


@pytest.mark.parametrize("arguments", [("docter",), ("--cli", "pyproject.toml")])
def test_what_is_mistyped_is_said(moss, arguments):
    ended = moss(*arguments)
    assert ended.wait(timeout=30) == 2
    assert b"moss: error: " in ended.stderr.read()
