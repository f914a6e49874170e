"""A frame around a message that was jumped to, for a moment."""

from typing import Final

from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtWidgets import QFrame, QWidget
from typing_extensions import override

_SHOWN_MS: Final = 2000


class Spotlight(QFrame):
    """Lies over a widget, takes no clicks, and goes by itself; nothing moves.

    Args:
        widget: What it is around.
    """

    def __init__(self, widget: QWidget) -> None:
        super().__init__(widget)
        self.setObjectName("spotlight")
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._widget = widget
        widget.installEventFilter(self)
        QTimer.singleShot(_SHOWN_MS, self, self.deleteLater)
        self.setGeometry(widget.rect())
        self.show()

    @override
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() is QEvent.Type.Resize:
            self.setGeometry(self._widget.rect())
        return super().eventFilter(watched, event)
