"""The folder of pictures that messages refer to.

A picture's file is named by the SHA-256 of what it holds; a message has the name. The
tool that made it wrote it, under another name until it was whole. A picture goes when
no message names it any more: with its chat, or because the program ended between the
file and the message.
"""

import logging
import re
import time
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Final

PICTURE_NAMES: Final = re.compile(r"\b[0-9a-f]{64}\.(?:png|jpg)\b")
"""What the names of pictures look like, in any text."""

_log = logging.getLogger(__name__)
_SPARED_SECONDS: Final = 3600.0
"""A file that is younger may be about to be named by another window's message."""


class PictureFolder:
    """The pictures of one archive.

    Args:
        folder: Where they are; may not be there.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def find(self, name: str) -> Path | None:
        """The file of a picture; None where it is not there, or not in this folder."""
        path = self._folder / name
        if PICTURE_NAMES.fullmatch(name) and path.is_file():
            return path
        return None

    def sweep(self, used: Collection[str], *, spared: float = _SPARED_SECONDS) -> int:
        """Removes what no message names, and what was never finished.

        Args:
            used: Names that messages have; all of them.
            spared: Files that are younger, in seconds, stay.

        Returns:
            How many files were removed.
        """
        removed = 0
        before = time.time() - spared
        for path in self._files():
            try:
                if path.name not in used and path.stat().st_mtime <= before:
                    path.unlink()
                    removed += 1
            except OSError as error:
                _log.warning("a picture stays: %s", error)
        return removed

    def _files(self) -> Iterator[Path]:
        """What this program put there; anything else is the user's."""
        try:
            files = tuple(self._folder.iterdir())
        except OSError:
            return
        for path in files:
            if PICTURE_NAMES.fullmatch(path.name) or path.suffix == ".part":
                yield path
