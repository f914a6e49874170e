"""One window at a time: who is first, what is handed over, and what a kill leaves."""

import os
import signal
import subprocess
import sys

import pytest
from PySide6.QtNetwork import QLocalSocket

from app.ui.single_instance import SingleInstance, Start
from tests.conftest import ROOT

CLIENT = """
import sys
from pathlib import Path
from PySide6.QtCore import QCoreApplication
from app.ui.single_instance import SingleInstance, Start
application = QCoreApplication([])
instance = SingleInstance(Path(sys.argv[1]))
first = instance.claim()
print("first" if first else "later", flush=True)
if first:
    if len(sys.argv) == 2:
        application.exec()
else:
    print(instance.hand_over(Start("m.gguf", tuple(sys.argv[2:]))), flush=True)
"""


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "家 é 😀"


@pytest.fixture
def client(folder):
    """Another process of the same user; without files it stays."""
    running = []

    def run(*files):
        process = subprocess.Popen(
            [sys.executable, "-c", CLIENT, folder, *files],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            text=True,
        )
        running.append(process)
        return process

    yield run
    for process in running:
        process.kill()
        process.wait()
        process.stdout.close()


@pytest.fixture
def first(folder, qapp):
    instance = SingleInstance(folder)
    assert instance.claim()
    yield instance
    instance.close()


def test_the_second_hands_over_what_it_was_to_open(first, client, qtbot):
    with qtbot.waitSignal(first.asked, timeout=20_000) as caught:
        process = client("/a b.json", "/模型.gguf")
    assert caught.args == [Start("m.gguf", ("/a b.json", "/模型.gguf"))]
    assert process.stdout.read().split() == ["later", "True"]


def test_after_the_first_has_closed_the_next_is_first(first, client):
    first.close()
    assert client("x").stdout.read().split() == ["first"]


@pytest.mark.skipif(sys.platform == "win32", reason="kills with a signal")
def test_what_a_killed_window_left_is_in_nobodys_way(folder, client, qapp, qtbot):
    killed = client()
    assert killed.stdout.readline() == "first\n"
    os.kill(killed.pid, signal.SIGKILL)
    killed.wait()
    assert (folder / "window.lock").exists()
    instance = SingleInstance(folder)
    assert instance.claim()
    with qtbot.waitSignal(instance.asked, timeout=20_000):
        client("y")
    instance.close()


@pytest.mark.skipif(sys.platform == "win32", reason="stops with a signal")
def test_a_window_that_cannot_be_reached_keeps_nobody_waiting_for_ever(
    first, qapp, monkeypatch
):
    monkeypatch.setattr("app.ui.single_instance._ANSWER_MS", 50)
    # The loop of the first does not run, so that nobody reads.
    assert not SingleInstance(first._folder).hand_over(Start())


def test_where_nobody_listens_nothing_is_handed_over(folder, qapp):
    assert not SingleInstance(folder).hand_over(Start("m"))


def test_other_files_have_a_window_of_their_own(first, tmp_path):
    other = SingleInstance(tmp_path / "other")
    assert other.claim()
    other.close()


def test_a_folder_that_cannot_be_made_is_left_to_the_archive(tmp_path, qapp):
    (tmp_path / "file").write_text("")
    assert SingleInstance(tmp_path / "file" / "data").claim()


@pytest.mark.parametrize(
    "said", [b"\n", b"{}x\n", b'{"files": 3}\n', b"\xff\n", b"x" * 3_000_000]
)
def test_nonsense_is_not_taken(first, qtbot, said):
    asked = []
    first.asked.connect(asked.append)
    socket = QLocalSocket()
    socket.connectToServer(first._name)
    assert socket.waitForConnected(1000)
    socket.write(said)
    socket.flush()
    qtbot.waitUntil(
        lambda: socket.state() is QLocalSocket.LocalSocketState.UnconnectedState
    )
    assert asked == []


@pytest.mark.parametrize(
    ("start", "wanted", "chats"),
    [
        (Start("m"), "m", ()),
        (Start("m", ("/a.json", "/b.GGUF", "/c.gguf")), "/c.gguf", ("/a.json",)),
        (Start(), "", ()),
    ],
)
def test_models_and_chats_are_told_apart(start, wanted, chats):
    assert start.wanted == wanted
    assert tuple(map(str, start.chats)) == chats
