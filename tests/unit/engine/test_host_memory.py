"""How much memory this computer has left: real numbers, and made-up control groups."""

import resource
import sys

import pytest

from app.engine import host_memory

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="Linux's own files")
GIB = 2**30


@pytest.fixture
def groups(tmp_path):
    """A tree of control groups of version 2, two levels deep."""
    inside = tmp_path / "user" / "chat"
    inside.mkdir(parents=True)
    return tmp_path


def write(folder, **values):
    for name, value in values.items():
        (folder / f"memory.{name}").write_text(f"{value}\n")


def limits(groups, membership="0::/user/chat\n"):
    path = groups / "membership"
    path.write_text(membership)
    return list(host_memory._limits(path, groups))


def test_this_computer_has_memory():
    available, total = host_memory.host_memory()
    assert 0 < available <= total
    assert total > 2**26


def test_a_file_that_says_nothing_is_nothing(tmp_path):
    path = tmp_path / "meminfo"
    assert host_memory._meminfo(path) == (0, 0)
    path.write_text("MemTotal: lots\nMemAvailable:\nnonsense")
    assert host_memory._meminfo(path) == (0, 0)
    path.write_text("MemTotal:  2048 kB\nMemAvailable:  1024 kB\n")
    assert host_memory._meminfo(path) == (1024 * 1024, 2048 * 1024)


def test_without_limits_there_is_none(groups):
    write(groups / "user" / "chat", max="max", current=GIB)
    assert limits(groups) == []
    assert list(host_memory._limits(groups / "none", groups)) == []


def test_every_group_above_counts(groups):
    write(groups / "user", max=8 * GIB, current=5 * GIB)
    write(groups / "user" / "chat", max=4 * GIB, current=GIB)
    assert limits(groups) == [(3 * GIB, 4 * GIB), (3 * GIB, 8 * GIB)]


def test_pages_that_can_be_dropped_are_free(groups):
    stat = f"anon 5\ninactive_file {GIB}\nactive_file {GIB}\n"
    write(groups / "user", max=8 * GIB, current=7 * GIB, stat=stat)
    assert limits(groups) == [(3 * GIB, 8 * GIB)]


def test_a_full_group_leaves_nothing(groups):
    write(groups / "user", max=GIB, current=2 * GIB)
    assert limits(groups) == [(0, GIB)]


def test_the_first_version_has_one_limit(groups):
    folder = groups / "memory"
    folder.mkdir()
    write(folder, limit_in_bytes=4 * GIB, usage_in_bytes=GIB)
    assert limits(groups, "5:memory:/docker/1\n") == [(3 * GIB, 4 * GIB)]


def test_the_address_space_that_is_left():
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (64 * GIB, hard))
    try:
        assert 0 < host_memory.address_space() < 64 * GIB
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))
    if soft == resource.RLIM_INFINITY:
        assert host_memory.address_space() is None
