"""A file that takes its name only when it is whole.

It grows beside the target as `NAME.part`, locked so that two processes cannot write it
at once, is brought to the disk, and is then renamed.
"""

import contextlib
import errno
import os
import shutil
import stat
import sys
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import IO

from converter.errors import OutputError
from converter.progress import readable_size
from converter.tensors import Bytes

if sys.platform != "win32":
    import fcntl

_FLUSHED = 64 << 20  # bytes that go to the disk together
_BLOCK = 512  # what st_blocks counts, on every POSIX system
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
    """One file in the making.

    `open`, then `reserve` and `write` in any order, then `commit`, `keep` or `discard`.

    Attributes:
        journal: Where the notes of what is done lie.
    """

    def __init__(self, target: Path, *, overwrite: bool) -> None:
        """Remembers where to write; nothing is on the disk before `open`.

        Args:
            target: The file to make.
            overwrite: Whether it may replace a file of this name.
        """
        self._target = target
        self._temporary = target.with_name(target.name + ".part")
        self.journal = target.with_name(target.name + ".part.journal")
        self._overwrite = overwrite
        self._file: IO[bytes] | None = None
        self._flusher = ThreadPoolExecutor(1, "write back")
        self._flushing: Future[None] | None = None
        self._unflushed = 0

    @property
    def is_open(self) -> bool:
        """Whether something may be written."""
        return self._file is not None

    def check(self) -> None:
        """Makes sure that the target may be written.

        Raises:
            OutputError: It exists already, or its folder does not.
        """
        with self.errors():
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
        """Opens the temporary file, which may hold what a stopped process has left.

        Args:
            size: Bytes that the whole file will have.

        Raises:
            OutputError: There is too little space, or the file cannot be written.
        """
        with self.errors():
            check_space(self._target, size - _allocated(self._temporary))
            self._file = _open_alone(self._temporary)

    def reserve(self, size: int, *, anew: bool) -> None:
        """Gives the file its size, filled up with zeros.

        Args:
            size: Bytes that the whole file will have.
            anew: Whether what is in it goes first.

        Raises:
            OutputError: The disk does not take it.
        """
        with self.errors():
            if anew:
                self._opened.truncate(0)
            self._opened.truncate(size)

    def write(self, offset: int, data: bytes | Bytes) -> None:
        """Writes data at a place.

        Raises:
            OutputError: The disk takes no more.
        """
        with self.errors():
            self._opened.seek(offset)
            self._opened.write(data if isinstance(data, bytes) else data.data)
            self._unflushed += len(data)
            if self._unflushed >= _FLUSHED:
                self._write_back()

    def read(self, offset: int, size: int) -> bytes:
        """Returns what is written at a place, less at the file's end.

        Raises:
            OutputError: It cannot be read.
        """
        with self.errors():
            self._opened.seek(offset)
            return self._opened.read(size)

    def sync(self) -> None:
        """Brings what was written to the disk.

        Raises:
            OutputError: The disk takes no more.
        """
        with self.errors():
            self._opened.flush()
            if self._flushing is not None:
                self._flushing.result()
            os.fsync(self._opened.fileno())

    def _write_back(self) -> None:
        """Has the disk begin with what was written so far, beside all else.

        Left to the system it would begin much later, and `commit` would wait for it.
        """
        if self._flushing is not None:
            if not self._flushing.done():
                return
            self._flushing.result()
        self._unflushed = 0
        self._flushing = self._flusher.submit(os.fsync, self._opened.fileno())

    def commit(self) -> None:
        """Brings the file to the disk and gives it its name.

        Raises:
            OutputError: That cannot be done; the temporary file is still there.
        """
        self.sync()
        self.check()
        with self.errors():
            if sys.platform == "win32":  # which renames no open file
                self._opened.close()
            self._temporary.replace(self._target)
            self._opened.close()
            self._file = None
            self._flusher.shutdown()
            self.journal.unlink(missing_ok=True)
            _sync_folder(self._target.parent)

    def keep(self) -> None:
        """Leaves the temporary file where it is."""
        self._flusher.shutdown(cancel_futures=True)
        if self._file is not None:
            with contextlib.suppress(OSError):
                self._file.close()
            self._file = None

    def discard(self) -> None:
        """Removes the temporary file and its journal if there are any."""
        if self._file is not None:
            self.keep()
            self._temporary.unlink(missing_ok=True)
            _remove_own(self.journal)

    @contextlib.contextmanager
    def errors(self) -> Iterator[None]:
        """Turns what the system says into words, for all that is written here.

        Raises:
            OutputError: The system refused something.
        """
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

    @property
    def _opened(self) -> IO[bytes]:
        assert self._file is not None  # noqa: S101 -- the writer's order of calls
        return self._file


def _allocated(path: Path) -> int:
    """Returns the bytes of the disk that a file takes already; it may have holes."""
    try:
        status = path.stat()
    except FileNotFoundError:
        return 0
    blocks: int | None = getattr(status, "st_blocks", None)  # not on Windows
    return status.st_size if blocks is None else blocks * _BLOCK


def open_own(path: Path) -> IO[bytes]:
    """Opens a file of ours to read and write; makes it where there is none.

    A link could lead to a file that is not ours.

    Raises:
        OSError: It cannot be opened, or something else has its name.
    """
    flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0)
    descriptor = os.open(path, flags | _NO_LINK, 0o666)
    try:
        _check_own(descriptor)
        return os.fdopen(descriptor, "r+b")
    except BaseException:
        os.close(descriptor)
        raise


def _open_alone(path: Path) -> IO[bytes]:
    """Opens a file of ours, unless another process is writing it."""
    file = open_own(path)
    try:
        _lock(file, path)
    except BaseException:
        file.close()
        raise
    return file


def _check_own(descriptor: int) -> None:
    if not _is_own(os.fstat(descriptor)):
        raise OSError(errno.ELOOP, os.strerror(errno.ELOOP))


def _is_own(status: os.stat_result) -> bool:
    """Returns whether a file is one, and has no other name."""
    return stat.S_ISREG(status.st_mode) and status.st_nlink == 1


def _remove_own(path: Path) -> None:
    """Removes a file, and leaves what only has its name."""
    with contextlib.suppress(FileNotFoundError):
        if _is_own(path.lstat()):
            path.unlink()


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
