"""A small button: something that runs and opens to its detail, or a switch."""

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QToolButton, QWidget
from typing_extensions import override


class Chip(QToolButton):
    """Icon and words; checked while its detail is shown, or what it stands for is on.

    Args:
        parent: Qt's parent.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("chip")
        self.setCheckable(True)
        self.setIconSize(QSize(15, 15))
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.setCursor(Qt.CursorShape.PointingHandCursor)

    @override
    def sizeHint(self) -> QSize:
        if self.toolButtonStyle() is Qt.ToolButtonStyle.ToolButtonIconOnly:
            return super().sizeHint()
        # Fusion adds room for a menu's arrow that is not there.
        words = self.fontMetrics().horizontalAdvance(self.text())
        return QSize(words + 40, super().sizeHint().height())
