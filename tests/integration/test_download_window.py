"""The queue of downloads with the window's processes, against a hub on loopback."""

import os
import random
import signal
import subprocess
import sys

import pytest

from app.catalogue.downloads.client import command_line
from app.catalogue.entries import Site
from app.catalogue.queue_file import QueueFile
from app.catalogue.requests import Conversion, Preferred, Request
from app.catalogue.tokens import TokenStore
from app.domain.errors import ErrorCode
from app.paths import program_folder
from app.services.arriving import ArrivingConversions, Stage
from app.services.download_state import Phase
from app.services.downloads import DownloadService
from app.ui.arriving_process import ArrivingProcesses
from app.ui.downloader_process import DownloaderProcesses
from tests.checkpoints import SMALL, write_checkpoint
from tests.fakes.hub import Hub, Repository

NAMES = ("fnlp/one", "fnlp/two")
WEIGHTS = "pytorch_model.bin"


def files(seed):
    made = random.Random(seed).randbytes(900_000)
    return {"config.json": b"{}", "vocab.json": b"{}" * 99, WEIGHTS: made}


@pytest.fixture
def hub():
    repositories = {name: Repository(files(name)) for name in NAMES}
    with Hub(repositories) as served:
        yield served


class Window:
    """A window without widgets."""

    def __init__(self, hub, root):
        self.hub = hub
        self.root = root
        folder = str(program_folder())
        self.processes = DownloaderProcesses(command_line(), folder)
        self.service = DownloadService(
            root,
            self.processes,
            queue=QueueFile(root),
            tokens=TokenStore(),
            preferred=Preferred(pace=400_000),
            changed=self.changed,
        )
        self.processes.event_received.connect(self.service.downloader_event)
        self.processes.ended.connect(self.service.downloader_ended)

        self.converters = ArrivingProcesses(folder)
        self.arriving = ArrivingConversions(
            self.service, self.converters, changed=lambda _found: None
        )
        self.converters.event_received.connect(self.arriving.converter_event)
        self.converters.ended.connect(self.arriving.converter_ended)

    def add(self, name, conversion=None):
        request = Request(Site.HUGGING_FACE, self.hub.endpoint, name)
        return self.service.add(request, conversion).id

    def close(self):
        self.processes.close()
        self.converters.close()

    def changed(self, downloads):
        self.arriving.downloads_changed(downloads)

    def phases(self):
        return [found.phase for found in self.service.downloads]

    def process_id(self, name):
        return self.processes.process(name).process_id

    def check(self, name):
        folder = self.root / name.replace("/", "--")
        assert (folder / WEIGHTS).read_bytes() == files(name)[WEIGHTS]


@pytest.fixture
def window(hub, tmp_path, qapp):
    made = Window(hub, tmp_path / "downloads")
    yield made
    made.close()


def arrived(window, name, count):
    def has():
        found = next(d for d in window.service.downloads if d.id == name)
        assert found.done >= count

    return has


def test_two_downloads_with_a_pause_and_a_crash(window, qtbot):
    first, second = map(window.add, NAMES)
    assert window.phases() == [Phase.RUNNING, Phase.WAITING]
    qtbot.waitUntil(arrived(window, first, 200_000), timeout=20_000)
    window.service.pause(first)
    qtbot.waitUntil(
        lambda: window.phases() == [Phase.PAUSED, Phase.RUNNING], timeout=20_000
    )
    qtbot.waitUntil(arrived(window, second, 200_000), timeout=20_000)
    os.kill(window.process_id(second), signal.SIGKILL)
    qtbot.waitUntil(lambda: Phase.FAILED in window.phases(), timeout=20_000)
    error = window.service.downloads[1].error
    assert error.code is ErrorCode.DOWNLOADER_LOST
    assert "signal 9" in error.detail
    window.service.prefer(Preferred())
    window.service.resume(second)
    window.service.resume(first)
    qtbot.waitUntil(lambda: window.phases() == [Phase.DONE, Phase.DONE], timeout=20_000)
    for name in NAMES:
        window.check(name)
    # The killed one may have to begin anew, the paused one never.
    asked = window.hub.server.requests
    first = [r for r in asked if r.path.startswith("/fnlp/one/") and WEIGHTS in r.path]
    assert [r.headers.get("Range") is None for r in first] == [True, False]


def test_closing_the_window_loses_nothing(window, hub, qtbot):
    name = window.add(NAMES[0])
    qtbot.waitUntil(arrived(window, name, 200_000), timeout=20_000)
    window.close()
    later = Window(hub, window.root)
    later.service.prefer(Preferred())
    later.service.restore(go_on=True)
    assert later.phases() == [Phase.RUNNING]
    assert later.service.downloads[0].done >= 150_000
    qtbot.waitUntil(lambda: later.phases() == [Phase.DONE], timeout=20_000)
    later.close()
    later.check(NAMES[0])
    assert hub.asked(WEIGHTS).count(None) == 1


def test_a_removed_download_leaves_nothing(window, qtbot):
    name = window.add(NAMES[0])
    qtbot.waitUntil(arrived(window, name, 200_000), timeout=20_000)
    window.service.remove(name)
    qtbot.waitUntil(lambda: not window.service.downloads, timeout=20_000)
    assert not (window.root / name).exists()


def test_a_checkpoint_becomes_a_model_in_the_window(window, hub, qtbot, tmp_path):
    source = write_checkpoint(tmp_path / "source", shape=SMALL, layout="sharded")
    made = {path.name: path.read_bytes() for path in source.iterdir()}
    hub.repositories["fnlp/moss"] = Repository(made)
    target = tmp_path / "模型 😀.gguf"
    name = window.add("fnlp/moss", Conversion(str(target), "Q8_0"))
    qtbot.waitUntil(
        lambda: window.arriving.find(name).stage is Stage.RUNNING, timeout=20_000
    )
    window.close()
    assert not target.exists()
    later = Window(hub, window.root)
    later.service.prefer(Preferred())
    later.service.restore(go_on=True)
    qtbot.waitUntil(lambda: not later.service.downloads, timeout=40_000)
    assert later.arriving.find(name).stage is Stage.DONE
    later.close()
    command = [sys.executable, "-m", "converter", source, tmp_path / "expected.gguf"]
    subprocess.run([*command, "--type", "Q8_0"], check=True, capture_output=True)
    assert target.read_bytes() == (tmp_path / "expected.gguf").read_bytes()
