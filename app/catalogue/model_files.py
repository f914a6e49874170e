"""Which GGUF models lie in a folder: names and sizes, nothing is opened.

A model in several files (`-00001-of-00003.gguf`, as llama.cpp splits them) is one. What
goes by the same inode under several names, as in the cache of Hugging Face, is one too.
"""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

SUFFIX: Final = ".gguf"
_PART: Final = re.compile(
    r"(?P<stem>.+)-(?P<part>\d{5})-of-(?P<parts>\d{5})\.gguf", re.IGNORECASE
)
_DIGEST: Final = re.compile(r"[0-9a-f]{64}")
_DEEPEST: Final = 6
_MOST_ENTRIES: Final = 50_000
"""A folder with more of them is somebody's whole disk."""
_NO_MODEL: Final = re.compile(r"mmproj|(^|[-_.])(lora|imatrix)([-_.]|$)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class ModelFiles:
    """The files of one model.

    Attributes:
        files: All that are there, in order; the first is the one that is loaded.
        name: What the folder calls it.
        size: Bytes of all files.
        changed: When the newest was written, as `st_mtime_ns`.
        parts: How many files there have to be.
        digest: The SHA-256 that its name says it has; empty where it says none.
    """

    files: tuple[Path, ...]
    name: str
    size: int
    changed: int
    parts: int = 1
    digest: str = ""

    @property
    def path(self) -> Path:
        """The file that is loaded."""
        return self.files[0]

    @property
    def complete(self) -> bool:
        """Whether all parts are there."""
        return len(self.files) == self.parts


def in_folder(folder: Path) -> tuple[ModelFiles, ...]:
    """The models below a folder, by name; none where it cannot be read.

    Hidden folders are left out, and files whose names say that they are something
    else: projectors for pictures, adapters, importance matrices.
    """
    groups: dict[tuple[Path, str, int], dict[int, Path]] = {}
    for path in _gguf_files(folder):
        part = _PART.fullmatch(path.name)
        if part is None:
            groups[path.parent, path.name, 1] = {1: path}
        elif 0 < int(part["part"]) <= int(part["parts"]):
            key = (path.parent, part["stem"], int(part["parts"]))
            groups.setdefault(key, {})[int(part["part"])] = path
    found: list[ModelFiles] = []
    seen: set[tuple[int, int]] = set()
    for (_, _, parts), files in sorted(groups.items()):
        model = of_files(tuple(files[part] for part in sorted(files)), parts)
        if model is not None and _is_new(model, seen):
            found.append(model)
    return tuple(found)


def of_path(path: Path) -> ModelFiles | None:
    """The model whose first file this is, with its other parts; None if it is gone."""
    part = _PART.fullmatch(path.name)
    if part is None:
        return of_files((path,), 1)
    parts = int(part["parts"])
    names = (
        f"{part['stem']}-{number:05}-of-{parts:05}.gguf"
        for number in range(1, min(parts, _MOST_ENTRIES) + 1)
    )
    files = [file for name in names if (file := path.with_name(name)).is_file()]
    return of_files(tuple(files), parts) if files else None


def of_files(files: tuple[Path, ...], parts: int) -> ModelFiles | None:
    """A model made of these files; None when one of them is gone."""
    try:
        states = [file.stat() for file in files]
    except OSError:
        return None
    first = files[0]
    part = _PART.fullmatch(first.name)
    target = first.readlink().name if first.is_symlink() else ""
    return ModelFiles(
        files,
        part["stem"] if part else first.stem,
        sum(state.st_size for state in states),
        max(state.st_mtime_ns for state in states),
        parts,
        target if parts == 1 and _DIGEST.fullmatch(target) else "",
    )


def _gguf_files(folder: Path) -> Iterator[Path]:
    """GGUF files below a folder; links to folders are followed once."""
    left = _MOST_ENTRIES
    visited: set[str] = set()
    waiting = [(folder, 0)]
    while waiting and left > 0:
        place, depth = waiting.pop()
        real = os.path.realpath(place)
        if real in visited:
            continue
        visited.add(real)
        for entry in _entries(place):
            left -= 1
            if entry.name.startswith("."):
                continue
            if entry.name.lower().endswith(SUFFIX):
                if _is_file(entry) and not _NO_MODEL.search(entry.name):
                    yield Path(entry.path)
            elif depth < _DEEPEST and _is_folder(entry):
                waiting.append((Path(entry.path), depth + 1))


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as found:
            return sorted(found, key=lambda entry: entry.name)
    except OSError:
        return []


def _is_file(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_file()
    except OSError:
        return False


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:
        return False


def _is_new(model: ModelFiles, seen: set[tuple[int, int]]) -> bool:
    """Whether its first file has not been met under another name."""
    try:
        state = model.path.stat()
    except OSError:
        return False
    key = (state.st_dev, state.st_ino)
    if key in seen:
        return False
    seen.add(key)
    return True
