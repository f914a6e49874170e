"""The thread that hashes a growing file and has the disk keep it.

It reads what was written back out of the page cache, so that the hash is that of the
file and not of what was meant to be written, and so that a download that goes on needs
nothing else. Reading, hashing and syncing give the interpreter's lock away: receiving
goes on meanwhile.
"""

import hashlib
import os
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO, Final

from app.catalogue.downloads.values import Digest, RemoteFile

_STEP: Final = 1024 * 1024
_KEEP_BYTES: Final = 64 * 1024 * 1024
_KEEP_SECONDS: Final = 4.0


class Keeper:
    """Follows one file; starts at once.

    Args:
        path: The file, which grows and does not change.
        file: Which hash it is to have.
        handle: The file's descriptor, for syncing.
        kept: Is told, in the keeper's thread, how many bytes the disk has.
    """

    def __init__(
        self,
        path: Path,
        file: RemoteFile,
        *,
        handle: int,
        kept: Callable[[int], None],
    ) -> None:
        self._path = path
        self._handle = handle
        self._kept = kept
        self._hash = _new_hash(file)
        self._changed = threading.Condition()
        self._length = 0
        self._hashed = 0
        self._ending = False
        self._abandoned = False
        self._failure: OSError | None = None
        self._last_kept = 0
        self._last_time = time.monotonic()
        self._thread = threading.Thread(target=self._run, daemon=True, name="keeper")
        self._thread.start()

    def grown(self, length: int) -> None:
        """The file has so many bytes now.

        Raises:
            OSError: The disk did not take those before.
        """
        if self._failure is not None:
            raise self._failure
        with self._changed:
            self._length = length
            if length - self._hashed >= _STEP:
                self._changed.notify()

    def finish(self) -> str:
        """Waits until everything is hashed and on the disk.

        Returns:
            The hash, in hexadecimal digits.

        Raises:
            OSError: The disk does not take it.
        """
        self._end(abandoned=False)
        if self._failure is not None:
            raise self._failure
        return self._hash.hexdigest()

    def stop(self) -> bool:
        """Waits until the disk has what there is; hashes no more.

        Returns:
            Whether it has.
        """
        self._end(abandoned=True)
        return self._failure is None

    def _end(self, *, abandoned: bool) -> None:
        with self._changed:
            self._ending = True
            self._abandoned = abandoned
            self._changed.notify()
        self._thread.join()

    def _run(self) -> None:
        buffer = memoryview(bytearray(_STEP))
        try:
            with self._path.open("rb", buffering=0) as source:
                while self._follow(source, buffer):
                    self._keep_if_due()
            self._keep()
        except OSError as error:
            self._failure = error

    def _follow(self, source: IO[bytes], buffer: memoryview) -> bool:
        """Hashes a piece; False when that was the last one."""
        with self._changed:
            self._changed.wait_for(
                lambda: self._ending or self._length - self._hashed >= _STEP,
                _KEEP_SECONDS,
            )
            if self._abandoned:
                return False
            count = min(_STEP, self._length - self._hashed)
            if not count:
                return not self._ending
        read = source.readinto(buffer[:count])  # type: ignore[attr-defined]
        self._hash.update(buffer[:read])
        self._hashed += read
        if not read:
            message = f"{self._path.name} is shorter than it was"
            raise OSError(message)
        return True

    def _keep_if_due(self) -> None:
        grown = self._length - self._last_kept
        late = time.monotonic() - self._last_time >= _KEEP_SECONDS
        if grown >= _KEEP_BYTES or (grown and late):
            self._keep()

    def _keep(self) -> None:
        length = self._length
        os.fsync(self._handle)
        self._last_kept, self._last_time = length, time.monotonic()
        self._kept(length)


def _new_hash(file: RemoteFile) -> "hashlib._Hash":
    if file.digest is Digest.GIT:
        found = hashlib.sha1(usedforsecurity=False)
        found.update(b"blob %d\0" % file.size)
        return found
    return hashlib.sha256()


def hash_of(path: Path, file: RemoteFile) -> str:
    """The hash of a whole file, in hexadecimal digits.

    Raises:
        OSError: It cannot be read.
    """
    found = _new_hash(file)
    with path.open("rb") as source:
        while piece := source.read(_STEP):
            found.update(piece)
    return found.hexdigest()
