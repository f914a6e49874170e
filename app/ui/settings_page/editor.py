"""What all editors have in common."""

from typing import Any

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget
from typing_extensions import override

from app.store.declaring import Declaration


class Editor(QWidget):
    """Shows a value.

    Attributes:
        declaration: The setting.

    Args:
        declaration: The setting.
        focus: What takes the keyboard.
        parent: Qt's parent.

    Signals:
        edited: Another value.
    """

    edited = Signal(object)

    def __init__(
        self, declaration: Declaration, focus: QWidget, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.declaration = declaration
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.addWidget(focus)
        self.setFocusProxy(focus)
        # The wheel scrolls the page; it changes only what was clicked on before.
        focus.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        focus.installEventFilter(self)

    def show_value(self, value: Any) -> None:  # noqa: ANN401 -- of the setting's type
        """Shows a value without emitting it."""
        raise NotImplementedError

    def retranslate(self) -> None:
        """Says everything in the language of the moment."""

    @override
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() is QEvent.Type.Wheel and isinstance(watched, QWidget):
            return not watched.hasFocus()
        return super().eventFilter(watched, event)
