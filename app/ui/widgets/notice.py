"""A line at the window's foot that says what happened and offers one button."""

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QWidget


class Notice(QFrame):
    """Hidden until there is something to say.

    Args:
        parent: Qt's parent.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("notice")
        self._text = QLabel()
        self._text.setWordWrap(True)
        self._text.setTextFormat(Qt.TextFormat.PlainText)
        self._action = QPushButton()
        self._close = QPushButton()
        self._run: Callable[[], None] | None = None
        layout = QHBoxLayout(self)
        layout.setContentsMargins(16, 8, 12, 8)
        layout.addWidget(self._text, 1)
        layout.addWidget(self._action)
        layout.addWidget(self._close)
        self._action.clicked.connect(self.run_action)
        self._close.clicked.connect(self.hide)
        self.hide()

    @property
    def text(self) -> str:
        """What it says; empty while hidden."""
        return self._text.text() if self.isVisible() else ""

    def say(
        self,
        text: str,
        *,
        action: str = "",
        run: Callable[[], None] | None = None,
    ) -> None:
        """Shows `text`, with a button `action` that hides it and calls `run`."""
        self._text.setText(text)
        self._run = run
        self._action.setText(action)
        self._action.setVisible(run is not None)
        self._close.setText(self.tr("Close"))
        self.show()

    def run_action(self) -> None:
        """Does what its button does."""
        self.hide()
        if self._run is not None:
            self._run()
