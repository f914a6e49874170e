"""The SHA-256 of model files: read once, then remembered by place, size and time.

The file is a cache. A damaged one is ignored, and one that cannot be written costs
another reading of the model at the next start.
"""

import contextlib
import hashlib
from collections.abc import Callable
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Final

import msgspec

_MOST: Final = 64
_BLOCK: Final = 1 << 20


class Entry(msgspec.Struct, frozen=True):
    """What a file held when it had this size and time."""

    size: int
    modified: int
    sha256: str


class Fingerprints:
    """What is known of files.

    Args:
        path: Where it is remembered; neither file nor folder need be there.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._entries = _read(path)

    def known(self, file: Path) -> str:
        """A file's SHA-256 in hexadecimal digits; empty where it was not computed."""
        entry = self._entries.get(str(file))
        is_same = entry is not None and (entry.size, entry.modified) == _stamp(file)
        return entry.sha256 if entry is not None and is_same else ""

    def compute(self, file: Path, stopped: Callable[[], bool]) -> str:
        """Reads a file, and remembers what it holds.

        Args:
            file: May be of many gigabytes.
            stopped: Whether to give up; asked for each mebibyte.

        Returns:
            As `known`; empty also for a file that cannot be read or changes meanwhile.
        """
        before = _stamp(file)
        digest = hashlib.sha256()
        try:
            with file.open("rb") as data:
                while block := data.read(_BLOCK):
                    if stopped():
                        return ""
                    digest.update(block)
        except OSError:
            return ""
        if before is None or before != _stamp(file):
            return ""
        entries = {**self._entries, str(file): Entry(*before, digest.hexdigest())}
        self._entries = dict(tuple(entries.items())[-_MOST:])
        self._write()
        return digest.hexdigest()

    def _write(self) -> None:
        with contextlib.suppress(OSError):
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with NamedTemporaryFile(dir=self._path.parent, delete=False) as file:
                new = Path(file.name)
                try:
                    file.write(msgspec.json.encode(self._entries))
                    file.close()
                    new.replace(self._path)
                except BaseException:
                    file.close()
                    new.unlink(missing_ok=True)
                    raise


def _read(path: Path) -> dict[str, Entry]:
    try:
        return msgspec.json.decode(path.read_bytes(), type=dict[str, Entry])
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return {}


def _stamp(file: Path) -> tuple[int, int] | None:
    try:
        status = file.stat()
    except (OSError, ValueError):
        return None
    return status.st_size, status.st_mtime_ns
