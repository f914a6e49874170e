"""A line beside a text while the keyboard is in it."""

from typing import Final

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtWidgets import QFrame, QWidget
from typing_extensions import override

_WIDTH: Final = 2
_AWAY: Final = 8
"""Pixels from the text."""
_CHANGES: Final = {
    QEvent.Type.FocusIn,
    QEvent.Type.FocusOut,
    QEvent.Type.Move,
    QEvent.Type.Resize,
    QEvent.Type.Show,
    QEvent.Type.Hide,
}


class FocusBar(QFrame):
    """Stands in its parent's margin, where a text's caret may be out of sight.

    Args:
        text: The text; a child of the same parent.
        parent: Qt's parent.
    """

    def __init__(self, text: QWidget, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("focusBar")
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._text = text
        text.installEventFilter(self)
        self.hide()

    @override
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in _CHANGES:
            text = self._text
            self.setGeometry(text.x() - _AWAY, text.y(), _WIDTH, text.height())
            self.setVisible(text.hasFocus() and not text.isHidden())
        return super().eventFilter(watched, event)
