"""Reads large files once: for their digests, and for copies that are known to be right.

Work is told in bytes, and may be stopped between two blocks.
"""

import hashlib
import os
from collections.abc import Callable
from io import FileIO
from pathlib import Path
from typing import Final, Protocol

_BLOCK: Final = 8 << 20


class StoppedError(Exception):
    """The work is not wanted any more; no failure."""


class Work(Protocol):
    """Whoever wants to know how far the work is, and may stop it."""

    def done(self, size: int) -> None:
        """So many bytes more were done.

        Raises:
            StoppedError: The work is not wanted any more.
        """


def digest_of(path: Path, work: Work) -> str:
    """The SHA-256 of a file.

    Raises:
        OSError: It cannot be read.
        StoppedError: The work is not wanted any more.
    """
    with path.open("rb", buffering=0) as file:
        return _read(file, work, lambda _block: None)


def copy(source: Path, target: Path, work: Work) -> str:
    """Copies a file to the disk, times included, and returns the source's SHA-256.

    Args:
        source: The file.
        target: Where its copy goes; what is there is lost.
        work: Hears of it.

    Raises:
        OSError: One cannot be read, or the other not be written.
        StoppedError: The work is not wanted any more; a part of the copy is there.
    """
    with source.open("rb", buffering=0) as reading, target.open("wb") as writing:
        digest = _read(reading, work, writing.write)
        writing.flush()
        os.fsync(writing.fileno())
        state = os.fstat(reading.fileno())
        if hasattr(os, "posix_fadvise"):
            # What is read back then comes from the disk, not from memory.
            os.posix_fadvise(writing.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
    os.utime(target, ns=(state.st_atime_ns, state.st_mtime_ns))
    return digest


def _read(file: FileIO, work: Work, take: Callable[[memoryview], object]) -> str:
    digest = hashlib.sha256()
    buffer = memoryview(bytearray(_BLOCK))
    while count := file.readinto(buffer):
        digest.update(buffer[:count])
        take(buffer[:count])
        work.done(count)
    return digest.hexdigest()
