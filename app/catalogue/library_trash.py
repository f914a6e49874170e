"""Models that were deleted, until the trash is emptied: a folder on the same disk.

Not the system's trash: Windows deletes for good what is too large for its bin, and
where the disk is another one files are copied, which takes minutes for a model. Here
putting in and taking out are renames, so that a kill leaves each file in one of two
places; what was broken off in between is put back by `settle`, never deleted.
"""

import json
import os
import shutil
import uuid
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

import msgspec

from app.catalogue.library_lock import locked
from app.domain.errors import ErrorCode, UserError

FOLDER: Final = ".trash"
"""Below each folder of models; hidden, and left out where models are looked for."""
_ITEM: Final = "item.json"
_LOCK: Final = "lock"
_GONE: Final = "gone-"
"""How folders begin that are being deleted for good."""


@dataclass(frozen=True, slots=True)
class _Item:
    """What is written down of a deleted model.

    Attributes:
        name: What it was called.
        files: Where its files were.
        deleted: When, as ISO 8601.
    """

    name: str
    files: tuple[str, ...]
    deleted: datetime


@dataclass(frozen=True, slots=True)
class Deleted:
    """A model in the trash.

    Attributes:
        folder: Its folder there.
        name: What it was called.
        files: Where its files were, the first being the one that is loaded.
        size: Bytes that emptying the trash gives back.
        deleted: When it was deleted.
    """

    folder: Path
    name: str
    files: tuple[Path, ...]
    size: int
    deleted: datetime


class Trash:
    """The trash of one folder of models.

    Args:
        root: The folder of models.
    """

    def __init__(self, root: Path) -> None:
        self._folder = root / FOLDER

    def put(self, name: str, files: Sequence[Path], now: datetime) -> Deleted:
        """Deletes a model; nothing is freed until the trash is emptied.

        Raises:
            UserError: `LIBRARY_BUSY` or `FILE_NOT_WRITTEN`; everything is as it was.
        """
        item = _Item(name, tuple(str(file.absolute()) for file in files), now)
        place = self._folder / uuid.uuid4().hex
        try:
            with locked(self._folder / _LOCK):
                place.mkdir()
                _write(place / _ITEM, item)
                try:
                    for file in files:
                        file.rename(place / file.name)
                except OSError:
                    _put_back(place, item)
                    raise
                return _deleted(place, item)
        except OSError as error:
            raise UserError(ErrorCode.FILE_NOT_WRITTEN, str(error)) from error

    def items(self) -> tuple[Deleted, ...]:
        """What is in the trash, the last deleted first."""
        found = [_deleted(place, item) for place, item in self._items()]
        return tuple(sorted(found, key=lambda each: each.deleted, reverse=True))

    def restore(self, deleted: Deleted) -> None:
        """Puts a model back where it was.

        Raises:
            UserError: `LIBRARY_TAKEN`: another file is there now; `LIBRARY_BUSY`,
                `MODEL_NOT_FOUND` or `FILE_NOT_WRITTEN`.
        """
        try:
            with locked(self._folder / _LOCK):
                item = _read(deleted.folder / _ITEM)
                if item is None:
                    raise UserError(ErrorCode.MODEL_NOT_FOUND, deleted.name)
                for file in deleted.files:
                    if os.path.lexists(file):
                        raise UserError(ErrorCode.LIBRARY_TAKEN, str(file))
                _put_back(deleted.folder, item)
        except OSError as error:
            raise UserError(ErrorCode.FILE_NOT_WRITTEN, str(error)) from error

    def empty(self) -> None:
        """Deletes everything in the trash for good.

        Raises:
            UserError: `LIBRARY_BUSY` or `FILE_NOT_WRITTEN`; some may be gone.
        """
        if not self._folder.is_dir():
            return
        try:
            with locked(self._folder / _LOCK):
                for place, _ in tuple(self._items()):
                    gone = place.with_name(_GONE + place.name)
                    shutil.rmtree(place.rename(gone))
        except OSError as error:
            raise UserError(ErrorCode.FILE_NOT_WRITTEN, str(error)) from error

    def settle(self) -> None:
        """Puts back what was broken off; nothing while somebody is at work here."""
        if not self._folder.is_dir():
            return
        # What cannot be put back now can be later.
        with suppress(UserError, OSError), locked(self._folder / _LOCK):
            for place in self._folder.glob(f"{_GONE}*"):
                shutil.rmtree(place)
            for place in _folders(self._folder):
                item = _read(place / _ITEM)
                if item is not None and len(_kept(place, item)) < len(item.files):
                    _put_back(place, item)
                elif item is None:
                    # Made for an item that was never written down.
                    with suppress(OSError):
                        place.rmdir()

    def _items(self) -> Iterator[tuple[Path, _Item]]:
        for place in _folders(self._folder):
            item = _read(place / _ITEM)
            if item is not None:
                yield place, item


def _folders(folder: Path) -> list[Path]:
    try:
        found = [path for path in folder.iterdir() if path.is_dir()]
    except OSError:
        return []
    return sorted(path for path in found if not path.name.startswith(_GONE))


def _kept(place: Path, item: _Item) -> list[Path]:
    """Files of a model that are in the trash, by where they were."""
    known = [Path(name) for name in item.files]
    return [file for file in known if os.path.lexists(place / file.name)]


def _put_back(place: Path, item: _Item) -> None:
    """Renames what is in the trash back; what has its name meanwhile stays.

    Raises:
        OSError: A file cannot be renamed; the rest can be tried again.
    """
    for file in _kept(place, item):
        if os.path.lexists(file):
            continue
        file.parent.mkdir(parents=True, exist_ok=True)
        (place / file.name).rename(file)
    if not _kept(place, item):
        (place / _ITEM).unlink()
        place.rmdir()


def _deleted(place: Path, item: _Item) -> Deleted:
    size = 0
    for file in _kept(place, item):
        with suppress(OSError):
            size += (place / file.name).stat().st_size
    files = tuple(Path(name) for name in item.files)
    return Deleted(place, item.name, files, size, item.deleted)


def _read(path: Path) -> _Item | None:
    try:
        return msgspec.convert(json.loads(path.read_bytes()), _Item)
    except (OSError, msgspec.MsgspecError, ValueError, RecursionError):
        return None


def _write(path: Path, item: _Item) -> None:
    # Python's own, which keeps names of files that are no Unicode.
    fields = {**asdict(item), "deleted": item.deleted.isoformat()}
    with path.open("wb") as file:
        file.write(json.dumps(fields).encode("ascii"))
        file.flush()
        os.fsync(file.fileno())
