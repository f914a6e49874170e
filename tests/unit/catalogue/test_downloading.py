"""A job within its process, where no server is needed."""

import shutil
from types import SimpleNamespace

import pytest

from app.catalogue.downloads import manifest
from app.catalogue.downloads.downloading import Downloading
from app.catalogue.downloads.fetching import Fetching
from app.catalogue.downloads.halt import Halt
from app.catalogue.downloads.manifest import FileRecord, FileState, Manifest
from app.catalogue.downloads.messages import Failed, Finished, Job, Listed
from app.catalogue.entries import Site
from app.domain.errors import ErrorCode

HUB = "http://127.0.0.1:9"


@pytest.fixture
def run(tmp_path):
    files = tuple(FileRecord(f"{n}.bin", 1000) for n in range(4))
    found = Manifest(Site.HUGGING_FACE, HUB, "o/n", files=files)
    manifest.save(tmp_path, found)

    def go(**changes):
        usual = {"site": Site.HUGGING_FACE, "endpoint": HUB, "repository": "o/n"}
        job = Job(**{**usual, "folder": str(tmp_path), **changes})
        events = []
        Downloading(job, events.append, Halt()).run()
        return events

    return go


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_bug_is_never_taken_for_the_end(run, monkeypatch):
    def broken(self):
        raise RuntimeError

    monkeypatch.setattr(Fetching, "run", broken)
    events = run()
    assert events[-1] == Failed(ErrorCode.INTERNAL, "fetch")
    assert not any(isinstance(event, Finished) for event in events)


def test_a_disk_that_fills_up_meanwhile_ends_it(run, monkeypatch):
    frees = iter([10**12])

    def usage(_folder):
        return SimpleNamespace(free=next(frees, 1000))

    monkeypatch.setattr(shutil, "disk_usage", usage)
    monkeypatch.setattr(Fetching, "run", lambda self: self._tools.halt.wait(20))
    (listed, *_, failed) = run()
    assert isinstance(listed, Listed)
    assert failed.code is ErrorCode.DOWNLOAD_DISK_FULL
    assert failed.detail == "268 MB > 0 MB"


@pytest.mark.parametrize(
    ("changes", "free", "fits"),
    [
        ({}, 4000, True),
        ({}, 3999, False),
        ({"room": 1}, 4000, False),
        ({"reserve": 1}, 4000, False),
        # Two files at a time, and those that are used up make room for the others.
        ({"most_unused": 2}, 1999, False),
        ({"most_unused": 9}, 3999, False),
    ],
)
def test_the_room_that_is_needed(run, monkeypatch, changes, free, fits):
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=free))
    monkeypatch.setattr(Fetching, "run", lambda _self: None)
    failed = run(**{"reserve": 0, **changes})[-1]
    full = isinstance(failed, Failed) and failed.code is ErrorCode.DOWNLOAD_DISK_FULL
    assert full != fits


def test_what_is_whole_already_needs_no_server(run, tmp_path):
    found = manifest.load(tmp_path)
    for file in found.files:
        found = found.with_state(file.path, FileState.USED)
    manifest.save(tmp_path, found)
    assert isinstance(run()[-1], Finished)
