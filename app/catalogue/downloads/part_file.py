"""An unfinished file: `NAME.part`, its journal, and how it gets its final name."""

from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from app.catalogue.downloads import journal, manifest
from app.catalogue.downloads.journal import Journal
from app.catalogue.downloads.keeper import Keeper
from app.catalogue.downloads.values import Digest, RemoteFile

_LONGEST_ETAG: Final = 256
_SACRIFICE: Final = 128 * 1024


class WrongContentsError(Exception):
    """The file is whole and is not what it has to be."""


class PartFile:
    """A file that grows; a context manager, whose end keeps what is there.

    Args:
        folder: The download's folder.
        file: Which file it is to become.

    Attributes:
        length: Bytes that are there.
        etag: Which version of the file they are of, as the server said; may be empty.

    Raises:
        OSError: The disk does not take it.
    """

    def __init__(self, folder: Path, file: RemoteFile) -> None:
        self._file = file
        self._target = folder / file.path
        self._path = manifest.part_of(folder, file.path)
        self._journal_path = manifest.journal_of(folder, file.path)
        self._path.parent.mkdir(parents=True, exist_ok=True)
        found = journal.load(self._journal_path)
        fits = found is not None and found.fits(file)
        self._url, self.etag = (found.url, found.etag) if found and fits else ("", "")
        self._opened = self._path.open("r+b" if self._path.exists() else "w+b", 0)
        here = self._opened.seek(0, 2)
        self.length = min(found.kept, here) if found and fits else 0
        self._keeper = self._begin()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def comes_from(self, url: str, etag: str) -> None:
        """Notes where the next bytes come from."""
        self._url = url
        self.etag = etag if len(etag) <= _LONGEST_ETAG else ""

    def write(self, data: bytes) -> None:
        """Adds bytes.

        Raises:
            OSError: The disk does not take them; those before are kept.
        """
        left = memoryview(data)
        while left:
            left = left[self._opened.write(left) :]
        self.length += len(data)
        self._keeper.grown(self.length)

    def restart(self) -> None:
        """Forgets all bytes.

        Raises:
            OSError: The disk does not take it.
        """
        self._keeper.stop()
        self._journal_path.unlink(missing_ok=True)
        self.length = 0
        self._url = self.etag = ""
        self._keeper = self._begin()

    def finish(self) -> None:
        """Gives the file its final name, if it is what it has to be.

        Raises:
            WrongContentsError: It is not; it has no final name.
            OSError: The disk does not take it.
        """
        found = self._keeper.finish()
        known = self._file.digest is not Digest.NONE
        if self.length != self._file.size or (known and found != self._file.hash):
            raise WrongContentsError
        self._opened.close()
        self._path.replace(self._target)
        manifest.sync_folder(self._target.parent)
        self._journal_path.unlink(missing_ok=True)

    def close(self) -> None:
        """Has the disk keep what there is."""
        if not self._keeper.stop() and not self._opened.closed:
            self._shorten()
        self._opened.close()

    def discard(self) -> None:
        """Removes it, journal and all."""
        self.close()
        with suppress(OSError):
            self._path.unlink(missing_ok=True)
            self._journal_path.unlink(missing_ok=True)

    def _begin(self) -> Keeper:
        """Cuts what is not sure to be there, and follows from the beginning."""
        self._opened.truncate(self.length)
        self._opened.seek(self.length)
        keeper = Keeper(
            self._path, self._file, handle=self._opened.fileno(), kept=self._note
        )
        keeper.grown(self.length)
        return keeper

    def _shorten(self) -> None:
        """Gives a full disk some bytes back, so that the journal finds room."""
        with suppress(OSError):
            self._opened.truncate(max(0, self.length - _SACRIFICE))
            self._note(max(0, self.length - _SACRIFICE))

    def _note(self, kept: int) -> None:
        """Runs in the keeper's thread."""
        noted = Journal(
            self._file.size, self._file.hash, kept, url=self._url, etag=self.etag
        )
        journal.save(self._journal_path, noted)
