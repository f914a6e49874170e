"""How many threads the engine starts."""

import os
import sys

import pytest

from app.engine import processors


def test_at_least_one_and_no_more_than_there_are():
    assert 1 <= processors.thread_count() <= (os.cpu_count() or 1)


@pytest.mark.parametrize(
    ("megabytes", "threads"), [(0, 1), (8, 1), (31, 1), (32, 2), (100, 6), (9400, 8)]
)
def test_small_models_decode_with_few_threads(monkeypatch, megabytes, threads):
    monkeypatch.setattr(processors, "thread_count", lambda: 8)
    assert processors.decoding_threads(megabytes * 1024**2) == threads


@pytest.mark.skipif(sys.platform != "linux", reason="reads /sys")
def test_affinity_is_respected(monkeypatch):
    monkeypatch.setattr(os, "sched_getaffinity", lambda _pid: {0})
    assert processors.thread_count() == 1


@pytest.mark.skipif(sys.platform != "linux", reason="reads /sys")
def test_two_threads_of_a_core_count_once(monkeypatch, tmp_path):
    for cpu in range(4):
        folder = tmp_path / str(cpu) / "topology"
        folder.mkdir(parents=True)
        (folder / "physical_package_id").write_text("0\n")
        (folder / "core_id").write_text(f"{cpu // 2}\n")
    monkeypatch.setattr(processors, "_TOPOLOGY", f"{tmp_path}/{{}}/topology")
    monkeypatch.setattr(os, "sched_getaffinity", lambda _pid: set(range(4)))
    monkeypatch.setattr(processors, "_CPU_QUOTA", tmp_path / "none")
    assert processors.thread_count() == 2


@pytest.mark.skipif(sys.platform != "linux", reason="reads /sys")
@pytest.mark.parametrize(
    ("quota", "threads"), [("max 100000", 3), ("150000 100000", 2), ("", 3)]
)
def test_a_containers_quota_is_respected(monkeypatch, tmp_path, *, quota, threads):
    file = tmp_path / "cpu.max"
    file.write_text(quota)
    monkeypatch.setattr(processors, "_CPU_QUOTA", file)
    monkeypatch.setattr(processors, "_TOPOLOGY", f"{tmp_path}/{{}}")
    monkeypatch.setattr(os, "sched_getaffinity", lambda _pid: {0, 1, 2})
    assert processors.thread_count() == threads
