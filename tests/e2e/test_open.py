"""A file that is opened from a file manager: `moss FILE`, in a real process."""

import os
import sqlite3
import subprocess
import sys

import pytest

from tests.conftest import ROOT

pytestmark = [pytest.mark.e2e, pytest.mark.model]


def moss(home, *arguments):
    environment = {**os.environ, "MOSS_HOME": str(home)}
    command = [sys.executable, "-m", "app", *map(str, arguments)]
    return subprocess.Popen(
        command, env=environment, cwd=ROOT, stdin=subprocess.DEVNULL
    )


@pytest.fixture
def window(qtbot):
    """A window of the program, until what is waited for has happened."""
    running = []

    def run(home, *arguments, until):
        process = moss(home, *arguments)
        running.append(process)
        qtbot.waitUntil(until, timeout=60_000)
        process.terminate()
        assert process.wait(60) == 0

    yield run
    for process in running:
        process.kill()
        process.wait()


def texts(home):
    try:
        with sqlite3.connect(home / "chats.sqlite3") as archive:
            return archive.execute("SELECT text FROM messages ORDER BY key").fetchall()
    except sqlite3.OperationalError:
        return []  # the tables are just being made


def test_chats_are_taken_in(window, tmp_path):
    old, new, file = tmp_path / "old", tmp_path / "new", tmp_path / "对话 1.chats.json"
    assert moss(old, "--cli").wait(120) == 0
    assert moss(old, "export", file).wait(60) == 0
    new.mkdir()
    window(new, file, until=lambda: len(texts(new)) == 2)
    assert texts(new) == texts(old)


def test_a_model_is_loaded(window, tmp_path, demo_gguf):
    home = tmp_path / "home"
    home.mkdir()
    model = tmp_path / "模型.GGUF"
    model.symlink_to(demo_gguf)
    # What has been loaded is read ahead, and that is kept.
    window(home, model, until=lambda: any(home.glob("states/*")))
    assert not (home / "models").exists()  # where the demo would have been converted


def test_without_a_file_it_is_an_ordinary_start(window, tmp_path):
    home = tmp_path / "home"
    window(home, until=lambda: any(home.glob("models/*.gguf")))
