"""The field in which chats are searched for."""

from typing import Final

from PySide6.QtCore import QEvent, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLineEdit, QWidget
from typing_extensions import override

from app.ui.composition import CompositionGuard

_PAUSE_MS: Final = 80
"""A query begins when no key was pressed for so long."""


class SearchField(QLineEdit):
    """Reports what is looked for once the user pauses, and the keys for the list.

    Args:
        parent: Qt's parent.

    Signals:
        asked: What is looked for; may be empty.
        entered: The first thing found is wanted.
        descended: The keyboard wants to go to the list.
        left: The search is over.
    """

    asked = Signal(str)
    entered = Signal()
    descended = Signal()
    left = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(_PAUSE_MS)
        self._pause.timeout.connect(self.flush)
        self.textChanged.connect(self._changed)
        CompositionGuard(self)

    def flush(self) -> None:
        """Reports at once what is looked for now."""
        self._pause.stop()
        self.asked.emit(self.text().strip())

    @override
    def event(self, event: QEvent) -> bool:
        # Escape is the window's for stopping an answer unless it is used here.
        if (
            event.type() is QEvent.Type.ShortcutOverride
            and isinstance(event, QKeyEvent)
            and event.key() == Qt.Key.Key_Escape
            and self.text()
        ):
            event.accept()
            return True
        return super().event(event)

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        match event.key():
            case Qt.Key.Key_Escape if self.text():
                self.left.emit()
            case Qt.Key.Key_Down:
                self._flush_pending()
                self.descended.emit()
            case Qt.Key.Key_Return | Qt.Key.Key_Enter:
                self._flush_pending()
                self.entered.emit()
            case _:
                super().keyPressEvent(event)

    def _changed(self, text: str) -> None:
        if text.strip():
            self._pause.start()
        else:
            self.flush()

    def _flush_pending(self) -> None:
        if self._pause.isActive():
            self.flush()
