"""Disks that are full when a test wants it."""

import contextlib
import resource
import subprocess
from collections.abc import Iterator
from pathlib import Path

SIZE = 8 << 20
_PIECE = 4096


class SmallDisk:
    """A file system of its own in memory; only root may mount one.

    Attributes:
        folder: What is on it.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @contextlib.contextmanager
    def mounted(self) -> Iterator[bool]:
        """A block in which it is there; says whether it could be mounted."""
        self.folder.mkdir()
        mount = ["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "none", self.folder]
        try:
            done = subprocess.run(mount, capture_output=True, check=False)
        except FileNotFoundError:
            yield False
            return
        yield not done.returncode
        if not done.returncode:
            subprocess.run(["umount", "--lazy", self.folder], check=True)

    def fill(self) -> None:
        """Leaves no room at all."""
        with (
            contextlib.suppress(OSError),
            (self.folder / "other").open("wb", buffering=0) as file,
        ):
            while True:
                file.write(bytes(_PIECE))

    def free(self) -> None:
        """Makes room again."""
        (self.folder / "other").unlink()


class Limit:
    """A limit on what this process may write into files: at first none, then nothing.

    The system answers as for an exhausted quota. Whoever inherits it is limited too.

    Attributes:
        folder: Where anything lies.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._before = resource.getrlimit(resource.RLIMIT_FSIZE)

    def fill(self) -> None:
        """From now on nothing can be written."""
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, self._before[1]))

    def free(self) -> None:
        """Everything can be written again."""
        resource.setrlimit(resource.RLIMIT_FSIZE, self._before)
