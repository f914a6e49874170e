"""The queue of downloads."""

import pytest

from app.catalogue.downloads import manifest
from app.catalogue.downloads.manifest import FileRecord, FileState, Manifest
from app.catalogue.downloads.messages import (
    Arrived,
    Failed,
    Finished,
    Listed,
    ListedFile,
    Pace,
    Progress,
    Retrying,
    Used,
)
from app.catalogue.entries import Site
from app.catalogue.queue_file import NAME, QueueFile
from app.catalogue.requests import Preferred, Request
from app.domain.errors import ErrorCode, UserError
from app.services.download_state import Phase
from app.services.downloads import DownloadService

HUB = "https://huggingface.co"
FILES = (ListedFile("config.json", 10, 10), ListedFile("pytorch_model.bin", 90))


def request(name="moss"):
    return Request(Site.HUGGING_FACE, HUB, f"fnlp/{name}", title=name)


class Link:
    """Takes orders; a test plays the processes."""

    def __init__(self):
        self.started = []
        self.sent = []
        self.stopped = []

    def start(self, name, job):
        self.started.append((name, job))

    def send(self, name, command):
        self.sent.append((name, command))

    def stop(self, name):
        self.stopped.append(name)


class Tokens:
    def __init__(self):
        self.kept = {}

    def held(self, endpoint):
        return self.kept.get(endpoint, "")


class Bench:
    def __init__(self, root, **preferred):
        self.root = root
        self.link = Link()
        self.tokens = Tokens()
        self.seen = []
        self.service = DownloadService(
            root,
            self.link,
            queue=QueueFile(root),
            tokens=self.tokens,
            preferred=Preferred(**preferred),
            changed=self.seen.append,
        )

    def phases(self):
        return {d.request.title: d.phase for d in self.service.downloads}

    def add(self, name="moss"):
        return self.service.add(request(name)).id

    def end(self, name, *events, problem=""):
        for event in events:
            self.service.downloader_event(name, event)
        self.service.downloader_ended(name, problem)


@pytest.fixture
def bench(tmp_path):
    return Bench(tmp_path / "downloads")


def test_one_after_the_other(bench):
    first, second = bench.add("one"), bench.add("two")
    assert bench.phases() == {"one": Phase.RUNNING, "two": Phase.WAITING}
    ((name, job),) = bench.link.started
    assert name == first
    assert job.repository == "fnlp/one"
    assert job.folder == str(bench.root / "fnlp--one")
    bench.end(first, Listed(FILES), Finished())
    assert bench.phases() == {"one": Phase.DONE, "two": Phase.RUNNING}
    assert [name for name, _ in bench.link.started] == [first, second]


def test_what_is_shown_follows_the_events(bench):
    name = bench.add()
    tell = bench.service.downloader_event
    tell(name, Listed(FILES))
    assert (bench.seen[-1][0].done, bench.seen[-1][0].total) == (10, 100)
    assert bench.seen[-1][0].arrived == {"config.json"}
    tell(name, Retrying("pytorch_model.bin", ErrorCode.DOWNLOAD_BUSY, 3.0, "hub"))
    assert bench.seen[-1][0].retry.seconds == 3.0
    tell(name, Progress(10, 100, 0.0))
    assert bench.seen[-1][0].retry is not None
    tell(name, Progress(50, 100, 5.0, 10.0, ("pytorch_model.bin",)))
    shown = bench.seen[-1][0]
    assert (shown.rate, shown.seconds_left, shown.retry) == (5.0, 10.0, None)
    tell(name, Arrived("pytorch_model.bin"))
    bench.end(name, Finished())
    shown = bench.seen[-1][0]
    assert (shown.phase, shown.done, shown.rate) == (Phase.DONE, 100, 0.0)


def test_pause_keeps_it_and_resume_waits_for_the_old_process(bench):
    name = bench.add()
    bench.service.pause(name)
    assert bench.link.stopped == [name]
    assert bench.phases() == {"moss": Phase.PAUSED}
    bench.service.resume(name)
    assert bench.phases() == {"moss": Phase.WAITING}
    assert len(bench.link.started) == 1
    bench.end(name)
    assert bench.phases() == {"moss": Phase.RUNNING}
    assert len(bench.link.started) == 2


def test_a_paused_one_lets_the_next_run(bench):
    first, second = bench.add("one"), bench.add("two")
    bench.service.pause(first)
    bench.end(first)
    assert bench.phases() == {"one": Phase.PAUSED, "two": Phase.RUNNING}
    bench.service.resume(first)
    bench.end(second, Failed(ErrorCode.DOWNLOAD_LOST, "hub"))
    assert bench.phases() == {"one": Phase.RUNNING, "two": Phase.FAILED}
    assert bench.service.downloads[1].error.code is ErrorCode.DOWNLOAD_LOST
    bench.service.resume(second)
    assert bench.phases() == {"one": Phase.RUNNING, "two": Phase.WAITING}


