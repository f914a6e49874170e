"""A label that wraps and is exactly as high as its lines."""

from typing import Final

from PySide6.QtCore import QEvent, QRect, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QLabel, QWidget
from typing_extensions import override

_HIGHEST: Final = 10_000
_WRAPPED: Final = int(Qt.TextFlag.TextWordWrap)


class WrappedLabel(QLabel):
    """Plain text; see `FlowRow` on why it does not leave its height to a layout.

    Args:
        parent: Qt's parent.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWordWrap(True)
        self.setTextFormat(Qt.TextFormat.PlainText)

    @override
    def setText(self, text: str) -> None:
        super().setText(text)
        self._fit()

    @override
    def hasHeightForWidth(self) -> bool:
        return False

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    @override
    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() is QEvent.Type.FontChange:
            self._fit()

    def _fit(self) -> None:
        box = QRect(0, 0, max(self.width(), 1), _HIGHEST)
        lines = self.fontMetrics().boundingRect(box, _WRAPPED, self.text())
        self.setFixedHeight(lines.height() + 2)
