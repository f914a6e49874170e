"""A picture by itself, as large as its window."""

from typing import Final

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QGuiApplication, QImage, QPainter, QPaintEvent
from PySide6.QtWidgets import QDialog, QWidget
from typing_extensions import override

_SHARE: Final = 0.85
"""Of the screen, at most."""
_SMALLEST: Final = QSize(240, 240)


class PictureViewer(QDialog):
    """Shows a picture; Escape closes it.

    Args:
        image: The picture.
        description: What it shows.
        parent: The window.
    """

    def __init__(
        self, image: QImage, description: str, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._image = image
        self.setWindowTitle(description)
        self.setAccessibleName(description)
        self.setMinimumSize(_SMALLEST)
        room = QGuiApplication.primaryScreen().availableSize() * _SHARE
        size = image.size()
        if size.width() > room.width() or size.height() > room.height():
            size.scale(room, Qt.AspectRatioMode.KeepAspectRatio)
        self.resize(size.expandedTo(_SMALLEST))

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        size = self._image.size()
        size.scale(self.size(), Qt.AspectRatioMode.KeepAspectRatio)
        place = QRect(self.rect().topLeft(), size)
        place.moveCenter(self.rect().center())
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawImage(place, self._image)
        painter.end()
