"""How much of this computer's memory a process could still get.

ggml knows only the total of the host. What is available is asked of the system: on
Linux `MemAvailable` and the limits of control groups (containers), on macOS the
kernel's level of free memory, on Windows `GlobalMemoryStatusEx`.
"""

import ctypes
import os
import sys

if sys.platform == "linux":
    import resource
from collections.abc import Iterator
from pathlib import Path
from typing import Final

_KIB: Final = 1024
_MEMINFO: Final = Path("/proc/meminfo")
_MEMBERSHIP: Final = Path("/proc/self/cgroup")
_GROUPS: Final = Path("/sys/fs/cgroup")
_PERCENT: Final = 100


def host_memory() -> tuple[int, int]:
    """Available and total bytes; zeros where the system does not say."""
    if sys.platform == "win32":
        return _windows()
    if sys.platform == "darwin":
        return _macos()
    available, total = _meminfo(_MEMINFO)
    for free, limit in _limits(_MEMBERSHIP, _GROUPS):
        available, total = min(available, free), min(total, limit)
    return available, total


def address_space() -> int | None:
    """Bytes that this process may still map; None where there is no such limit.

    That is no measure to plan with, since mapped files and the stacks of threads count
    too; but who comes near it may be refused memory that is free.
    """
    if sys.platform != "linux":
        return None
    limit, _ = resource.getrlimit(resource.RLIMIT_AS)
    if limit == resource.RLIM_INFINITY:
        return None
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[0])
    return max(0, limit - pages * resource.getpagesize())


def _meminfo(path: Path) -> tuple[int, int]:
    """`MemAvailable` and `MemTotal` of Linux."""
    try:
        entries = _entries(path)
        available = int(entries["MemAvailable"].split()[0]) * _KIB
        return available, int(entries["MemTotal"].split()[0]) * _KIB
    except (OSError, ValueError, KeyError, IndexError):
        return 0, 0


def _limits(membership: Path, groups: Path) -> Iterator[tuple[int, int]]:
    """What each control group above this process leaves it, and its limit.

    Version 2 of the interface; of version 1, the limit that a container shows.
    """
    try:
        entries = membership.read_text("utf-8").splitlines()
    except OSError:
        return
    for entry in entries:
        _, _, name = entry.partition("::")
        inside = groups / name.lstrip("/") if name else groups / "memory"
        for folder in (inside, *inside.parents):
            limit = _number(folder / "memory.max", folder / "memory.limit_in_bytes")
            used = _number(folder / "memory.current", folder / "memory.usage_in_bytes")
            if limit is not None and used is not None:
                yield max(0, limit - used + _reclaimable(folder)), limit
            if folder == groups:
                break


def _number(*paths: Path) -> int | None:
    """The number in the first file that has one; "max" is none."""
    for path in paths:
        try:
            return int(path.read_text("ascii"))
        except (OSError, ValueError):
            continue
    return None


def _entries(path: Path) -> dict[str, str]:
    """A file of one name and one value a line."""
    pairs = (line.partition(" ") for line in path.read_text("ascii").splitlines())
    return {name.rstrip(":"): value for name, _, value in pairs}


def _reclaimable(group: Path) -> int:
    """Pages of files that the group is charged for and the kernel can drop."""
    try:
        entries = _entries(group / "memory.stat")
        return int(entries["inactive_file"]) + int(entries["active_file"])
    except (OSError, ValueError, KeyError):
        return 0


def _macos() -> tuple[int, int]:
    total = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    level = ctypes.c_int(0)
    size = ctypes.c_size_t(ctypes.sizeof(level))
    failed = ctypes.CDLL(None).sysctlbyname(
        b"kern.memorystatus_level", ctypes.byref(level), ctypes.byref(size), None, 0
    )
    return total if failed else total * level.value // _PERCENT, total


class _MemoryStatus(ctypes.Structure):
    """MEMORYSTATUSEX of the Windows API."""

    _fields_ = (
        ("length", ctypes.c_uint32),
        ("load", ctypes.c_uint32),
        ("total", ctypes.c_uint64),
        ("available", ctypes.c_uint64),
        ("rest", ctypes.c_uint64 * 5),
    )


def _windows() -> tuple[int, int]:
    status = _MemoryStatus(length=ctypes.sizeof(_MemoryStatus))
    kernel = ctypes.CDLL("kernel32")
    if not kernel.GlobalMemoryStatusEx(ctypes.byref(status)):
        return 0, 0
    return status.available, status.total
