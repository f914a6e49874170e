"""The program as a user starts it: its own process, a real X display, real keys."""

import os
import shutil
import signal
import sqlite3
import subprocess
import sys

import pytest

from tests.conftest import ROOT

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.model,
    pytest.mark.skipif(
        not (shutil.which("Xvfb") and shutil.which("xdotool")),
        reason="needs Xvfb and xdotool",
    ),
]


@pytest.fixture
def desktop(display, home):
    """The environment of a desktop with this display."""
    hidden = ("QT_QPA_PLATFORM", "WAYLAND_DISPLAY")
    inherited = {
        name: value for name, value in os.environ.items() if name not in hidden
    }
    return {**inherited, "DISPLAY": display, "MOSS_HOME": str(home)}


def rows(home, query):
    archive = home / "chats.sqlite3"
    if not archive.exists():
        return []
    connection = sqlite3.connect(archive)
    try:
        return connection.execute(query).fetchall()
    except sqlite3.OperationalError:
        return []  # the tables are just being made
    finally:
        connection.close()


@pytest.fixture
def moss(desktop):
    """The program, running."""
    process = subprocess.Popen([sys.executable, "-m", "app"], env=desktop, cwd=ROOT)
    yield process
    process.kill()
    process.wait()


def test_a_question_is_typed_and_answered_and_the_program_ends_in_order(
    moss, desktop, home, qtbot
):
    def xdotool(*arguments):
        command = ["xdotool", *arguments]
        return subprocess.run(command, env=desktop, check=True, capture_output=True)

    found = xdotool("search", "--sync", "--onlyvisible", "--name", "MOSS Desktop")
    window = found.stdout.split()[-1].decode()
    # The field is at the foot of the window, left of its middle.
    xdotool("mousemove", "--window", window, "540", "650", "click", "1")
    xdotool("type", "What is 37*48?")

    def answered():
        if not rows(home, "SELECT 1 FROM messages"):
            # Until the model is ready Enter does nothing, and the text stays.
            xdotool("key", "Return")
        return bool(rows(home, "SELECT 1 FROM messages WHERE usage IS NOT NULL"))

    qtbot.waitUntil(answered, timeout=60_000)
    [(question,), (answer,)] = rows(home, "SELECT text FROM messages ORDER BY key")
    assert question == "What is 37*48?"
    assert "1776" in answer

    xdotool("type", "half a thought")
    query = "SELECT text FROM drafts"
    qtbot.waitUntil(lambda: rows(home, query) == [("half a thought",)], timeout=30_000)
    moss.send_signal(signal.SIGTERM)
    assert moss.wait(timeout=30) == 0


def test_a_display_that_is_gone_means_the_terminal(desktop, home):
    done = subprocess.run(
        [sys.executable, "-m", "app"],
        env={**desktop, "DISPLAY": ":9987"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        cwd=ROOT,
        check=False,
    )
    assert done.returncode == 0
    assert "The display cannot be used" in done.stderr
    assert "1776" in done.stdout
