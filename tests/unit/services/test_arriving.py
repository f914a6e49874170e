"""A converter beside a download."""

from pathlib import Path

import pytest

from app.catalogue.downloads.messages import (
    Arrived,
    Failed,
    Finished,
    Listed,
    ListedFile,
    Used,
)
from app.catalogue.entries import Site
from app.catalogue.queue_file import QueueFile
from app.catalogue.requests import Conversion, Preferred, Request
from app.domain.errors import ErrorCode
from app.services.arriving import ArrivingConversions, Stage, peak
from app.services.converter_events import (
    ConversionDone,
    ConversionFailed,
    Converted,
    UsedUp,
    read_line,
)
from app.services.download_state import Phase
from app.services.downloads import DownloadService

ONE, TWO = "pytorch_model-1.bin", "pytorch_model-2.bin"
FILES = (ListedFile("config.json", 1), ListedFile(ONE, 10), ListedFile(TWO, 10))
NAME = "fnlp--moss"


class Downloaders:
    def __init__(self):
        self.jobs = []
        self.sent = []
        self.stopped = []

    def start(self, name, job):
        self.jobs.append(job)

    def send(self, name, command):
        self.sent.append(command)

    def stop(self, name):
        self.stopped.append(name)


class Converters:
    def __init__(self):
        self.started = []
        self.announced = []
        self.stopped = []

    def start(self, name, *, folder, target, quantization):
        self.started.append((folder, target, quantization))

    def announce(self, name, file):
        self.announced.append(file)

    def stop(self, name):
        self.stopped.append(name)


class Tokens:
    def held(self, endpoint):
        return ""


class Bench:
    def __init__(self, root):
        self.root = root
        self.target = root / "moss.gguf"
        self.downloaders, self.converters = Downloaders(), Converters()
        self.downloads = DownloadService(
            root / "downloads",
            self.downloaders,
            queue=QueueFile(root / "downloads"),
            tokens=Tokens(),
            preferred=Preferred(),
            changed=self.changed,
        )
        self.service = ArrivingConversions(
            self.downloads, self.converters, changed=lambda _found: None
        )

    def changed(self, downloads):
        self.service.downloads_changed(downloads)

    def add(self):
        request = Request(Site.HUGGING_FACE, "https://huggingface.co", "fnlp/moss")
        self.downloads.add(request, Conversion(str(self.target), "Q4_0", size=1000))

    def hear(self, *events):
        for event in events:
            self.downloads.downloader_event(NAME, event)

    def convert(self, *events):
        for event in events:
            self.service.converter_event(NAME, event)

    @property
    def stage(self):
        return self.service.find(NAME).stage

    @property
    def phase(self):
        return self.downloads.downloads[0].phase


@pytest.fixture
def bench(tmp_path):
    return Bench(tmp_path)


def test_it_begins_with_the_small_files_and_hears_of_each_large_one(bench):
    bench.add()
    assert bench.stage is Stage.WAITING
    bench.hear(Listed(FILES))
    assert not bench.converters.started
    bench.hear(Arrived("config.json"))
    folder = bench.root / "downloads" / NAME
    assert bench.converters.started == [(folder, bench.target, "Q4_0")]
    assert bench.stage is Stage.RUNNING
    assert not bench.converters.announced
    bench.hear(Arrived(ONE), Arrived(TWO))
    assert bench.converters.announced == [ONE, TWO]


def test_the_job_leaves_room_for_the_result_and_for_two_files(bench):
    bench.add()
    (job,) = bench.downloaders.jobs
    assert (job.connections, job.most_unused, job.room) == (1, 2, 1000)


def test_what_is_used_up_goes_and_so_does_the_rest_in_the_end(bench):
    bench.add()
    bench.hear(Listed(FILES), Arrived("config.json"), Arrived(ONE))
    bench.convert(Converted(5, 10), UsedUp(ONE))
    assert bench.downloaders.sent == [Used(ONE, delete=True)]
    found = bench.service.find(NAME)
    assert (found.done, found.total) == (5, 10)
    bench.hear(Arrived(TWO), Finished())
    bench.downloads.downloader_ended(NAME, "")
    assert bench.phase is Phase.DONE
    bench.convert(UsedUp(TWO), ConversionDone())
    assert bench.stage is Stage.DONE
    bench.service.converter_ended(NAME, "")
    assert not bench.downloads.downloads


