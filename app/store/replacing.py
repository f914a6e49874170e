"""Another file in an archive's place, and the archive under another name.

An archive is up to three files: SQLite may have two beside it.
"""

import shutil
from datetime import datetime
from pathlib import Path
from typing import Final

from app.store.writing import flush, flush_folder

_BESIDE: Final = ("", "-wal", "-shm")


def put_aside(archive: Path, aside: Path) -> None:
    """Moves an archive and the files that belong to it to another name."""
    for path, other in reversed(_pairs(archive, aside)):
        if path.exists():
            path.replace(other)


def swap(archive: Path, other: Path, aside: Path) -> None:
    """Puts another file in an archive's place; the archive is kept under a new name.

    Whenever the program dies, there is an archive in its place, and the old one is
    whole under one name or the other.

    Args:
        archive: The archive; nobody may have it open.
        other: What takes its place; a single file.
        aside: The archive's new name, which nothing has.

    Raises:
        OSError: The archive is as it was.
    """
    for path, kept in _pairs(archive, aside):
        if path.exists():
            _double(path, kept)
    flush_folder(archive.parent)
    # Changes that belong to the old file must not be taken for the other one's.
    beside = [path for path in files_of(archive)[1:] if path.exists()]
    for path in beside:
        path.unlink()
    try:
        other.replace(archive)
    except OSError:
        for path, kept in _pairs(archive, aside):
            if path in beside:
                _double(kept, path)
        raise
    flush_folder(archive.parent)


def name_aside(archive: Path, why: str, now: datetime) -> Path:
    """A name beside the archive that is not taken."""
    name = f"{archive.stem}-{why}-{now:%Y%m%d-%H%M%S}"
    path = archive.with_name(f"{name}{archive.suffix}")
    number = 1
    while path.exists():
        number += 1
        path = archive.with_name(f"{name}-{number}{archive.suffix}")
    return path


def files_of(archive: Path) -> tuple[Path, ...]:
    """An archive, and the files that SQLite may have beside it."""
    return tuple(archive.with_name(archive.name + beside) for beside in _BESIDE)


def _pairs(archive: Path, other: Path) -> tuple[tuple[Path, Path], ...]:
    return tuple(zip(files_of(archive), files_of(other), strict=True))


def _double(path: Path, other: Path) -> None:
    """Gives a file a second name, or where that is not possible, copies it."""
    try:
        other.hardlink_to(path)
    except OSError:
        shutil.copyfile(path, other)
        flush(other)
