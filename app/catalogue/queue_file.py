"""Which downloads the user wants, from one start of the program to the next."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import msgspec

from app.catalogue.downloads import manifest
from app.catalogue.downloads.journal import replace_file
from app.catalogue.downloads.values import is_safe
from app.catalogue.requests import Conversion, Request

NAME: Final = "downloads.json"


class Wish(msgspec.Struct, frozen=True):
    """A download that was asked for.

    Attributes:
        request: What.
        paused: Whether the user has stopped it.
        conversion: What it becomes; None for nothing.
    """

    request: Request
    paused: bool = False
    conversion: Conversion | None = None


class QueueFile:
    """The list of wishes, in the folder of all downloads.

    Args:
        root: That folder; it need not be there.
    """

    def __init__(self, root: Path) -> None:
        self._root = root

    def load(self) -> list[Wish]:
        """The wishes in their order, and what else lies in the folder, as paused."""
        wishes = self._noted()
        folders = {wish.request.folder for wish in wishes}
        try:
            found = sorted(path for path in self._root.iterdir() if path.is_dir())
        except OSError:
            return wishes
        for folder in found:
            known = manifest.load(folder)
            if known is None or folder.name in folders:
                continue
            request = Request(
                known.site,
                known.endpoint,
                known.repository,
                revision=known.wanted_revision,
                file=known.wanted_file,
                title=known.repository,
            )
            if request.folder == folder.name:
                wishes.append(Wish(request, paused=True))
        return wishes

    def save(self, wishes: Sequence[Wish]) -> None:
        """Writes the wishes.

        Raises:
            OSError: They cannot be written; the old ones stand.
        """
        self._root.mkdir(parents=True, exist_ok=True)
        replace_file(self._root / NAME, msgspec.json.encode(wishes))

    def _noted(self) -> list[Wish]:
        try:
            data = (self._root / NAME).read_bytes()
            found = msgspec.json.decode(data, type=list[Wish])
        except (OSError, msgspec.MsgspecError, UnicodeDecodeError):
            return []
        return [wish for wish in found if is_safe(wish.request.folder)]
