"""What a frozen build leaves behind for the programs that it starts."""

import os
import sys

import pytest

from app import frozen, paths

pytestmark = pytest.mark.skipif(
    sys.platform != "linux", reason="PyInstaller's launcher does it on Linux"
)


@pytest.fixture
def launched(monkeypatch, tmp_path):
    """The process as PyInstaller's launcher starts it."""
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    monkeypatch.setattr(sys, "_MEIPASS", str(tmp_path), raising=False)
    monkeypatch.setattr(os, "environ", dict(os.environ))
    os.environ["LD_LIBRARY_PATH"] = str(tmp_path)
    os.environ["_PYI_PARENT_PROCESS_LEVEL"] = "1"
    os.environ.pop("SSL_CERT_FILE", None)
    os.environ.pop("SSL_CERT_DIR", None)


def test_from_source_nothing_is_touched(monkeypatch):
    before = {**os.environ, "LD_LIBRARY_PATH": "/opt/lib"}
    monkeypatch.setattr(os, "environ", dict(before))
    frozen.settle()
    assert os.environ == before
    assert frozen.contents() is None


def test_other_programs_are_not_given_our_libraries(launched):
    frozen.settle()
    assert "LD_LIBRARY_PATH" not in os.environ
    assert not [name for name in os.environ if name.startswith("_PYI_")]


def test_what_the_user_had_set_comes_back(launched):
    os.environ["LD_LIBRARY_PATH_ORIG"] = "/opt/cuda"
    frozen.settle()
    assert os.environ["LD_LIBRARY_PATH"] == "/opt/cuda"
    assert "LD_LIBRARY_PATH_ORIG" not in os.environ


def test_the_systems_certificates_are_trusted_wherever_they_lie(
    launched, monkeypatch, tmp_path
):
    bundle = tmp_path / "bundle.pem"
    bundle.touch()
    places = (str(tmp_path / "none.pem"), str(bundle))
    monkeypatch.setattr(frozen, "_CERTIFICATES", places)
    frozen.settle()
    assert os.environ["SSL_CERT_FILE"] == str(bundle)


@pytest.mark.parametrize("name", ["SSL_CERT_FILE", "SSL_CERT_DIR"])
def test_the_users_own_choice_of_certificates_stays(launched, monkeypatch, name):
    monkeypatch.setattr(frozen, "_CERTIFICATES", (__file__,))
    os.environ[name] = "/my/own"
    frozen.settle()
    chosen = {key: os.environ.get(key) for key in ("SSL_CERT_FILE", "SSL_CERT_DIR")}
    assert chosen == {"SSL_CERT_FILE": None, "SSL_CERT_DIR": None, name: "/my/own"}


def test_resources_lie_with_the_libraries(launched, tmp_path):
    assert paths.find().resources == tmp_path / "resources"
