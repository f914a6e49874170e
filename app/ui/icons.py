"""Our own SVG icons, tinted by the theme."""

from pathlib import Path
from typing import Final

from PySide6.QtCore import QByteArray, QRectF, QSize, Qt
from PySide6.QtGui import QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from app.domain.tools import Tool

TOOL_ICONS: Final = {
    Tool.SEARCH: "globe",
    Tool.CALCULATE: "calculator",
    Tool.SOLVE: "solver",
    Tool.TEXT_TO_IMAGE: "image",
}
"""The icon of each tool, on its switch and on its chips."""
_SIZES: Final = (16, 20, 24, 32, 48)


class Icons:
    """Draws icons in the colour of the moment.

    Args:
        folder: Where the `.svg` files are; strokes are `currentColor`.
        tint: The colour of ordinary icons, as `#rrggbb`.
    """

    def __init__(self, folder: Path, tint: str) -> None:
        self._folder = folder
        self._tint = tint
        self._cache: dict[tuple[str, str], QIcon] = {}

    def set_tint(self, tint: str) -> None:
        """Takes another theme's colour; icons must be asked for again."""
        self._tint = tint

    def get(self, name: str, tint: str | None = None) -> QIcon:
        """The icon `name`, in `tint` or the theme's colour."""
        key = (name, tint or self._tint)
        icon = self._cache.get(key)
        if icon is None:
            icon = self._cache[key] = self._draw(*key)
        return icon

    def _draw(self, name: str, tint: str) -> QIcon:
        source = (self._folder / f"{name}.svg").read_text("utf-8")
        data = QByteArray(source.replace("currentColor", tint).encode())
        renderer = QSvgRenderer(data)
        icon = QIcon()
        for size in _SIZES:
            pixmap = QPixmap(QSize(size, size))
            pixmap.fill(Qt.GlobalColor.transparent)
            painter = QPainter(pixmap)
            renderer.render(painter, QRectF(0, 0, size, size))
            painter.end()
            icon.addPixmap(pixmap)
        return icon
