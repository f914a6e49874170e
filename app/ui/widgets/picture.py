"""A picture, as wide as there is room and as high as it then has to be."""

from typing import Final

from PySide6.QtCore import QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QFocusEvent,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPen,
    QResizeEvent,
)
from PySide6.QtWidgets import QSizePolicy, QWidget
from typing_extensions import override

_HIGHEST: Final = 520
"""Pixels; a picture that is higher is shown smaller."""
_CORNER: Final = 10.0
_FOCUS: Final = 2.0
_KEYS: Final = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space)


class Picture(QWidget):
    """Shows an image, never larger than it is; can be clicked.

    Args:
        image: What to show.
        parent: Qt's parent.

    Signals:
        clicked: By the mouse, Enter or Space.
    """

    clicked = Signal()

    def __init__(self, image: QImage, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._image = image
        self._scaled = QImage()
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    @override
    def sizeHint(self) -> QSize:
        return QSize(self._image.width(), self.height())

    @override
    def minimumSizeHint(self) -> QSize:
        return QSize(1, self.height())

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.setFixedHeight(self._shown().height())

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        size = self._shown()
        self._rescale(size)
        place = QRectF(QRect(self.rect().topLeft(), size))
        outline = QPainterPath()
        outline.addRoundedRect(place, _CORNER, _CORNER)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setClipPath(outline)
        painter.drawImage(place, self._scaled)
        if self.hasFocus():
            painter.setPen(QPen(self.palette().accent(), 2 * _FOCUS))
            painter.drawPath(outline)
        painter.end()

    @override
    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        place = QRect(self.rect().topLeft(), self._shown())
        left = event.button() == Qt.MouseButton.LeftButton
        if left and place.contains(event.position().toPoint()):
            self.clicked.emit()
        super().mouseReleaseEvent(event)

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in _KEYS:
            self.clicked.emit()
        else:
            super().keyPressEvent(event)

    @override
    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.update()

    @override
    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.update()

    def _shown(self) -> QSize:
        """The size it is shown in."""
        size = self._image.size()
        room = QSize(max(self.width(), 1), _HIGHEST)
        if size.width() > room.width() or size.height() > room.height():
            size.scale(room, Qt.AspectRatioMode.KeepAspectRatio)
        return size.expandedTo(QSize(1, 1))

    def _rescale(self, size: QSize) -> None:
        """Makes the image that is painted, in the screen's own pixels."""
        ratio = self.devicePixelRatioF()
        wanted = size * ratio
        if self._scaled.size() != wanted:
            self._scaled = self._image.scaled(
                wanted,
                Qt.AspectRatioMode.IgnoreAspectRatio,
                Qt.TransformationMode.SmoothTransformation,
            )
            self._scaled.setDevicePixelRatio(ratio)
