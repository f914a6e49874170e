"""Writing files so that they stay, and why a file cannot be written."""

import contextlib
import errno
import os
import tempfile
from pathlib import Path
from typing import Final

from app.domain.errors import ErrorCode

_FULL: Final = {errno.ENOSPC, errno.EFBIG} | (
    {errno.EDQUOT} if hasattr(errno, "EDQUOT") else set()
)
_PROBE_BYTES: Final = 1 << 18


def code_of(error: OSError) -> ErrorCode:
    """What an error of the operating system means for the user's files."""
    full = error.errno in _FULL
    return ErrorCode.DISK_FULL if full else ErrorCode.ARCHIVE_READ_ONLY


def obstacle(folder: Path) -> ErrorCode | None:
    """Why no file can be written in a folder; None where it can.

    SQLite tells a full disk, but not an exhausted quota, from other failures, so it is
    tried.
    """
    try:
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(bytes(_PROBE_BYTES))
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        return code_of(error)
    return None


def flush(path: Path) -> None:
    """Makes sure that a file is on the disk before it gets its name."""
    with path.open("r+b") as file:
        os.fsync(file.fileno())


def flush_folder(folder: Path) -> None:
    """Makes sure that the names in a folder are on the disk, where that is possible."""
    with contextlib.suppress(OSError):  # Windows opens no folders.
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def replace(path: Path, content: bytes) -> None:
    """Puts `content` in the place of a file in one step.

    Raises:
        OSError: It cannot be written; the file is then as it was.
    """
    with tempfile.NamedTemporaryFile(
        dir=path.parent, prefix=f"{path.name}.", suffix=".new", delete=False
    ) as file:
        new = Path(file.name)
        try:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
            file.close()
            new.replace(path)
        except BaseException:
            file.close()
            new.unlink(missing_ok=True)
            raise
