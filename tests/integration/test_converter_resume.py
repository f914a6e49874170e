"""Conversions that are killed, or whose weights arrive one file after the other."""

import json
import random
import shutil
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.checkpoints import (
    Gptq,
    Shape,
    write_checkpoint,
    write_gptq_checkpoint,
    write_json,
)

KILLS = 30
SHAPE = Shape(width=512, layers=6, heads=8, rotary=32)
SMALL = Shape(width=128, layers=3, heads=4, rotary=16, context=64)
WEIGHTS = "pytorch_model*.bin"


def command(folder, target, *options):
    return [
        *(sys.executable, "-m", "converter", str(folder), str(target)),
        *("--progress", "json", *options),
    ]


def convert(folder, target, *options):
    """Runs the converter to its end and returns its reports."""
    result = subprocess.run(
        command(folder, target, *options), stdout=subprocess.PIPE, check=True, text=True
    )
    return list(map(json.loads, result.stdout.splitlines()))


def left_in(folder):
    return sorted(path.name for path in folder.iterdir())


def test_what_was_killed_at_any_moment_ends_as_if_it_had_not_been(tmp_path):
    moments = random.Random(3)
    folder = write_checkpoint(tmp_path / "moss", shape=SHAPE)
    options = ("--type", "Q4_K_M", "--threads", "1")
    start = time.monotonic()
    expected = tmp_path / "expected.gguf"
    convert(folder, expected, *options)
    duration = time.monotonic() - start
    (tmp_path / "out").mkdir()
    target = tmp_path / "out" / "moss.gguf"
    kills, resumed = 0, 0
    while kills < KILLS or not target.exists():
        with subprocess.Popen(
            command(folder, target, *options), stdout=subprocess.PIPE
        ) as process:
            try:
                limit = duration * moments.random() if kills < KILLS else None
                output, _ = process.communicate(timeout=limit)
            except subprocess.TimeoutExpired:
                process.kill()
                output, _ = process.communicate()
                kills += 1
        reports = list(map(json.loads, output.splitlines(keepends=False)[:-1]))
        resumed += any(
            report["stage"] == "start" and report["done"] for report in reports
        )
        if target.exists():
            assert target.read_bytes() == expected.read_bytes()
            # Killed behind the rename it may not have come to tidy up.
            assert process.returncode or left_in(target.parent) == ["moss.gguf"]
            if kills < KILLS:
                target.unlink()
    assert resumed > KILLS // 10


def test_other_weights_are_not_mixed_with_what_is_there(tmp_path):
    folder = write_checkpoint(tmp_path / "moss", shape=SHAPE)
    other = write_checkpoint(tmp_path / "other" / "moss", shape=SHAPE, seed=7)
    convert(other, tmp_path / "expected.gguf")
    target = tmp_path / "moss.gguf"
    stop_after_some(folder, target)
    shutil.copytree(other, folder, dirs_exist_ok=True)
    convert(folder, target)
    assert target.read_bytes() == (tmp_path / "expected.gguf").read_bytes()


def stop_after_some(folder, target):
    """Kills a conversion when some of its tensors are written."""
    with subprocess.Popen(
        command(folder, target, "--threads", "1"), stdout=subprocess.PIPE, text=True
    ) as process:
        for line in process.stdout:
            report = json.loads(line)
            if report["stage"] == "convert" and report["tensor"].startswith("blk.3"):
                break
        process.kill()
    assert not target.exists()


# -- weights that arrive -----------------------------------------------------------


class Download:
    """A converter that is fed with weight files as a download would feed it."""

    def __init__(self, process, folder, *, store):
        self.process = process
        self.folder = folder
        self.store = store
        self.reports = []

    def next_report(self):
        line = self.process.stdout.readline()
        if line:
            self.reports.append(json.loads(line))
            return self.reports[-1]
        return None

    def until(self, stage):
        """Reads on to a report of this stage; None if there is none any more."""
        while (report := self.next_report()) and report["stage"] != stage:
            pass
        return report

    def deliver(self, name):
        """Has a file arrive."""
        if not (self.folder / name).exists():
            shutil.copy(self.store / name, self.folder / name)
        self.process.stdin.write(name + "\n")
        self.process.stdin.flush()

    def weights_here(self):
        return {path.name for path in self.folder.glob(WEIGHTS)}

    def deleted_maps(self):
        """Files that are deleted and still take their space, as they are mapped."""
        maps = Path(f"/proc/{self.process.pid}/maps")
        if not maps.exists():
            return []
        return [
            line
            for line in maps.read_text().splitlines()
            if line.endswith(".bin (deleted)")
        ]


