"""Parts of a zip archive, unpacked within limits.

What a header says of sizes is checked first, and then not believed: unpacking stops
at the limit whatever comes. Only parts that are asked for are unpacked, so nested
archives and pictures cost nothing.
"""

import zipfile
import zlib
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from app.plugins.documents.formats.limits import PART_BYTES
from app.plugins.documents.values import Problem, UnreadableError

_CHUNK_BYTES: Final = 65536
_ENCRYPTED: Final = 0x1
"""Bit 0 of the general purpose flags (APPNOTE.TXT 4.4.4)."""


class Archive:
    """An open archive.

    Args:
        path: The file.
        most_bytes: What all its parts that are read may unpack to.

    Raises:
        UnreadableError: `DAMAGED`: this is no archive.
    """

    def __init__(self, path: Path, most_bytes: int = PART_BYTES) -> None:
        self._left = most_bytes
        try:
            self._zip = zipfile.ZipFile(path)
        except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:
            raise UnreadableError(Problem.DAMAGED, str(error)) from error

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._zip.close()

    def has(self, name: str) -> bool:
        """Whether there is such a part."""
        return name in self._zip.NameToInfo

    def read(self, name: str) -> bytes:
        """One part.

        Raises:
            UnreadableError: `DAMAGED`, `ENCRYPTED`, or `EXPANDS` when it is too much.
        """
        info = self._zip.NameToInfo.get(name)
        if info is None:
            raise UnreadableError(Problem.DAMAGED, f"no {name}")
        if info.flag_bits & _ENCRYPTED:
            raise UnreadableError(Problem.ENCRYPTED, name)
        if info.file_size > self._left:
            raise UnreadableError(Problem.EXPANDS, name)
        try:
            return self._unpack(info)
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError) as error:
            raise UnreadableError(Problem.DAMAGED, f"{name}: {error}") from error

    def _unpack(self, info: zipfile.ZipInfo) -> bytes:
        unpacked = bytearray()
        with self._zip.open(info) as part:
            while chunk := part.read(_CHUNK_BYTES):
                self._left -= len(chunk)
                if self._left < 0:
                    raise UnreadableError(Problem.EXPANDS, info.filename)
                unpacked += chunk
        return bytes(unpacked)
