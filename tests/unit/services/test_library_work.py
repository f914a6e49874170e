"""Models are checked, moved and converted anew, by real child processes."""

import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest

from app.catalogue import library_worker
from app.domain.errors import ErrorCode, UserError
from app.services.library import Library
from app.services.library_work import LibraryWork, Outcome, Task
from app.store.library_file import LibraryFile
from tests.conftest import ROOT
from tests.fakes import model_trees, tiny_gguf
from tests.fakes.tiny_gguf import TinyModel

DEMO = ROOT / "resources" / "demo"


class Link:
    """Runs each child to its end."""

    def __init__(self):
        self.work = None
        self.before_end = None
        self.commands = []

    def start(self, command):
        self.commands.append(command)
        process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT
        )
        with process:
            if self.before_end:
                self.before_end(process)
            for line in process.stdout:
                self.work.line(line.rstrip(b"\n"))
        self.work.ended(f"exit code {process.returncode}")

    def end_input(self):
        self.stopped = "end_input"

    def kill(self):
        self.stopped = "kill"


class Observer:
    def __init__(self):
        self.progress = []
        self.ends = []

    def work_progressed(self, task, model, fraction):
        self.progress.append(fraction)

    def work_ended(self, task, model, outcome):
        self.ends.append((task, outcome))

    def work_failed(self, task, model, error):
        self.ends.append((task, error.code))


class Bench:
    def __init__(self, folder):
        self.home = folder / "模型"
        self.library = Library(
            LibraryFile(folder / "library.json"),
            self.home,
            around=None,
            clock=lambda: datetime(2026, 11, 23, tzinfo=UTC),
        )
        self.link, self.observer = Link(), Observer()
        self.work = LibraryWork(self.library, self.link, self.observer)
        self.link.work = self.work

    def model(self, title="q4 😀"):
        models = {model.title: model for model in self.library.models().models}
        return models[title]


@pytest.fixture
def bench(tmp_path):
    bench = Bench(tmp_path)
    model_trees.model(bench.home / "q4 😀.gguf")
    return bench


def test_a_check_remembers_digests_and_compares_them(bench):
    model = bench.model()
    bench.work.check(model)
    assert bench.observer.ends == [(Task.CHECK, Outcome.UNKNOWN_BEFORE)]
    assert bench.model().digests == (model_trees.digest(model.path),)
    assert bench.model().record.checked
    bench.work.check(bench.model())
    assert bench.observer.ends[-1] == (Task.CHECK, Outcome.DONE)
    assert not bench.work.busy


def test_a_changed_byte_is_found(bench):
    model = bench.model()
    bench.work.check(model)
    known = bench.model()
    data = bytearray(model.path.read_bytes())
    data[-40] ^= 1
    model.path.write_bytes(data)
    bench.work.check(known)
    assert bench.observer.ends[-1] == (Task.CHECK, Outcome.DAMAGED)


def test_a_damaged_structure_is_found(bench):
    model = bench.model()
    data = model.path.read_bytes()
    model.path.write_bytes(data[: len(data) // 2])
    bench.work.check(model)
    assert bench.observer.ends == [(Task.CHECK, Outcome.DAMAGED)]


def test_parts_are_read_one_after_the_other(bench):
    parts = tiny_gguf.write_parts(bench.home / "parts", TinyModel(form=""))
    bench.work.check(bench.model("tiny"))
    expected = tuple(model_trees.digest(part) for part in parts)
    assert bench.model("tiny").digests == expected


def test_a_file_that_is_gone_is_said(bench):
    model = bench.model()
    model.path.unlink()
    bench.work.check(model)
    assert bench.observer.ends == [(Task.CHECK, ErrorCode.MODEL_NOT_FOUND)]


def test_a_model_is_moved(bench, tmp_path):
    model, disk = bench.model(), tmp_path / "大 disk"
    with pytest.raises(UserError) as caught:
        bench.work.move(model, disk, model.path)
    assert caught.value.code is ErrorCode.LIBRARY_IN_USE
    bench.work.move(model, disk, None)
    assert bench.observer.ends == [(Task.MOVE, Outcome.DONE)]
    assert bench.model().path == disk / model.path.name
    assert not model.path.exists()


def test_a_move_that_cannot_be_leaves_the_model(bench, tmp_path):
    model = bench.model()
    (tmp_path / model.path.name).write_bytes(b"another")
    bench.work.move(model, tmp_path, None)
    assert bench.observer.ends == [(Task.MOVE, ErrorCode.LIBRARY_TAKEN)]
    assert bench.model() == model


def test_one_thing_at_a_time(bench):
    model = bench.model()
    found = []

    def meanwhile(_process):
        bench.link.before_end = None
        for again in (
            lambda: bench.work.check(model),
            lambda: bench.work.move(model, Path("x"), None),
        ):
            with pytest.raises(UserError) as caught:
                again()
            found.append(caught.value.code)

    bench.link.before_end = meanwhile
    bench.work.check(model)
    assert found == [ErrorCode.LIBRARY_BUSY] * 2
    assert bench.observer.ends == [(Task.CHECK, Outcome.UNKNOWN_BEFORE)]


def test_a_worker_that_dies_is_said(bench):
    bench.link.before_end = lambda process: process.kill()
    model = bench.model()
    bench.work.check(model)
    bench.work.move(model, bench.home / "deeper", None)
    assert bench.observer.ends == [
        (Task.CHECK, ErrorCode.LIBRARY_LOST),
        (Task.MOVE, ErrorCode.LIBRARY_LOST),
    ]
    assert bench.model().path == model.path


def test_a_check_stops_when_its_input_ends(tmp_path):
    file = tmp_path / "large"
    with file.open("wb") as opened:
        opened.truncate(8 << 30)
    command = (*library_worker.command_line(), library_worker.DIGEST, str(file))
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT
    ) as process:
        assert b'"progress"' in process.stdout.readline()
        process.stdin.close()
        assert process.stdout.read().splitlines()[-1] == b'{"type":"stopped"}'
    assert process.returncode == 0


def test_stop_reaches_whoever_works(bench):
    bench.link.before_end = lambda _process: bench.work.stop()
    bench.work.check(bench.model())
    assert bench.link.stopped == "kill"
    assert bench.observer.ends == [(Task.CHECK, Outcome.STOPPED)]


def test_another_type_is_made_of_a_kept_source(tmp_path):
    bench = Bench(tmp_path)
    model_trees.model(bench.home / "q4 😀.gguf")
    with pytest.raises(UserError) as caught:
        bench.work.convert(bench.model(), "Q8_0")
    assert caught.value.code is ErrorCode.LIBRARY_NO_SOURCE
    bench.library.came(bench.model().path, (), origin="fnlp/demo", source=str(DEMO))
    target = bench.work.convert(bench.model(), "Q8_0")
    assert bench.observer.ends == [(Task.CONVERT, Outcome.DONE)]
    made = bench.model("MOSS demo")
    assert (made.path, made.facts.quantization) == (target, "Q8_0")
    assert (made.record.source, made.record.origin) == (str(DEMO), "fnlp/demo")
    with pytest.raises(UserError) as caught:
        bench.work.convert(bench.model(), "Q8_0")
    assert caught.value.code is ErrorCode.LIBRARY_TAKEN
    bench.work.compare(made)
    assert bench.observer.ends[-1] == (Task.COMPARE, Outcome.DONE)
    bench.work.compare(bench.model())
    assert bench.observer.ends[-1] == (Task.COMPARE, Outcome.DAMAGED)
