"""Moves the files of a model into another folder, on whichever disk.

On the same disk they are renamed. On another they are copied under a temporary name,
read back and compared, and only when all have their names there the old ones are
deleted. A journal says what is being moved; a move that was broken off, by a kill or
with the computer, is brought to one end or the other by `settle`: all files are in the
new folder, or all are in the old one, and there is no moment without a whole one.
"""

import errno
import json
import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

import msgspec

from app.catalogue.library_hash import StoppedError, Work, copy, digest_of
from app.catalogue.library_lock import locked
from app.domain.errors import ErrorCode, UserError

FOLDER: Final = ".moving"
"""Below the folder of the program's models: the lock, and the journal."""
_LOCK: Final = "lock"
_JOURNAL: Final = "journal.json"
_SPARE: Final = 256 << 20
"""Bytes that are left on the other disk."""
_FULL: Final = {errno.ENOSPC, errno.EFBIG, getattr(errno, "EDQUOT", errno.ENOSPC)}


@dataclass(frozen=True, slots=True)
class Journal:
    """What is being moved: names of files before and after, in order."""

    sources: tuple[str, ...]
    targets: tuple[str, ...]

    def pairs(self) -> Iterator[tuple[Path, Path]]:
        """Each file's old and new path."""
        for source, target in zip(self.sources, self.targets, strict=True):
            yield Path(source), Path(target)


def move(
    files: Sequence[Path], folder: Path, *, home: Path, work: Work
) -> tuple[Path, ...]:
    """Moves the files of a model.

    Args:
        files: All its files.
        folder: Where they go; it is made where it is missing.
        home: The folder of the program's models, where the journal is kept.
        work: Hears of each byte that is copied, and of each that is read back.

    Returns:
        Their new paths.

    Raises:
        UserError: `LIBRARY_BUSY`, `LIBRARY_TAKEN`, `LIBRARY_DISK_FULL`,
            `LIBRARY_COPY_DIFFERS` or `FILE_NOT_WRITTEN`. Everything is as it was.
        StoppedError: The work was stopped; everything is as it was.
    """
    journal = Journal(
        tuple(str(file.absolute()) for file in files),
        tuple(str(folder.absolute() / file.name) for file in files),
    )
    place = home / FOLDER
    try:
        with locked(place / _LOCK):
            _settle(place / _JOURNAL)
            folder.mkdir(parents=True, exist_ok=True)
            _check(journal, folder)
            _move(journal, place / _JOURNAL, work)
    except OSError as error:
        full = error.errno in _FULL
        code = ErrorCode.LIBRARY_DISK_FULL if full else ErrorCode.FILE_NOT_WRITTEN
        raise UserError(code, str(error)) from error
    return tuple(target for _, target in journal.pairs())


def settle(home: Path) -> None:
    """Brings a move that was broken off to an end; nothing where one is under way.

    Args:
        home: The folder of the program's models.
    """
    place = home / FOLDER
    if place.is_dir():
        # What cannot be settled now can be later: the journal stays.
        with suppress(UserError, OSError), locked(place / _LOCK):
            _settle(place / _JOURNAL)


def _check(journal: Journal, folder: Path) -> None:
    for _, target in journal.pairs():
        if os.path.lexists(target):
            raise UserError(ErrorCode.LIBRARY_TAKEN, str(target))
    sources = [source for source, _ in journal.pairs()]
    size = sum(s.stat().st_size for s in sources if not _same_disk(s, folder))
    free = shutil.disk_usage(folder).free
    if size and size + _SPARE > free:
        raise UserError(ErrorCode.LIBRARY_DISK_FULL, f"{size} > {free}")


def _move(journal: Journal, file: Path, work: Work) -> None:
    _write(file, journal)
    try:
        for source, target in journal.pairs():
            if _same_disk(source, target.parent):
                source.rename(target)
            else:
                _copy(source, target, work)
    except (OSError, UserError, StoppedError):
        _settle(file)
        raise
    _settle(file)


def _copy(source: Path, target: Path, work: Work) -> None:
    """Puts a copy that is known to be right under the new name."""
    temporary = _temporary(target)
    digest = copy(source, temporary, work)
    if digest_of(temporary, work) != digest:
        raise UserError(ErrorCode.LIBRARY_COPY_DIFFERS, source.name)
    temporary.rename(target)
    _flush(target.parent)


def _settle(file: Path) -> None:
    """Ends what the journal speaks of, forward where everything has arrived.

    Raises:
        OSError: A file cannot be renamed or deleted; the journal stays.
    """
    _unfinished(file).unlink(missing_ok=True)
    journal = _read(file)
    if journal is None:
        return
    arrived = all(target.is_file() for _, target in journal.pairs())
    for source, target in journal.pairs():
        _temporary(target).unlink(missing_ok=True)
        if arrived:
            source.unlink(missing_ok=True)
        elif target.is_file() and not source.exists():
            target.rename(source)
        elif target.is_file() and _same_size(source, target):
            target.unlink()
    file.unlink()


def _same_disk(file: Path, folder: Path) -> bool:
    return file.stat().st_dev == folder.stat().st_dev


def _same_size(one: Path, other: Path) -> bool:
    return one.stat().st_size == other.stat().st_size


def _temporary(target: Path) -> Path:
    return target.with_name(f".{target.name}.moving")


def _unfinished(journal: Path) -> Path:
    return journal.with_suffix(".new")


def _read(file: Path) -> Journal | None:
    try:
        found = msgspec.convert(json.loads(file.read_bytes()), Journal)
    except FileNotFoundError:
        return None
    except (msgspec.MsgspecError, ValueError, RecursionError):
        # It was not whole when the computer stopped: then nothing had begun.
        file.unlink()
        return None
    return found if len(found.sources) == len(found.targets) else None


def _write(file: Path, journal: Journal) -> None:
    """Writes the journal before anything is done.

    Raises:
        OSError: It cannot be written.
    """
    new = _unfinished(file)
    with new.open("wb") as opened:
        # Python's own, which keeps names of files that are no Unicode.
        opened.write(json.dumps(asdict(journal)).encode("ascii"))
        opened.flush()
        os.fsync(opened.fileno())
    new.replace(file)
    _flush(file.parent)


def _flush(folder: Path) -> None:
    """Makes sure that the names in a folder are on the disk, where that is possible."""
    with suppress(OSError), _opened(folder) as handle:  # Windows opens no folders.
        os.fsync(handle)


@contextmanager
def _opened(folder: Path) -> Iterator[int]:
    handle = os.open(folder, os.O_RDONLY)
    try:
        yield handle
    finally:
        os.close(handle)