def test_a_pause_stops_both_and_both_go_on(bench):
    bench.add()
    bench.hear(Listed(FILES), Arrived("config.json"), Arrived(ONE))
    bench.downloads.pause(NAME)
    assert bench.converters.stopped == [NAME]
    bench.convert(ConversionFailed("not all weight files have arrived"))
    bench.service.converter_ended(NAME, "")
    assert bench.stage is Stage.WAITING
    assert bench.service.find(NAME).error is None
    bench.downloads.downloader_ended(NAME, "")
    bench.downloads.resume(NAME)
    assert len(bench.converters.started) == 2
    assert bench.converters.announced == [ONE, ONE]


def test_resumed_before_the_converter_has_ended_it_waits_for_that(bench):
    bench.add()
    bench.hear(Listed(FILES), Arrived("config.json"))
    bench.downloads.pause(NAME)
    bench.downloads.downloader_ended(NAME, "")
    bench.downloads.resume(NAME)
    assert len(bench.converters.started) == 1
    bench.service.converter_ended(NAME, "")
    assert len(bench.converters.started) == 2


def test_a_failed_conversion_pauses_the_download_and_can_be_tried_again(bench):
    bench.add()
    bench.hear(Listed(FILES), Arrived("config.json"), Arrived(ONE))
    bench.convert(ConversionFailed("the disk is full"))
    bench.service.converter_ended(NAME, "")
    found = bench.service.find(NAME)
    assert found.stage is Stage.FAILED
    assert found.error.code is ErrorCode.CONVERSION_FAILED
    assert found.error.detail == "the disk is full"
    assert bench.phase is Phase.PAUSED
    bench.downloads.downloader_ended(NAME, "")
    bench.service.retry(NAME)
    assert bench.phase is Phase.RUNNING
    assert len(bench.converters.started) == 2


def test_a_converter_that_breaks_off_is_a_failure(bench):
    bench.add()
    bench.hear(Listed(FILES), Arrived("config.json"))
    bench.service.converter_ended(NAME, "signal 9")
    assert bench.service.find(NAME).error.detail == "signal 9"
    assert bench.stage is Stage.FAILED


def test_a_failed_download_stops_the_converter(bench):
    bench.add()
    bench.hear(Listed(FILES), Arrived("config.json"))
    bench.hear(Failed(ErrorCode.DOWNLOAD_LOST))
    bench.downloads.downloader_ended(NAME, "")
    assert bench.phase is Phase.FAILED
    assert bench.converters.stopped == [NAME]


def test_after_a_restart_both_go_on(bench):
    bench.add()
    later = Bench(bench.root)
    later.downloads.restore(go_on=True)
    assert later.phase is Phase.RUNNING
    later.hear(Listed(FILES), Arrived("config.json"))
    assert len(later.converters.started) == 1


def test_a_model_that_is_there_is_not_made_again(bench):
    bench.target.write_bytes(b"GGUF")
    bench.add()
    bench.hear(Listed(FILES), Arrived("config.json"))
    assert bench.stage is Stage.DONE
    assert not bench.converters.started


@pytest.mark.parametrize("running", [True, False])
def test_given_up_nothing_is_left(bench, running):
    bench.add()
    bench.hear(Listed(FILES))
    half = Path(f"{bench.target}.part")
    half.write_bytes(b"half")
    if running:
        bench.hear(Arrived("config.json"))
    bench.service.remove(NAME)
    if running:
        assert bench.converters.stopped == [NAME]
        bench.service.converter_ended(NAME, "")
    assert bench.downloaders.stopped == [NAME]
    bench.downloads.prefer(Preferred(pace=99_999))
    bench.changed(bench.downloads.downloads)
    assert len(bench.converters.started) == running
    bench.downloads.downloader_ended(NAME, "")
    assert not half.exists()
    assert not bench.downloads.downloads


def test_the_disk_that_is_needed():
    assert peak([8, 8, 8, 9], 9, delete_used=True) == 9 + 9 + 8
    assert peak([8, 8, 8, 9], 9, delete_used=False) == 9 + 33
    assert peak([], 9, delete_used=True) == 9


@pytest.mark.parametrize(
    ("line", "event"),
    [
        (b'{"stage": "used", "file": "a.bin"}', UsedUp("a.bin")),
        (b'{"stage": "start", "done": 1, "total": 2}', Converted(1, 2)),
        (
            b'{"stage": "convert", "tensor": "x", "done": 1, "total": 2}',
            Converted(1, 2),
        ),
        (b'{"stage": "done", "size": 2}', ConversionDone()),
        (b'{"stage": "failed", "code": "x", "message": "y"}', ConversionFailed("y")),
        (b'{"stage": "wait", "files": []}', None),
        (b'{"stage": "used"}', None),
        (b"no JSON", None),
        (b"\xff", None),
        (b"[" * 100_000, None),
    ],
)
def test_what_the_converter_says(line, event):
    assert read_line(line) == event
