"""What is known of an unfinished file: a small JSON file beside its `.part`.

It is replaced as a whole, so that it is always either the old one or the new one. Only
bytes that the disk has acknowledged are in it, so that it is right after a power cut.
"""

import os
from contextlib import suppress
from pathlib import Path

import msgspec

from app.catalogue.downloads.values import RemoteFile


class Journal(msgspec.Struct, frozen=True):
    """Where a file stands.

    Attributes:
        size: Bytes of the whole file.
        hash: What it has to be in the end; empty where that is not known.
        kept: Bytes from its beginning that are on the disk.
        url: Where they came from.
        etag: Which version of the file the server said that they are of; empty where
            it said none that can be compared.
    """

    size: int
    hash: str
    kept: int = 0
    url: str = ""
    etag: str = ""

    def fits(self, file: RemoteFile) -> bool:
        """Whether this is about that very file."""
        return self.size == file.size and self.hash == file.hash


_DECODER = msgspec.json.Decoder(Journal)


def load(path: Path) -> Journal | None:
    """Reads a journal; None where there is none, or none that can be read."""
    try:
        found = _DECODER.decode(path.read_bytes())
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError):
        return None
    return found if 0 <= found.kept <= found.size else None


def save(path: Path, journal: Journal) -> None:
    """Writes a journal.

    Raises:
        OSError: It cannot be written; the old one is as it was.
    """
    replace_file(path, msgspec.json.encode(journal))


def replace_file(path: Path, data: bytes) -> None:
    """Writes a small file so that it is always either the old one or the new one.

    Raises:
        OSError: It cannot be written; the old one is as it was.
    """
    new = path.with_name(f"{path.name}.new")
    try:
        with new.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        new.replace(path)
    except OSError:
        with suppress(OSError):
            new.unlink(missing_ok=True)
        raise
