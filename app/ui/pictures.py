"""The pictures that tools made for chats."""

from pathlib import Path

from PySide6.QtGui import QPixmap


class Pictures:
    """Reads pictures.

    Args:
        folder: Where they are.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def path(self, name: str) -> Path:
        """The file of a picture; a name never leads out of the folder."""
        return self._folder / Path(name).name

    def get(self, name: str) -> QPixmap:
        """A picture; a null pixmap where there is none."""
        return QPixmap(str(self.path(name)))
