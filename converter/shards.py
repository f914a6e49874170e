"""Where a checkpoint's weight files come from: a folder, or a download under way."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Protocol

from converter.checkpoint import read_index, weight_files
from converter.errors import CheckpointError


class Shards(Protocol):
    """The weight files of a checkpoint, in whatever order they come."""

    @property
    def index(self) -> Mapping[str, str] | None:
        """The file's name for each tensor, where that is known beforehand."""
        ...

    @property
    def are_kept(self) -> bool:
        """Whether all files are there and stay; else each may be gone once used."""
        ...

    def arrivals(self) -> Iterator[Path]:
        """Yields each file when it is whole; waits for it if need be."""
        ...

    def use_up(self, file: Path) -> None:
        """Is told that a file is not needed any more, even after a power cut."""
        ...


class LocalShards:
    """Files that lie in the checkpoint's folder."""

    def __init__(self, folder: Path) -> None:
        """Looks at nothing yet."""
        self._folder = folder

    @property
    def index(self) -> None:
        """Is not asked for: all files are there."""
        return

    @property
    def are_kept(self) -> bool:
        """Always."""
        return True

    def arrivals(self) -> Iterator[Path]:
        """Yields all files.

        Raises:
            CheckpointError: Some are missing.
        """
        yield from weight_files(self._folder)

    def use_up(self, file: Path) -> None:
        """Leaves the file alone."""


class ArrivingShards:
    """Files that somebody else is downloading into the checkpoint's folder.

    The index, where there is one, is there from the beginning. So what has to come is
    known, and that nothing is missing can be checked before the first gigabyte.
    """

    def __init__(
        self, folder: Path, names: Iterable[str], *, used: Callable[[Path], None]
    ) -> None:
        """Reads nothing yet.

        Args:
            folder: The checkpoint's folder.
            names: Yields each file's name when it is whole and has that name.
            used: Is called with each file that is not needed any more.
        """
        self._folder = folder
        self._names = names
        self._used = used
        self._index: Mapping[str, str] | None = None

    @property
    def index(self) -> Mapping[str, str] | None:
        """The file's name for each tensor, or None for a checkpoint of one file.

        Raises:
            CheckpointError: The index is damaged.
        """
        if self._index is None:
            self._index = read_index(self._folder)
        return self._index

    @property
    def are_kept(self) -> bool:
        """Never."""
        return False

    def arrivals(self) -> Iterator[Path]:
        """Yields each file that is announced, once.

        Raises:
            CheckpointError: A name is not in the index, or there is no such file.
        """
        known = set(self.index.values()) if self.index else None
        seen: set[str] = set()
        for line in self._names:
            name = line.rstrip("\r\n")
            if name in seen or not name:
                continue
            seen.add(name)
            file = self._folder / name
            if Path(name).name != name or (known is not None and name not in known):
                raise CheckpointError(
                    problem="it was announced but is not in the checkpoint's index",
                    file=file,
                )
            if not file.is_file():
                raise CheckpointError(
                    problem="it was announced but is not there", file=file
                )
            yield file

    def use_up(self, file: Path) -> None:
        """Passes it on."""
        self._used(file)
