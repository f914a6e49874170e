"""What a child cost, and the words and files around it."""

import errno
import os
import sys

import pytest

from benchmarks.measure import (
    MeasureError,
    Usage,
    cool,
    measured,
    median,
    need_space,
    seconds_to_disk,
    table,
    warm,
)

pytestmark = pytest.mark.skipif(
    sys.platform != "linux", reason="the benchmarks measure on Linux only"
)
MB = 1 << 20


def python(code, log):
    return measured([sys.executable, "-c", code], log=log)


def usage(number):
    return Usage(
        wall=number,
        user=number + 0.5,
        system=0.25,
        peak=number * MB,
        anonymous=number,
        mapped=7,
    )


def test_a_childs_memory_is_seen(tmp_path):
    file = tmp_path / "file"
    file.write_bytes(bytes(48 * MB))
    code = (
        "import mmap, select\n"
        f"file = open({str(file)!r}, 'rb')\n"
        "view = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)\n"
        "pages = sum(view[::4096])\n"
        f"own = b'x' * {96 * MB}\n"
        "select.select([], [], [], 0.5)\n"
    )
    seen = python(code, tmp_path / "log")
    assert 96 * MB <= seen.anonymous < 144 * MB
    assert 48 * MB <= seen.mapped < 96 * MB
    assert seen.peak >= 144 * MB


def test_a_childs_processor_time_is_seen(tmp_path):
    code = "import time\nwhile time.process_time() < 0.3: pass"
    seen = python(code, tmp_path / "log")
    assert seen.processor >= 0.3
    assert seen.processor == seen.user + seen.system


def test_what_a_child_says_is_kept_and_variables_are_added(tmp_path):
    measured(
        [
            sys.executable,
            "-c",
            "import os; print(os.environ['NAME'], os.getenv('HOME'))",
        ],
        log=tmp_path / "log",
        environment={"NAME": "摩丝"},
    )
    words = (tmp_path / "log").read_text("utf-8").split()
    assert words == ["摩丝", os.environ["HOME"]]


def test_a_child_that_fails_ends_the_benchmark(tmp_path):
    with pytest.raises(MeasureError, match=r"code 3:\n.*no such model"):
        python("print('no such model'); raise SystemExit(3)", tmp_path / "log")


def test_steps_add_up_and_the_higher_peak_counts():
    both = usage(4).then(usage(3))
    assert (both.wall, both.user, both.system) == (7, 8.0, 0.5)
    assert (both.peak, both.anonymous, both.mapped) == (4 * MB, 4, 7)


def test_the_median_is_taken_of_each_number():
    assert median([usage(9), usage(1), usage(2)]) == usage(2)


def test_files_leave_the_page_cache_and_come_back(tmp_path):
    file = tmp_path / "file"
    file.write_bytes(bytes(MB))
    cool([file])
    assert cached(file) < MB
    warm([file])
    assert cached(file) == MB


def cached(file):
    """Bytes at a file's start that can be read without waiting for the disk."""
    with file.open("rb") as opened:
        try:
            return os.preadv(opened.fileno(), [bytearray(MB)], 0, os.RWF_NOWAIT)
        except BlockingIOError:
            return 0
        except OSError as error:
            if error.errno != errno.EOPNOTSUPP:
                raise
            pytest.skip("this file system cannot tell")


def test_going_to_the_disk_takes_time(tmp_path):
    file = tmp_path / "file"
    file.write_bytes(b"x")
    assert seconds_to_disk(file) > 0


def test_too_little_space_is_said_before(tmp_path):
    need_space(tmp_path, 1)
    with pytest.raises(MeasureError, match="GB are free and 1000000000 GB needed"):
        need_space(tmp_path, 10**18)


def test_a_table_lines_up():
    assert table(("type", "wall"), [("Q4_0", "1.5 s"), ("Q4_K_M", "12.0 s")]) == (
        "| type   | wall   |\n"
        "|--------|--------|\n"
        "| Q4_0   | 1.5 s  |\n"
        "| Q4_K_M | 12.0 s |"
    )