def test_a_process_that_breaks_off_is_a_failure(bench):
    name = bench.add()
    bench.end(name, problem="signal 9")
    (shown,) = bench.service.downloads
    assert shown.phase is Phase.FAILED
    assert (shown.error.code, shown.error.detail) == (
        ErrorCode.DOWNLOADER_LOST,
        "signal 9",
    )


def test_a_token_is_shown_only_to_who_asks_and_only_once(bench):
    bench.tokens.kept[HUB] = "hf_one"
    name = bench.add()
    assert bench.link.started[0][1].token == ""
    assert not bench.link.started[0][1].kept_token
    bench.end(name, Failed(ErrorCode.DOWNLOAD_GATED, "fnlp/moss"))
    assert bench.link.started[1][1].token == "hf_one"  # noqa: S105
    assert bench.link.started[1][1].kept_token
    bench.end(name, Failed(ErrorCode.DOWNLOAD_GATED, "fnlp/moss"))
    assert bench.phases() == {"moss": Phase.FAILED}
    bench.service.resume(name)
    assert not bench.link.started[2][1].kept_token


def test_it_goes_on_after_a_restart(bench):
    bench.add("one")
    second = bench.add("two")
    bench.add("three")
    bench.service.pause(second)
    later = Bench(bench.root)
    later.service.restore(go_on=True)
    assert later.phases() == {
        "one": Phase.RUNNING,
        "two": Phase.PAUSED,
        "three": Phase.WAITING,
    }
    careful = Bench(bench.root)
    careful.service.restore(go_on=False)
    assert {*careful.phases().values()} == {Phase.PAUSED}
    assert not careful.link.started


def write_manifest(root, name, *states):
    folder = root / f"fnlp--{name}"
    files = tuple(
        FileRecord(f"{n}.bin", 50, state=state) for n, state in enumerate(states)
    )
    manifest.save(folder, Manifest(Site.HUGGING_FACE, HUB, f"fnlp/{name}", files=files))
    return folder


def test_folders_that_no_queue_knows_are_found(bench):
    write_manifest(bench.root, "half", FileState.WHOLE, FileState.WANTED)
    write_manifest(bench.root, "whole", FileState.WHOLE, FileState.USED)
    (bench.root / "strange").mkdir()
    bench.service.restore(go_on=True)
    assert bench.phases() == {"fnlp/half": Phase.PAUSED, "fnlp/whole": Phase.DONE}
    half = bench.service.downloads[0]
    assert (half.done, half.total) == (50, 100)


@pytest.mark.parametrize(
    "data", [b"", b"[", b"{}", b"[{}]", b"\xff", b'[{"request": 1}]']
)
def test_a_damaged_queue_costs_the_order_and_no_more(bench, data):
    write_manifest(bench.root, "half", FileState.WANTED)
    (bench.root / NAME).write_bytes(data)
    bench.service.restore(go_on=True)
    assert bench.phases() == {"fnlp/half": Phase.PAUSED}


def test_a_removed_one_goes_when_its_process_has(bench):
    name = bench.add()
    folder = write_manifest(bench.root, "moss", FileState.WHOLE)
    (folder / "0.bin").write_bytes(b"x" * 50)
    bench.service.remove(name)
    assert folder.exists()
    bench.service.downloader_event(name, Progress(1, 2))
    bench.end(name)
    assert not folder.exists()
    assert not bench.service.downloads
    assert QueueFile(bench.root).load() == []


def test_the_pace_holds_at_once(bench):
    name = bench.add()
    bench.service.prefer(Preferred(pace=1_000_000))
    assert bench.link.sent == [(name, Pace(1_000_000))]
    bench.service.prefer(Preferred(pace=1))
    assert bench.link.sent[-1] == (name, Pace(16 * 1024))
    bench.service.prefer(Preferred())
    assert bench.link.sent[-1] == (name, Pace(0))


def test_what_is_used_up_is_noted_even_when_the_process_did_not_hear(bench):
    name = bench.add()
    folder = write_manifest(bench.root, "moss", FileState.WHOLE, FileState.WANTED)
    bench.service.used(name, "0.bin")
    assert bench.link.sent == [(name, Used("0.bin"))]
    bench.end(name, Failed(ErrorCode.DOWNLOAD_LOST))
    states = [file.state for file in manifest.load(folder).files]
    assert states == [FileState.USED, FileState.WANTED]
    bench.service.used(name, "1.bin")
    assert manifest.load(folder).is_whole


def test_a_queue_that_cannot_be_kept_is_said_and_runs(bench):
    bench.root.parent.joinpath("downloads").write_text("a file")
    with pytest.raises(UserError) as caught:
        bench.add()
    assert caught.value.code is ErrorCode.DOWNLOAD_FOLDER
    assert bench.phases() == {"moss": Phase.RUNNING}


def test_adding_it_again_goes_on(bench):
    name = bench.add()
    bench.end(name, Failed(ErrorCode.DOWNLOAD_LOST))
    assert bench.add() == name
    assert bench.phases() == {"moss": Phase.RUNNING}
