"""`moss download` as a user types it."""

import os
import random
import signal
import subprocess
import sys
from collections import deque

import pytest

from app.catalogue.downloads import manifest
from app.domain.errors import ErrorCode, UserError
from app.services.words import explain
from tests.fakes.hub import Fault, Hub, Repository

NAME = "fnlp/moss-moon-003-sft-int4"
WEIGHTS = "pytorch_model.bin"
FILES = {
    "config.json": b"{}",
    "vocab.json": b"{}" * 100,
    "README.md": b"not needed",
    WEIGHTS: random.Random(0).randbytes(1_500_000),
}


@pytest.fixture
def hub():
    with Hub({NAME: Repository(dict(FILES))}) as served:
        yield served


@pytest.fixture
def command(hub, tmp_path):
    environment = {
        **os.environ,
        "MOSS_HOME": str(tmp_path),
        "HF_ENDPOINT": hub.endpoint,
    }
    environment.pop("MOSS_HUB_TOKEN", None)

    def make(*arguments, **variables):
        return {
            "args": [sys.executable, "-m", "app", "download", *arguments],
            "env": {**environment, **variables},
            "stdin": subprocess.DEVNULL,
            "text": True,
        }

    return make


def moss(command):
    return subprocess.run(**command, capture_output=True, timeout=60, check=False)


def folder_of(tmp_path):
    return tmp_path / "models" / "downloads" / "fnlp--moss-moon-003-sft-int4"


def test_without_a_name_it_lists_what_is_known(command, hub, tmp_path):
    (tmp_path / "catalogue.toml").write_text("[[model]]\nid = 3\n")
    done = moss(command())
    assert done.returncode == 0
    assert NAME.removeprefix("fnlp/") in done.stdout
    assert "AGPL-3.0" in done.stdout
    assert "catalogue.toml, 1: no id" in done.stderr
    assert not hub.server.requests


def test_it_says_what_it_would_be_and_fetches_only_when_agreed(command, hub, tmp_path):
    for arguments, code in (((NAME, "--list"), 0), ((NAME,), 2)):
        done = moss(command(*arguments))
        assert done.returncode == code
        assert "1.5 MB  pytorch_model.bin" in done.stdout
        assert "AGPL-3.0-only" in done.stdout
        assert "sign an agreement" in done.stdout
        assert not folder_of(tmp_path).exists()
    assert all("/api/models/" in request.path for request in hub.server.requests)


def test_it_downloads_and_says_where_to(command, hub, tmp_path):
    hub.faults[WEIGHTS] = deque([Fault.DROP])
    done = moss(command("moss-moon-003-sft-int4", "--yes"))
    assert done.returncode == 0, done.stderr
    folder = folder_of(tmp_path)
    assert done.stdout.splitlines()[-1] == str(folder)
    assert (folder / WEIGHTS).read_bytes() == FILES[WEIGHTS]
    assert "The connection broke" in done.stderr
    assert "moss-convert" in done.stderr
    again = len(hub.asked(WEIGHTS))
    assert moss(command(NAME, "--yes")).returncode == 0
    assert len(hub.asked(WEIGHTS)) == again


@pytest.mark.skipif(sys.platform == "win32", reason="Ctrl+C as POSIX sends it")
def test_ctrl_c_keeps_what_has_arrived(command, hub, tmp_path):
    slow = command(NAME, "--yes", "--limit", "300k")
    with subprocess.Popen(
        **slow, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as run:
        for line in run.stderr:
            if line.startswith("vocab.json"):
                break
        run.send_signal(signal.SIGINT)
        _, errors = run.communicate(timeout=30)
    assert run.returncode == 130
    assert "the same command goes on" in errors
    assert "Traceback" not in errors
    assert not (folder_of(tmp_path) / WEIGHTS).exists()
    assert manifest.load(folder_of(tmp_path)) is not None
    assert moss(command(NAME, "--yes")).returncode == 0
    assert (folder_of(tmp_path) / WEIGHTS).read_bytes() == FILES[WEIGHTS]


def test_a_token_of_the_environment_opens_a_gated_repository(command, hub, tmp_path):
    hub.repositories[NAME].gated = True
    refused = moss(command(NAME, "--yes"))
    assert refused.returncode == 1
    expected = explain(UserError(ErrorCode.DOWNLOAD_GATED, NAME))
    assert refused.stderr.strip() == expected
    done = moss(command(NAME, "--yes", MOSS_HUB_TOKEN=hub.token))
    assert done.returncode == 0, done.stderr
    written = b"".join(p.read_bytes() for p in tmp_path.rglob("*") if p.is_file())
    assert hub.token.encode() not in written
    assert hub.token not in done.stdout + done.stderr


def test_what_is_no_model_is_said(command):
    done = moss(command("https://example.com/x/y", "--yes"))
    assert done.returncode == 1
    assert "OWNER/NAME" in done.stderr
