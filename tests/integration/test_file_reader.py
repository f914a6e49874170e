"""The window's end of the reader process, with the real process."""

import os
import signal
import sys

import pytest

from app.plugins.documents.reader_process import command_line
from app.plugins.documents.values import Problem
from app.ui.file_reader import FileReader
from tests.conftest import ROOT
from tests.fakes.document_files import write_pdf


@pytest.fixture
def reader(qtbot):
    reader = FileReader(command_line(), str(ROOT))
    yield reader
    reader.close()


@pytest.fixture
def slow(qtbot):
    """A reader that answers nothing."""
    command = [sys.executable, "-c", "import sys; sys.stdin.read()"]
    reader = FileReader(command, str(ROOT), wait_ms=50)
    yield reader
    reader.close()


def answer(qtbot, reader, path):
    with qtbot.waitSignal(reader.finished, timeout=30_000) as blocker:
        reader.read(str(path))
    return tuple(blocker.args)


def test_files_are_read_by_one_process(qtbot, reader, tmp_path):
    text = tmp_path / "家.txt"
    text.write_text("牛奶 " * 100_000)
    pdf = write_pdf(tmp_path / "a.pdf", ["The first page."])
    assert answer(qtbot, reader, text) == ("牛奶 " * 99_999 + "牛奶", None)
    process = reader.process_id
    assert answer(qtbot, reader, pdf) == ("The first page.", None)
    assert answer(qtbot, reader, tmp_path) == ("", Problem.NOT_ALLOWED)
    assert reader.process_id == process


def test_a_reader_that_is_killed_costs_one_file(qtbot, reader, tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("Milk")
    os.mkfifo(tmp_path / "pipe")
    assert answer(qtbot, reader, path)[1] is None
    reader.read(str(path))
    os.kill(reader.process_id, signal.SIGKILL)
    with qtbot.waitSignal(reader.finished, timeout=30_000) as blocker:
        pass
    assert blocker.args[1] in (Problem.READER_LOST, None)
    assert answer(qtbot, reader, path) == ("Milk", None)


def test_a_file_that_takes_too_long_ends_the_process(qtbot, slow, tmp_path):
    assert answer(qtbot, slow, tmp_path / "a.txt") == ("", Problem.TIME_LIMIT)
    assert slow.process_id == 0


def test_what_is_cancelled_never_comes(qtbot, slow, tmp_path):
    slow.read("/a.txt")
    slow.cancel()
    assert slow.process_id == 0
    with qtbot.assertNotEmitted(slow.finished, wait=100):
        pass
