"""A download while it runs: which files are where, and how many bytes there are.

The manifest in the folder follows every change. Safe to use from all threads.
"""

import threading
from pathlib import Path

import msgspec

from app.catalogue.downloads import manifest
from app.catalogue.downloads.halt import Halt
from app.catalogue.downloads.keeper import hash_of
from app.catalogue.downloads.manifest import FileRecord, FileState, Manifest
from app.catalogue.downloads.messages import Listed, ListedFile, Progress
from app.catalogue.downloads.meter import Meter
from app.catalogue.downloads.values import Digest, is_weights


class JobState:
    """What is here and what is missing.

    Args:
        folder: The download's folder.
        found: Its manifest.
        most_unused: How many files of weights may lie here unused; 0 is no limit.
        halt: Ends the waiting for a file's turn.

    Raises:
        OSError: The folder cannot be read or written.
    """

    def __init__(
        self, folder: Path, found: Manifest, *, most_unused: int, halt: Halt
    ) -> None:
        self.folder = folder
        self._manifest = _with_what_is_there(folder, found)
        self._most_unused = most_unused
        self._halt = halt
        self._changed = threading.Condition()
        self._waiting = [
            file for file in self._manifest.files if file.state is FileState.WANTED
        ]
        self._active: list[FileRecord] = []
        self._done = self._present = sum(
            manifest.present(folder, file) for file in self._manifest.files
        )
        self._meter = Meter()
        manifest.save(folder, self._manifest)

    @property
    def is_whole(self) -> bool:
        """Whether nothing is missing."""
        return self._manifest.is_whole

    @property
    def room(self) -> int:
        """Bytes that are still needed on the disk; used files make room for others."""
        missing = self._manifest.size - self._done
        if not self._most_unused:
            return missing
        weights = [file.size for file in self._waiting if is_weights(file.path)]
        at_once = sum(sorted(weights, reverse=True)[: self._most_unused])
        return min(missing, missing - sum(weights) + at_once)

    def listed(self, *, licence: str, gated: bool) -> Listed:
        """What the download consists of."""
        files = tuple(
            ListedFile(f.path, f.size, manifest.present(self.folder, f))
            for f in self._manifest.files
        )
        return Listed(files, licence, gated)

    def progress(self) -> Progress:
        """How far it has come."""
        with self._changed:
            done, total = self._done, self._manifest.size
            files = tuple(file.path for file in self._active)
        rate = self._meter.rate(done - self._present)
        left = (total - done) / rate if rate > 0 else None
        return Progress(done, total, rate, left, files)

    def take(self) -> FileRecord | None:
        """The next file, when it may come; None when there is none left.

        Raises:
            HaltedError: Nobody wants it any more.
        """

        def may_go_on() -> bool:
            return self._halt.is_set() or not self._waiting or self._has_room()

        with self._halt.cutting(self._wake), self._changed:
            self._changed.wait_for(may_go_on)
            self._halt.check()
            if not self._waiting:
                return None
            file = self._waiting.pop(0)
            self._active.append(file)
            return file

    def received(self, count: int) -> None:
        """Bytes have come, or, below zero, are forgotten."""
        with self._changed:
            self._done += count

    def arrived(self, file: FileRecord) -> None:
        """A file has its final name.

        Raises:
            OSError: The manifest cannot be written.
        """
        with self._changed:
            self._active.remove(file)
            self._set(file.path, FileState.WHOLE)

    def used(self, path: str, *, delete: bool) -> None:
        """A file is not needed any more.

        Raises:
            OSError: The manifest cannot be written, or the file not deleted.
        """
        with self._changed:
            self._set(path, FileState.USED)
            self._changed.notify_all()
        if delete:
            manifest.delete_used(self.folder, path)

    def outdated(self) -> None:
        """The list of files does not fit what the server has.

        Raises:
            OSError: The manifest cannot be written.
        """
        with self._changed:
            self._manifest = msgspec.structs.replace(self._manifest, stale=True)
            manifest.save(self.folder, self._manifest)

    def _set(self, path: str, state: FileState) -> None:
        self._manifest = self._manifest.with_state(path, state)
        manifest.save(self.folder, self._manifest)

    def _has_room(self) -> bool:
        """Whether the next file may lie here too."""
        if not self._most_unused or not is_weights(self._waiting[0].path):
            return True
        whole = sum(
            is_weights(file.path) and file.state is FileState.WHOLE
            for file in self._manifest.files
        )
        active = sum(is_weights(file.path) for file in self._active)
        return whole + active < self._most_unused

    def _wake(self) -> None:
        with self._changed:
            self._changed.notify_all()


def _with_what_is_there(folder: Path, found: Manifest) -> Manifest:
    """The manifest as the folder really is: files may have gone, or got their names."""
    for file in found.files:
        path = folder / file.path
        size = path.stat().st_size if path.is_file() else -1
        if file.state is FileState.WHOLE and size != file.size:
            found = found.with_state(file.path, FileState.WANTED)
        elif file.state is FileState.WANTED and size == file.size:
            # A kill between the file's renaming and the manifest's writing.
            known = file.digest is not Digest.NONE
            if known and hash_of(path, file.remote) == file.hash:
                found = found.with_state(file.path, FileState.WHOLE)
    return found
