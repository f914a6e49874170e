"""What an import reads: a file, the files of a ZIP archive, or those of a folder.

The only module here that opens files. Nothing is unpacked to the disk, so names in an
archive lead nowhere; sizes are measured while unpacking, whatever the archive says.
"""

import os
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, Protocol
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, is_zipfile

from app.domain.errors import ErrorCode, UserError
from app.interchange.limits import MOST_BYTES, MOST_FILES, MOST_UNPACKED

_METHODS: Final = (ZIP_STORED, ZIP_DEFLATED)


class UnreadableError(Exception):
    """One file of a bundle cannot be read; the others can."""


class TooLargeError(UnreadableError):
    """One file of a bundle is larger than is taken in."""


class Bundle(Protocol):
    """Files by name, with slashes between folders."""

    def names(self) -> tuple[str, ...]:
        """The names of all files, sorted."""

    def read(self, name: str) -> bytes:
        """What a file holds.

        Raises:
            UnreadableError: It cannot be read, or is too large.
        """


@contextmanager
def opened(path: Path) -> Iterator[Bundle]:
    """Opens a file, a ZIP archive or a folder.

    Raises:
        UserError: `IMPORT_FAILED` or `IMPORT_TOO_LARGE`.
    """
    try:
        if path.is_dir():
            yield _Folder(path)
        elif is_zipfile(path):
            with ZipFile(path) as archive:
                yield _Archive(archive)
        else:
            yield _Single(path)
    except TooLargeError as error:
        raise UserError(ErrorCode.IMPORT_TOO_LARGE, str(error)) from error
    except (UnreadableError, OSError, BadZipFile) as error:
        raise UserError(ErrorCode.IMPORT_FAILED, str(error)) from error


class _Budget:
    """Bytes that may still be read."""

    def __init__(self) -> None:
        self._left = MOST_UNPACKED

    def take(self, data: bytes, name: str) -> bytes:
        self._left -= len(data)
        if len(data) > MOST_BYTES or self._left < 0:
            raise TooLargeError(name)
        return data


class _Single:
    def __init__(self, path: Path) -> None:
        self._path = path

    def names(self) -> tuple[str, ...]:
        return (self._path.name,)

    def read(self, name: str) -> bytes:
        with self._path.open("rb") as file:
            return _Budget().take(file.read(MOST_BYTES + 1), name)


class _Folder:
    def __init__(self, path: Path) -> None:
        self._path = path
        self._budget = _Budget()

    def names(self) -> tuple[str, ...]:
        names: list[str] = []
        # Links to folders are not followed: they may lead in a circle.
        for folder, _, files in os.walk(self._path):
            place = Path(folder).relative_to(self._path)
            names += ((place / file).as_posix() for file in files)
            if len(names) > MOST_FILES:
                raise TooLargeError(str(self._path))
        return tuple(sorted(names))

    def read(self, name: str) -> bytes:
        try:
            with (self._path / name).open("rb") as file:
                return self._budget.take(file.read(MOST_BYTES + 1), name)
        except OSError as error:
            raise UnreadableError(str(error)) from error


class _Archive:
    def __init__(self, archive: ZipFile) -> None:
        self._archive = archive
        self._budget = _Budget()

    def names(self) -> tuple[str, ...]:
        entries = self._archive.infolist()
        if len(entries) > MOST_FILES:
            raise TooLargeError(str(self._archive.filename))
        return tuple(sorted({e.filename for e in entries if not e.is_dir()}))

    def read(self, name: str) -> bytes:
        entry = self._archive.getinfo(name)
        if entry.compress_type not in _METHODS:
            raise UnreadableError(name)
        try:
            with self._archive.open(entry) as file:
                return self._budget.take(file.read(MOST_BYTES + 1), name)
        # A RuntimeError says that the file is encrypted.
        except (BadZipFile, OSError, EOFError, RuntimeError, zlib.error) as error:
            message = f"{name}: {error}"
            raise UnreadableError(message) from error
