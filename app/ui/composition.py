"""Enter while Chinese is being composed is for the composition, and nothing else."""

from typing import Final

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QInputMethodEvent, QKeyEvent
from PySide6.QtWidgets import QWidget
from typing_extensions import override

_ENTER: Final = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


class CompositionGuard(QObject):
    """Keeps Enter from a field, and from its dialog, until the text is whole.

    Most input methods keep that key to themselves; some hand it on.

    Args:
        field: Where text is written.
    """

    def __init__(self, field: QWidget) -> None:
        super().__init__(field)
        self._composing = False
        field.installEventFilter(self)

    @override
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QInputMethodEvent):
            self._composing = bool(event.preeditString())
        elif self._composing and isinstance(event, QKeyEvent):
            pressed = event.type() is QEvent.Type.KeyPress
            if pressed and event.key() in _ENTER:
                return True
        return super().eventFilter(watched, event)