@contextmanager
def downloading(folder, target, *options, store):
    with subprocess.Popen(
        command(folder, target, "--arriving", *options),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield Download(process, folder, store=store)
            process.wait(timeout=60)
        finally:
            process.kill()


def split(source, folder):
    """A checkpoint's folder without its weights, which lie in `source`."""
    folder.mkdir()
    for path in source.iterdir():
        if path.suffix != ".bin":
            shutil.copy(path, folder)
    return folder


@pytest.fixture
def store(tmp_path):
    """Where the download comes from."""
    return write_checkpoint(tmp_path / "store" / "moss", shape=SMALL, layout="sharded")


@pytest.fixture
def folder(store, tmp_path):
    return split(store, tmp_path / "moss")


@pytest.fixture
def expected(store, tmp_path):
    convert(store, tmp_path / "expected.gguf", "--type", "Q4_0")
    return (tmp_path / "expected.gguf").read_bytes()


@pytest.fixture
def target(tmp_path):
    (tmp_path / "out").mkdir()
    return tmp_path / "out" / "moss.gguf"


OPTIONS = ("--type", "Q4_0", "--delete-used")


@pytest.mark.parametrize("turned", [False, True], ids=["in order", "turned round"])
def test_converts_while_downloading_with_one_file_at_a_time(
    store, folder, target, *, expected, turned
):
    with downloading(folder, target, *OPTIONS, store=store) as download:
        while report := download.until("wait"):
            # Nothing that was used up takes space, be it as a file or as a map.
            assert download.weights_here() == set()
            assert download.deleted_maps() == []
            download.deliver(report["files"][-1 if turned else 0])
    assert download.process.returncode == 0
    assert download.reports[-1]["stage"] == "done"
    assert target.read_bytes() == expected
    assert left_in(target.parent) == ["moss.gguf"]
    used = [r["file"] for r in download.reports if r["stage"] == "used"]
    assert sorted(used) == sorted(path.name for path in store.glob(WEIGHTS))
    assert download.weights_here() == set()


def test_files_stay_where_nobody_asked_to_delete_them(store, folder, target):
    with downloading(folder, target, store=store) as download:
        while report := download.until("wait"):
            download.deliver(report["files"][0])
    assert download.process.returncode == 0
    assert len(download.weights_here()) == 3


def test_a_killed_download_needs_no_file_twice(store, folder, target, *, expected):
    needed = None
    while not target.exists():
        with downloading(folder, target, *OPTIONS, store=store) as download:
            report = download.until("wait")
            if needed is not None:
                # Those that were used up before it was killed are not asked for.
                assert set(report["files"]) == needed
            download.deliver(report["files"][0])
            report = download.until("wait")
            if report is not None:
                needed = set(report["files"]) | download.weights_here()
            download.process.kill()
    assert target.read_bytes() == expected


def test_weights_in_one_file_arrive_too(tmp_path, target):
    store = tmp_path / "store" / "int4"
    write_gptq_checkpoint(store, Gptq(), shape=SMALL)
    convert(store, tmp_path / "expected.gguf")
    folder = split(store, tmp_path / "int4")
    with downloading(folder, target, "--delete-used", store=store) as download:
        assert download.until("wait")["files"] == []
        download.deliver("pytorch_model.bin")
        assert download.until("done")
    assert target.read_bytes() == (tmp_path / "expected.gguf").read_bytes()
    assert download.weights_here() == set()


def test_a_damaged_file_costs_nothing_that_is_done(store, folder, target, *, expected):
    first, *rest = sorted(path.name for path in store.glob(WEIGHTS))
    with downloading(folder, target, *OPTIONS, store=store) as download:
        download.deliver(first)
        download.until("wait")
        download.until("wait")
        (folder / rest[0]).write_bytes(b"PK\x03\x04 damaged")
        download.deliver(rest[0])
        failure = download.until("failed")
    assert download.process.returncode == 3
    assert rest[0] in failure["message"]
    assert left_in(target.parent) == ["moss.gguf.part", "moss.gguf.part.journal"]
    (folder / rest[0]).unlink()
    with downloading(folder, target, *OPTIONS, store=store) as download:
        for name in rest:
            download.deliver(name)
        if (folder / first).exists():
            download.deliver(first)
        start = download.until("start")
        assert download.until("done")
    assert start["done"] > 0
    assert target.read_bytes() == expected


def fail(folder, target, names, *, store):
    with downloading(folder, target, store=store) as download:
        for name in names:
            download.deliver(name)
        download.process.stdin.close()
        failure = download.until("failed")
    assert not target.exists()
    return download.process.returncode, failure["message"]


def test_says_when_not_everything_arrived(store, folder, target):
    first = min(path.name for path in store.glob(WEIGHTS))
    code, message = fail(folder, target, [first], store=store)
    assert code == 3
    assert "not all weight files have arrived" in message


@pytest.mark.parametrize("name", ["../moss.bin", "config.json", "other.bin"])
def test_refuses_files_that_the_index_does_not_name(store, folder, target, *, name):
    (folder / "other.bin").write_bytes(b"x")
    (folder.parent / "moss.bin").write_bytes(b"x")
    code, message = fail(folder, target, [name], store=store)
    assert code == 3
    assert "not in the checkpoint's index" in message


def test_an_index_that_lacks_a_tensor_is_refused_before_anything_is_downloaded(
    store, folder, target
):
    index = folder / "pytorch_model.bin.index.json"
    table = json.loads(index.read_text())
    del table["weight_map"]["lm_head.bias"]
    write_json(index, table)
    code, message = fail(folder, target, [], store=store)
    assert code == 3
    assert "lm_head.bias" in message
    assert left_in(target.parent) == []
