"""What every benchmark needs: a child's cost, medians, tables, the machine.

Linux only: the peak of a child's memory comes from `wait4`, its parts from `/proc`.
"""

import os
import platform
import select
import shutil
import statistics
import subprocess
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Self

_SAMPLE = 20  # milliseconds
_READ = 16 << 20
_KB = 1024


class MeasureError(Exception):
    """A benchmark cannot go on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """What a process cost. Times are in seconds, memory in bytes.

    Attributes:
        wall: From its start to its end.
        user: Processor time in the program, all threads together.
        system: Processor time in the system.
        peak: Most resident memory, by `ru_maxrss`; pages of mapped files count.
        anonymous: Most of its own memory, looked up 50 times a second: a shorter peak
            is missed.
        mapped: Most pages of mapped files, looked up likewise. The system can take
            them back.
    """

    wall: float
    user: float
    system: float
    peak: int
    anonymous: int
    mapped: int

    @property
    def processor(self) -> float:
        """Processor time in all."""
        return self.user + self.system

    def then(self, other: Self) -> Self:
        """Returns the cost of this process and another one after it."""
        return type(self)(
            wall=self.wall + other.wall,
            user=self.user + other.user,
            system=self.system + other.system,
            peak=max(self.peak, other.peak),
            anonymous=max(self.anonymous, other.anonymous),
            mapped=max(self.mapped, other.mapped),
        )


def median(usages: Sequence[Usage]) -> Usage:
    """Returns the median of each number by itself."""
    middle = {
        field.name: statistics.median(getattr(usage, field.name) for usage in usages)
        for field in fields(Usage)
    }
    return Usage(**middle)


def measured(
    command: Sequence[str | Path],
    *,
    log: Path,
    environment: Mapping[str, str] | None = None,
) -> Usage:
    """Runs a program to its end.

    A child's `ru_maxrss` begins at what its parent had in memory when it was started,
    so whoever calls this imports nothing large.

    Args:
        command: The program and its arguments.
        log: File for all it prints.
        environment: Variables beside this process's own.

    Raises:
        MeasureError: It failed.
    """
    anonymous = mapped = 0
    with log.open("wb") as output:
        start = time.perf_counter()
        process = subprocess.Popen(  # noqa: S603 -- the benchmarks' own commands
            list(map(str, command)),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env={**os.environ, **(environment or {})},
        )
        descriptor = os.pidfd_open(process.pid)
        try:
            ended = select.poll()
            ended.register(descriptor, select.POLLIN)
            while not ended.poll(_SAMPLE):
                memory = resident(process.pid)
                anonymous = max(anonymous, memory.get("RssAnon", 0))
                mapped = max(mapped, memory.get("RssFile", 0))
            wall = time.perf_counter() - start
        finally:
            os.close(descriptor)
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        tail = log.read_text("utf-8", "replace")[-2000:]
        message = f"{command[:4]} ended with code {process.returncode}:\n{tail}"
        raise MeasureError(message)
    return Usage(
        wall=wall,
        user=used.ru_utime,
        system=used.ru_stime,
        peak=used.ru_maxrss * _KB,
        anonymous=anonymous,
        mapped=mapped,
    )


def resident(process: int) -> dict[str, int]:
    """Returns the sizes in /proc/PID/status in bytes; nothing for a dead process."""
    try:
        text = Path(f"/proc/{process}/status").read_text("ascii", "replace")
    except OSError:
        return {}
    lines = (line.split() for line in text.splitlines())
    return {
        words[0].rstrip(":"): int(words[1]) * _KB
        for words in lines
        if words[-1:] == ["kB"]
    }


# -- files and the page cache ------------------------------------------------------


def settle() -> None:
    """Waits until everything written so far is on the disk."""
    os.sync()


def warm(files: Iterable[Path]) -> None:
    """Reads files into the page cache."""
    buffer = bytearray(_READ)
    for path in files:
        with path.open("rb", buffering=0) as file:
            while file.readinto(buffer):
                pass


def cool(files: Iterable[Path]) -> None:
    """Takes files out of the page cache, as far as no process maps them."""
    for path in files:
        with path.open("rb") as file:
            os.fsync(file.fileno())
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def seconds_to_disk(path: Path) -> float:
    """Brings a file to the disk and returns how long that took."""
    start = time.perf_counter()
    with path.open("rb") as file:
        os.fsync(file.fileno())
    return time.perf_counter() - start


def need_space(folder: Path, size: int) -> None:
    """Makes sure that a folder's disk has room.

    Raises:
        MeasureError: It has not.
    """
    free = shutil.disk_usage(folder).free
    if free < size:
        message = (
            f"{folder}: {free / 1e9:.0f} GB are free and {size / 1e9:.0f} GB needed"
        )
        raise MeasureError(message)


# -- words -------------------------------------------------------------------------


def machine() -> dict[str, str | int]:
    """Returns what a reader must know about this computer."""
    information = Path("/proc/cpuinfo").read_text("utf-8")
    models = [
        line.partition(":")[2].strip()
        for line in information.splitlines()
        if line.startswith("model name")
    ]
    pages = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return {
        "processor": models[0] if models else platform.machine(),
        "cores": os.cpu_count() or 1,
        "memory": f"{pages / 1e9:.0f} GB",
        "system": platform.platform(terse=True),
        "python": platform.python_version(),
        "load": f"{os.getloadavg()[0]:.1f}",
    }


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Returns a table in Markdown whose columns also line up in a terminal."""
    cells = [tuple(header), *map(tuple, rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    lines = ["| " + " | ".join(map(str.ljust, row, widths)) + " |" for row in cells]
    lines.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    return "\n".join(lines)
