"""A checkpoint becomes a GGUF while it is downloaded, whatever is killed meanwhile."""

import os
import random
import signal
import subprocess
import sys
import threading

import pytest

from app.catalogue.entries import Site
from app.catalogue.requests import Conversion, Preferred, Request
from app.catalogue.tokens import TokenStore
from app.cli.download_run import DownloadRun
from app.services.arriving import Stage
from tests.checkpoints import Shape, write_checkpoint
from tests.fakes.hub import Hub, Repository

SHAPE = Shape(width=256, layers=6, heads=8, rotary=16, context=64)
NAME = "fnlp/moss-test"
FOLDER = "fnlp--moss-test"
KILLS = 6


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    folder = tmp_path_factory.mktemp("store") / "moss"
    return write_checkpoint(folder, shape=SHAPE, layout="sharded")


@pytest.fixture(scope="module")
def expected(store, tmp_path_factory):
    target = tmp_path_factory.mktemp("expected") / "moss.gguf"
    command = [sys.executable, "-m", "converter", store, target, "--type", "Q8_0"]
    subprocess.run(command, check=True, capture_output=True)
    return target.read_bytes()


@pytest.fixture
def hub(store):
    files = {path.name: path.read_bytes() for path in store.iterdir()}
    with Hub({NAME: Repository(files)}) as served:
        yield served


def start(hub, root, *, pace=0, keep=False):
    request = Request(Site.HUGGING_FACE, hub.endpoint, NAME)
    run = DownloadRun(
        root, TokenStore(), preferred=Preferred(pace=pace), name=request.folder
    )
    target = root.parent / "moss.gguf"
    conversion = Conversion(str(target), "Q8_0", delete_used=not keep)
    return run, lambda: run.until_done(request, conversion)


def weights_in(folder):
    return sorted(path.name for path in folder.glob("pytorch_model*.bin"))


class Peak(threading.Thread):
    """Looks what lies on the disk, all the time."""

    def __init__(self, folder):
        super().__init__(daemon=True)
        self.folder = folder
        self.most = 0
        self.over = threading.Event()

    def run(self):
        while not self.over.wait(0.002):
            self.most = max(self.most, len(weights_in(self.folder)))


def test_it_is_converted_as_it_arrives_and_goes_as_it_is_used(
    hub, store, expected, tmp_path
):
    peak = Peak(tmp_path / "downloads" / FOLDER)
    peak.start()
    run, go = start(hub, tmp_path / "downloads")
    go()
    peak.over.set()
    peak.join()
    assert run.conversion.stage is Stage.DONE
    assert (tmp_path / "moss.gguf").read_bytes() == expected
    assert 0 < peak.most <= 2
    assert not (tmp_path / "downloads" / FOLDER).exists()
    assert run.download is None


def test_a_source_that_is_kept_stays_whole(hub, store, expected, tmp_path):
    run, go = start(hub, tmp_path / "downloads", keep=True)
    go()
    assert run.conversion.stage is Stage.DONE
    assert (tmp_path / "moss.gguf").read_bytes() == expected
    folder = tmp_path / "downloads" / FOLDER
    for path in store.iterdir():
        assert (folder / path.name).read_bytes() == path.read_bytes()


SCRIPT = """
import sys
from pathlib import Path
from tests.integration.test_download_conversion import start
class Hub:
    endpoint = sys.argv[1]
start(Hub, Path(sys.argv[2]), pace=int(sys.argv[3]))[1]()
"""


@pytest.mark.skipif(sys.platform == "win32", reason="kills a group of processes")
def test_killed_with_all_its_children_it_goes_on(hub, expected, tmp_path):
    moments = random.Random(5)
    root, target = tmp_path / "downloads", tmp_path / "moss.gguf"
    command = [sys.executable, "-c", SCRIPT, hub.endpoint, str(root)]
    kills = 0
    for attempt in range(30):
        pace = 3_000_000 if attempt < KILLS else 0
        with subprocess.Popen([*command, str(pace)], start_new_session=True) as run:
            try:
                run.wait(moments.uniform(0.3, 2.5) if attempt < KILLS else 60)
            except subprocess.TimeoutExpired:
                os.killpg(run.pid, signal.SIGKILL)
                kills += 1
        if target.exists():
            break
    assert target.read_bytes() == expected
    assert kills
    assert weights_in(root / FOLDER) == []
    sizes = {path: len(data) for path, data in hub.repositories[NAME].files.items()}
    for path in sizes:
        if path.endswith(".bin"):
            # A file that was used up is never fetched a second time.
            assert hub.asked(path).count(None) <= kills


def test_a_checkpoint_that_cannot_be_converted_is_said(hub, tmp_path):
    hub.repositories[NAME].files["config.json"] = b'{"model_type": "other"}'
    run, go = start(hub, tmp_path / "downloads")
    go()
    assert run.conversion.stage is Stage.FAILED
    assert "other" in run.conversion.error.detail
    assert not (tmp_path / "moss.gguf").exists()


def test_moss_download_converts(hub, expected, tmp_path):
    target = tmp_path / "mine" / "moss.gguf"
    target.parent.mkdir()
    environment = {
        **os.environ,
        "MOSS_HOME": str(tmp_path),
        "HF_ENDPOINT": hub.endpoint,
    }
    command = [sys.executable, "-m", "app", "download", NAME, "--yes"]
    done = subprocess.run(
        [*command, "--convert", str(target), "--type", "Q8_0"],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == str(target)
    assert target.read_bytes() == expected
