"""One download at a time in a folder, over all programs that know this lock."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from app.domain.errors import ErrorCode, UserError

NAME: Final = ".moss-download.lock"


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """A block in which nobody else downloads into a folder.

    The system gives the lock back when the process ends, in whatever way.

    Raises:
        UserError: `DOWNLOAD_TAKEN`: somebody does.
        OSError: The folder cannot be written to.
    """
    handle = os.open(folder / NAME, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            _lock(handle)
        except OSError as error:
            raise UserError(ErrorCode.DOWNLOAD_TAKEN, folder.name) from error
        yield
    finally:
        os.close(handle)


def _lock(handle: int) -> None:
    if sys.platform == "win32":
        import msvcrt  # noqa: PLC0415

        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
    else:
        import fcntl  # noqa: PLC0415

        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
