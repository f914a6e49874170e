"""A small button of a message that is there all the time and seen when it is wanted."""

from typing import Final

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QFocusEvent, QPaintEvent
from PySide6.QtWidgets import QToolButton, QWidget
from typing_extensions import override

SIDE: Final = 26
"""Pixels."""
_AROUND_WORDS: Final = 40


class ActionButton(QToolButton):
    """Can be reached by Tab and read aloud whether it is painted or not.

    Args:
        parent: Qt's parent.

    Signals:
        focus_changed: The keyboard came here or went.
    """

    focus_changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._painted = False
        self.setObjectName("messageAction")
        self.setIconSize(QSize(16, 16))
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setFixedSize(SIDE, SIDE)

    @property
    def painted(self) -> bool:
        """Whether it is seen."""
        return self._painted

    def set_painted(self, *, painted: bool) -> None:
        """Says whether it is seen."""
        if painted is not self._painted:
            self._painted = painted
            self.update()

    @override
    def sizeHint(self) -> QSize:
        # Fusion adds room for a menu's arrow that is not there.
        words = self.fontMetrics().horizontalAdvance(self.text())
        return QSize(words + _AROUND_WORDS, SIDE)

    @override
    def paintEvent(self, arg__1: QPaintEvent) -> None:
        if self._painted:
            super().paintEvent(arg__1)

    @override
    def focusInEvent(self, arg__1: QFocusEvent) -> None:
        super().focusInEvent(arg__1)
        self.focus_changed.emit()

    @override
    def focusOutEvent(self, arg__1: QFocusEvent) -> None:
        super().focusOutEvent(arg__1)
        self.focus_changed.emit()
