"""What the tool for pictures lacks, and what it takes from the settings file."""

import struct

import pytest

from app.domain.pictures import PictureSettings, PictureSource
from app.plugins.pictures import readiness, stable_diffusion
from app.plugins.pictures.readiness import Lack

SERVER = PictureSource.SERVER
FILE = PictureSource.FILE


@pytest.fixture
def installed(monkeypatch):
    monkeypatch.setattr(stable_diffusion, "is_installed", lambda: True)


def test_nothing_was_chosen():
    assert readiness.lack(PictureSettings()) is Lack.SOURCE


def test_a_server_needs_an_address():
    lack = readiness.lack
    assert lack(PictureSettings(SERVER)) is Lack.ADDRESS
    assert lack(PictureSettings(SERVER, "http://8.8.8.8")) is Lack.ADDRESS
    assert lack(PictureSettings(SERVER, "http://127.0.0.1:7860")) is None


def test_a_model_needs_the_library(monkeypatch):
    monkeypatch.setattr(stable_diffusion, "is_installed", lambda: False)
    assert readiness.lack(PictureSettings(FILE, model="x")) is Lack.LIBRARY


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"GGUF" + bytes(20), None),
        (struct.pack("<Q", 2) + b"{}", None),
        (struct.pack("<Q", 2**40) + b"{}", Lack.MODEL),
        (b"", Lack.MODEL),
        (b"GGM", Lack.MODEL),
        (b"PK\3\4 a checkpoint of PyTorch", Lack.MODEL),
        (b"\x80\2 a pickle", Lack.MODEL),
    ],
)
def test_what_can_be_a_model(tmp_path, installed, content, expected):
    path = tmp_path / "model"
    path.write_bytes(content)
    assert readiness.lack(PictureSettings(FILE, model=str(path))) is expected


def test_a_model_that_is_not_there(tmp_path, installed):
    for path in (tmp_path, tmp_path / "none", ""):
        settings = PictureSettings(FILE, model=str(path))
        assert readiness.lack(settings) is Lack.MODEL


def test_settings_are_read_as_far_as_they_make_sense():
    read = readiness.settings
    assert read({"source": "server", "server": "x"}).source is SERVER
    assert read({}) == PictureSettings()
    assert read({"source": "painter"}) == PictureSettings()
    assert read({"width": "wide"}) == PictureSettings()


def test_numbers_are_brought_into_their_bounds():
    wild = PictureSettings(
        width=-5, height=10**9, steps=0, guidance=1e9, seed=-(10**20)
    )
    tame = wild.bounded()
    assert (tame.width, tame.height, tame.steps) == (64, 2048, 1)
    assert (tame.guidance, tame.seed) == (30.0, -1)
    assert PictureSettings(width=700, height=65).bounded().width == 640
