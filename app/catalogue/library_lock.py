"""One hand at a time on the files of models, over all windows of this program."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from app.domain.errors import ErrorCode, UserError


@contextmanager
def locked(file: Path) -> Iterator[None]:
    """A block in which nobody else has the lock.

    The system gives it back when the process ends, in whatever way.

    Args:
        file: The file that is locked; it is made where it is missing.

    Raises:
        UserError: `LIBRARY_BUSY`: somebody has it.
        OSError: The file cannot be made.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(file, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            _lock(handle)
        except OSError as error:
            raise UserError(ErrorCode.LIBRARY_BUSY, file.parent.name) from error
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
