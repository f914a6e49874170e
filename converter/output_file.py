"""A file that takes its name only when it is whole.

It grows beside the target as `NAME.part`, locked so that two processes cannot write it
at once, is brought to the disk, and is then renamed. What a killed process has left
under the temporary name is written over by the next one.
"""

import contextlib
import errno
import os
import shutil
import stat
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from converter.errors import OutputError
from converter.progress import readable_size
from converter.tensors import Bytes

if sys.platform != "win32":
    import fcntl

_FULL = ("the disk is full", "free some space or choose another disk")
_IN_THE_WAY = (
    "the file cannot be written (what has its name with .part is not its own)",
    "remove that",
)
# What is wrong and what to do, where the system's own words do not say it.
_WORDS = {
    errno.ENOSPC: _FULL,
    getattr(errno, "EDQUOT", errno.ENOSPC): _FULL,
    errno.EFBIG: (
        "the file cannot be written (it is larger than allowed there)",
        "choose another disk",
    ),
    errno.ENAMETOOLONG: ("the name is too long", "choose a shorter one"),
    errno.ELOOP: _IN_THE_WAY,  # a link, which is not followed
    errno.ENXIO: _IN_THE_WAY,
    errno.EISDIR: _IN_THE_WAY,
}
# Nothing waits for the other end of a pipe.
_NO_LINK = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)


class OutputFile:
    """One file in the making: `open`, then `write`, then `commit` or `discard`."""

    def __init__(self, target: Path, *, overwrite: bool) -> None:
        """Remembers where to write; nothing is on the disk before `open`.

        Args:
            target: The file to make.
            overwrite: Whether it may replace a file of this name.
        """
        self._target = target
        self._temporary = target.with_name(target.name + ".part")
        self._overwrite = overwrite
        self._file: IO[bytes] | None = None

    @property
    def is_open(self) -> bool:
        """Whether something may be written."""
        return self._file is not None

    def check(self) -> None:
        """Makes sure that the target may be written.

        Raises:
            OutputError: It exists already, or its folder does not.
        """
        with self._errors():
            is_folder, has_folder = self._target.is_dir(), self._target.parent.is_dir()
            is_other = self._target.exists() and not self._target.is_file()
            is_taken = self._target.exists() or self._target.is_symlink()
        if is_other:
            raise OutputError(
                problem=f"this is a {'folder' if is_folder else 'device or a pipe'}",
                file=self._target,
                remedy="give the name of a file",
            )
        if is_taken and not self._overwrite:
            raise OutputError(
                problem="the file exists already",
                file=self._target,
                remedy="choose another name, or allow it with --force",
            )
        if not has_folder:
            raise OutputError(
                problem="the folder does not exist",
                file=self._target.parent,
                remedy="create it first",
            )

    def open(self, size: int) -> None:
        """Opens the temporary file.

        Args:
            size: Bytes that the whole file will have.

        Raises:
            OutputError: There is too little space, or the file cannot be written.
        """
        with self._errors():
            check_space(self._target, size)
            self._file = _open_alone(self._temporary)

    def write(self, data: bytes | Bytes) -> None:
        """Appends data.

        Raises:
            OutputError: The disk takes no more.
        """
        assert self._file is not None  # noqa: S101 -- the writer's order of calls
        with self._errors():
            self._file.write(data if isinstance(data, bytes) else data.data)

    def commit(self) -> None:
        """Brings the file to the disk and gives it its name.

        Raises:
            OutputError: That cannot be done; the temporary file is still there.
        """
        assert self._file is not None  # noqa: S101 -- the writer's order of calls
        with self._errors():
            self._file.flush()
            os.fsync(self._file.fileno())
        self.check()
        with self._errors():
            if sys.platform == "win32":  # which renames no open file
                self._file.close()
            self._temporary.replace(self._target)
            self._file.close()
            self._file = None
            _sync_folder(self._target.parent)

    def discard(self) -> None:
        """Removes the temporary file if there is one."""
        if self._file is not None:
            with contextlib.suppress(OSError):  # unwritten data of a full disk
                self._file.close()
            self._temporary.unlink(missing_ok=True)
            self._file = None

    @contextlib.contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            problem, remedy = _WORDS.get(
                error.errno or 0,
                (
                    f"the file cannot be written ({error.strerror})",
                    "choose another folder",
                ),
            )
            raise OutputError(
                problem=problem, file=self._target, remedy=remedy
            ) from error


def _open_alone(path: Path) -> IO[bytes]:
    """Opens a file from its beginning, unless another process is writing it.

    A link could lead to a file that is not ours.
    """
    flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | getattr(os, "O_BINARY", 0)
    file = os.fdopen(os.open(path, flags | _NO_LINK, 0o666), "ab")
    try:
        _check_own(file)
        _lock(file, path)
        file.truncate(0)
    except BaseException:
        file.close()
        raise
    return file


def _check_own(file: IO[bytes]) -> None:
    """Makes sure that a file is one, and has no other name."""
    status = os.fstat(file.fileno())
    if not stat.S_ISREG(status.st_mode) or status.st_nlink > 1:
        raise OSError(errno.ELOOP, os.strerror(errno.ELOOP))


def _lock(file: IO[bytes], path: Path) -> None:
    """Locks a file; on Windows, where renaming would fail anyway, does nothing."""
    if sys.platform != "win32":
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            # Between open() and flock() another process may have renamed it.
            if os.path.samestat(os.fstat(file.fileno()), path.stat()):
                return
        except (BlockingIOError, FileNotFoundError):
            pass
        raise OutputError(
            problem="another conversion is writing this file",
            file=path,
            remedy="wait for it to end",
        )


def free_space(target: Path) -> int:
    """Returns the bytes that are free where a file would be made."""
    return shutil.disk_usage(target.parent).free


def check_space(target: Path, size: int) -> None:
    """Makes sure that a file of this size has room.

    Raises:
        OutputError: It has not.
    """
    free = free_space(target)
    if free < size:
        raise OutputError(
            problem=f"{readable_size(free)} are free, "
            f"and the file needs {readable_size(size)}",
            file=target.parent,
            remedy="free some space or choose another disk",
        )


def _sync_folder(folder: Path) -> None:
    """Makes the new name last; only POSIX can and needs to."""
    if os.name == "posix":
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
