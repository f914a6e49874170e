"""What is done of a file in the making, so that a stopped conversion can go on.

Beside `NAME.part` lies `NAME.part.journal`: JSON objects, one a line. The first says
what is being made; a change of anything that the result depends on changes its key.
Each further line says that a tensor is written, and the checksum of its bytes: after a
power cut a file may hold less than what was written to it.
"""

import contextlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, Self

from converter.output_file import open_own

_FORMAT = 1
_MAX_SIZE = 64 << 20


@dataclass(frozen=True, slots=True)
class Record:
    """A tensor that is written.

    Attributes:
        checksum: CRC-32 of its bytes.
        origin: What says which bytes of a checkpoint it was made from.
    """

    checksum: int
    origin: str


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """What a journal tells.

    Attributes:
        key: Stands for all that the result depends on.
        number_types: How the checkpoint's weights were stored.
        records: The tensors that are written, by name.
        size: Bytes of the journal's sound part.
    """

    key: str
    number_types: str
    records: Mapping[str, Record] = field(default_factory=dict)
    size: int = 0

    @classmethod
    def read(cls, path: Path) -> Self | None:
        """Reads a journal; None where there is none or it is of no use.

        A last line that was cut off is left out, and so is all behind a damaged one.
        """
        try:
            if path.is_symlink() or not path.is_file():  # a pipe would never end
                return None
            with path.open("rb") as file:
                data = file.read(_MAX_SIZE)
        except OSError:
            return None
        head, *lines = data.split(b"\n")[:-1] or [b""]
        match _parsed(head):
            case {"format": 1, "key": str(key), "number_types": str(number_types)}:
                size = len(head) + 1
            case _:
                return None
        records: dict[str, Record] = {}
        for line in lines:
            match _parsed(line):
                case {"tensor": str(name), "crc32": int(checksum), "of": str(origin)}:
                    records[name] = Record(checksum, origin)
                    size += len(line) + 1
                case _:
                    break
        return cls(key=key, number_types=number_types, records=records, size=size)


class Journal:
    """A journal that is being written."""

    def __init__(self, path: Path, history: History) -> None:
        """Opens it behind what it tells already, or begins it anew.

        Args:
            path: Where it is.
            history: What it tells; with a size of 0 the file is begun anew.

        Raises:
            OSError: It cannot be written.
        """
        self._file: IO[bytes] = open_own(path)
        try:
            self._file.truncate(history.size)
            self._file.seek(history.size)
            if not history.size:
                self._write(
                    format=_FORMAT, key=history.key, number_types=history.number_types
                )
        except BaseException:
            self._file.close()
            raise

    def add(self, name: str, record: Record) -> None:
        """Notes a tensor that is written.

        Raises:
            OSError: The disk takes no more.
        """
        self._write(tensor=name, crc32=record.checksum, of=record.origin)

    def sync(self) -> None:
        """Brings it to the disk."""
        os.fsync(self._file.fileno())

    def close(self) -> None:
        """Closes the file."""
        with contextlib.suppress(OSError):  # unwritten data of a full disk
            self._file.close()

    def _write(self, **fields: str | int) -> None:
        self._file.write(json.dumps(fields).encode() + b"\n")
        self._file.flush()


def _parsed(line: bytes) -> Any:  # noqa: ANN401 -- whatever the file holds
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        return None
