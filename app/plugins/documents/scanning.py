"""Which documents lie in the user's folders: names, sizes and times, no content."""

import os
import stat
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePath

from app.plugins.documents.suffixes import SKIPPED_FOLDERS, kind_of


@dataclass(frozen=True, slots=True)
class Listed:
    """A file as the system lists it.

    Attributes:
        path: Absolute; what is not UTF-8 in it is replaced.
        size: Bytes.
        modified: Nanoseconds.
        readable: Whether its name can be written down, and so be opened again.
    """

    path: str
    size: int
    modified: int
    readable: bool = True


def scan(
    folders: Iterable[str], goes_on: Callable[[], bool] = lambda: True
) -> Iterator[Listed]:
    """Every document in the folders and below, each once.

    Hidden files and folders are left out, and links to folders, which may run in
    circles.

    Args:
        folders: Absolute.
        goes_on: Asked at each folder; the scan ends when it says no.
    """
    seen: set[str] = set()
    for top in outermost(folders):
        for folder, below, names in os.walk(top):
            if not goes_on():
                return
            below[:] = sorted(
                name
                for name in below
                if not name.startswith(".") and name not in SKIPPED_FOLDERS
            )
            for name in sorted(names):
                listed = _listed(os.path.join(folder, name))  # noqa: PTH118 -- fast
                if listed is not None and listed.path not in seen:
                    seen.add(listed.path)
                    yield listed


def outermost(folders: Iterable[str]) -> list[str]:
    """The folders less those that lie in others of them."""
    kept: list[PurePath] = []
    for path in sorted({PurePath(folder) for folder in folders}):
        if not any(path.is_relative_to(above) for above in kept):
            kept.append(path)
    return [str(path) for path in kept]


def is_within(path: str, folders: Iterable[str]) -> bool:
    """Whether a file lies in one of the folders or below."""
    return any(PurePath(path).is_relative_to(folder) for folder in folders)


def _listed(name: str) -> Listed | None:
    """A file; None for what is no document, or gone already."""
    path = Path(name)
    if path.name.startswith(".") or kind_of(path) is None:
        return None
    try:
        status = path.stat()
    except OSError:
        return None
    if not stat.S_ISREG(status.st_mode):
        return None
    shown = name.encode("utf-8", "replace").decode()
    return Listed(shown, status.st_size, status.st_mtime_ns, readable=shown == name)
