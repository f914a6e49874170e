"""What worked on this computer: a small file that remembers attempts to load.

Before an attempt the file says which rung of the ladder is being tried. When the
process dies in it, the next one finds that note and begins one rung lower. Only a note
of the same parent counts: a program that was closed while it loaded says nothing about
memory. The file holds numbers and digests, no names; a damaged one is ignored.
"""

import hashlib
import os
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import msgspec

from app.domain.hardware import Device
from app.engine.ladder import Record
from app.engine.protocol import Load

_MOST: Final = 64
_MORE: Final = 1.1
"""With a tenth more free memory than then, the first rung is worth another attempt."""


@dataclass(frozen=True, slots=True)
class Entry:
    """What is known of one file with one context on these devices.

    Attributes:
        worked: The rung that worked; 0 is the plan.
        free: Bytes that were free on all devices then.
        trying: The rung of an attempt that has not ended, or None.
        parent: The process id of that attempt's parent.
    """

    worked: int = 0
    free: int = 0
    trying: int | None = None
    parent: int = 0


def key_of(wishes: Load, devices: tuple[Device, ...]) -> str:
    """A digest of the devices, the file and the wishes."""
    path = Path(wishes.path)
    try:
        status = path.stat()
        stamp = (status.st_size, status.st_mtime_ns)
    except OSError:
        stamp = (0, 0)
    known = [(device.name, device.description, device.total) for device in devices]
    settings = msgspec.structs.replace(wishes, id=None, less=False)
    text = repr((known, stamp, settings))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


class Placements:
    """The file; without a path nothing is kept longer than the process."""

    def __init__(self, path: Path | None) -> None:
        """Reads nothing yet; neither file nor folder need be there."""
        self._path = path
        self._entries: dict[str, Entry] = {}

    def record(self, key: str, *, free: int, suspect: bool) -> Record:
        """What is known of one file with one context on these devices.

        Args:
            key: See `key_of`.
            free: Bytes that are free on all devices now.
            suspect: Whether an attempt that ended the process may have ended it for
                want of memory.
        """
        return _Record(self, key, free, suspect=suspect)

    def get(self, key: str) -> Entry:
        """An entry, or an empty one."""
        return self._read().get(key, Entry())

    def put(self, key: str, entry: Entry | None) -> None:
        """Replaces an entry, or removes it; the last that was written is the newest."""
        entries = self._read()
        entries.pop(key, None)
        if entry is not None:
            entries[key] = entry
        newest = list(entries)[-_MOST:]
        self._entries = {name: entries[name] for name in newest}
        if self._path is not None:
            _write(self._path, msgspec.json.encode(self._entries))

    def _read(self) -> dict[str, Entry]:
        if self._path is None:
            return dict(self._entries)
        try:
            return msgspec.json.decode(self._path.read_bytes(), type=dict[str, Entry])
        except (OSError, msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            return {}


class _Record:
    """Fulfils `Record`."""

    def __init__(
        self, placements: Placements, key: str, free: int, *, suspect: bool
    ) -> None:
        self._placements = placements
        self._key = key
        self._free = free
        self._suspect = suspect

    def interrupted(self) -> int | None:
        entry = self._placements.get(self._key)
        ours = entry.parent == os.getppid()
        return entry.trying if ours and self._suspect else None

    def best(self) -> int:
        entry = self._placements.get(self._key)
        roomier = self._free > entry.free * _MORE
        return 0 if roomier else entry.worked

    def trying(self, rung: int) -> None:
        self._change(lambda old: replace(old, trying=rung, parent=os.getppid()))

    def worked(self, rung: int) -> None:
        self._change(lambda _old: Entry(worked=rung, free=self._free))

    def forget(self) -> None:
        self._placements.put(self._key, None)

    def _change(self, change: Callable[[Entry], Entry]) -> None:
        self._placements.put(self._key, change(self._placements.get(self._key)))


def _write(path: Path, data: bytes) -> None:
    """Writes in one go; what cannot be written is not remembered."""
    temporary = path.with_name(f"{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary.write_bytes(data)
        temporary.replace(path)
    except OSError:
        with suppress(OSError):
            temporary.unlink()
