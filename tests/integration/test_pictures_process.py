"""The real process for pictures: a server, a model, a cancel, a crash.

`MOSS_TEST_DIFFUSION` names a Python that has stable-diffusion-cpp-python, and
`MOSS_TEST_DIFFUSION_MODEL` a model for it, such as `tests.fakes.sdxs_model` writes.
Without them a stand-in with the library's own interface is tried.
"""

import os
import sys
import threading
from pathlib import Path

import pytest

from app.domain.tools import Command, Tool, ToolFailure, ToolState
from app.plugins.client import ToolClient
from app.plugins.kinds import Kind, command_line
from app.plugins.messages import Prepare, Progress, Requested
from app.plugins.pictures.image_file import checked
from app.plugins.pictures.stable_diffusion import is_installed
from tests.fakes.picture_files import png
from tests.fakes.picture_servers import Painter, automatic1111

ROOT = Path(__file__).parents[2]
FAKES = ROOT / "tests" / "fakes" / "diffusion"
CAT = Command(Tool.TEXT_TO_IMAGE, "a cat <lora:/etc/passwd:1>")
PATIENT = 120.0


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "pictures"


def client(folder, values, python=sys.executable, **others):
    command = [python, *command_line(Kind.PICTURES)[1:]]
    prepare = Prepare({"text_to_image": values}, str(folder), str(folder))
    return ToolClient(command, prepare=prepare, start_seconds=PATIENT, **others)


def test_a_picture_from_a_server(folder):
    painter, notes = Painter(asked_for_progress=2), []
    with automatic1111(painter) as server:
        values = {"source": "server", "server": server.address, "steps": 3}
        with client(folder, values, note=notes.append) as tools:
            call = tools.run(CAT, PATIENT)
    assert call.state is ToolState.DONE
    assert (folder / call.picture).read_bytes() == png()
    assert painter.orders[0]["prompt"] == "a cat lora:/etc/passwd:1"
    assert painter.orders[0]["steps"] == 3
    fractions = [note.fraction for note in notes if isinstance(note, Progress)]
    assert fractions == sorted(fractions)
    assert fractions[0] == 0
    assert fractions[-1] == 1
    begun, request = [note for note in notes if isinstance(note, Requested)]
    assert (begun.host, begun.outcome) == (request.host, "")
    assert (request.host, request.outcome) == (f"127.0.0.1:{server.port}", "done")
    assert request.size > len(png())


def test_what_is_no_picture_is_not_kept(folder):
    with automatic1111(Painter(picture=png()[:-1])) as server:
        values = {"source": "server", "server": server.address}
        with client(folder, values) as tools:
            call = tools.run(CAT, PATIENT)
    assert call.reason is ToolFailure.BAD_PICTURE
    assert call.detail == "the file ends early"
    assert not folder.exists()


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({}, ToolFailure.MISSING),
        ({"source": "server"}, ToolFailure.SERVER_ADDRESS),
        ({"source": "server", "server": "http://8.8.8.8"}, ToolFailure.SERVER_ADDRESS),
    ],
)
def test_settings_that_name_nobody(folder, values, expected):
    with client(folder, values) as tools:
        assert tools.run(CAT, PATIENT).reason is expected
        # It is said each time, and the process lives.
        assert tools.run(CAT, PATIENT).reason is expected


@pytest.mark.skipif(is_installed(), reason="the library is there")
def test_the_library_is_not_there(folder, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(folder))
    with client(folder, {"source": "file", "model": "x.gguf"}) as tools:
        call = tools.run(CAT, PATIENT)
    assert call.reason is ToolFailure.MISSING
    assert call.detail == "stable-diffusion-cpp-python"


@pytest.fixture
def stand_in(monkeypatch):
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join((str(FAKES), str(ROOT))))


def model(tmp_path, name: str) -> str:
    path = tmp_path / name
    path.write_bytes(b"GGUF" + bytes(100))
    return str(path)


def test_a_picture_made_here(folder, tmp_path, stand_in):
    values = {
        "source": "file",
        "model": model(tmp_path, "tiny.gguf"),
        "width": 64,
        "height": 128,
        "steps": 4,
    }
    notes = []
    with client(folder, values, note=notes.append) as tools:
        call = tools.run(CAT, PATIENT)
    assert call.state is ToolState.DONE
    picture = checked((folder / call.picture).read_bytes())
    assert (picture.width, picture.height) == (64, 128)
    fractions = [note.fraction for note in notes]
    assert fractions == pytest.approx([0, 0.05, 0.05, 0.275, 0.5, 0.725, 0.95])


def test_a_file_that_is_no_model(folder, tmp_path, stand_in):
    values = {"source": "file", "model": model(tmp_path, "null.gguf")}
    with client(folder, values) as tools:
        for _ in range(2):
            call = tools.run(CAT, PATIENT)
            assert call.reason is ToolFailure.MODEL_UNREADABLE
            assert call.detail == "null.gguf"


def test_a_picture_that_does_not_come(folder, tmp_path, stand_in):
    values = {"source": "file", "model": model(tmp_path, "nothing.gguf")}
    with client(folder, values) as tools:
        assert tools.run(CAT, PATIENT).reason is ToolFailure.INTERNAL


def test_a_picture_that_takes_too_long(folder, tmp_path, stand_in):
    values = {"source": "file", "model": model(tmp_path, "hang.gguf"), "steps": 9}
    begun = threading.Event()
    with client(folder, values, note=lambda _: begun.set()) as tools:
        call = tools.run(CAT, 3.0)
        assert call.reason is ToolFailure.TIME_LIMIT
    assert begun.is_set()
    assert not folder.exists()


@pytest.mark.model
@pytest.mark.skipif(
    "MOSS_TEST_DIFFUSION_MODEL" not in os.environ, reason="needs a real model"
)
@pytest.mark.timeout(1200)
def test_a_picture_by_the_real_library(folder):
    values = {
        "source": "file",
        "model": os.environ["MOSS_TEST_DIFFUSION_MODEL"],
        "width": 64,
        "height": 64,
        "steps": 1,
        "guidance": 1.0,
        "seed": 7,
    }
    notes = []
    python = os.environ.get("MOSS_TEST_DIFFUSION", sys.executable)
    with client(folder, values, python, note=notes.append) as tools:
        call = tools.run(CAT, 1000.0)
    assert call.state is ToolState.DONE, call
    picture = checked((folder / call.picture).read_bytes())
    assert (picture.width, picture.height) == (64, 64)
    fractions = [note.fraction for note in notes]
    assert fractions == pytest.approx([0, 0.05, 0.05, 0.95])


@pytest.mark.model
@pytest.mark.skipif(
    "MOSS_TEST_DIFFUSION" not in os.environ, reason="needs the real library"
)
def test_a_file_that_is_no_model_for_the_real_library(folder, tmp_path):
    values = {"source": "file", "model": model(tmp_path, "empty.gguf")}
    python = os.environ["MOSS_TEST_DIFFUSION"]
    with client(folder, values, python) as tools:
        for _ in range(2):
            call = tools.run(CAT, PATIENT)
            assert call.reason is ToolFailure.MODEL_UNREADABLE
