"""Says above the composer that a question waits; it can be taken back there."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QPushButton, QVBoxLayout, QWidget

from app.ui.widgets.flow_row import FlowRow
from app.ui.widgets.wrapped_label import WrappedLabel


class WaitingBar(QFrame):
    """One sentence and two buttons; hidden while nothing waits in the chat.

    Args:
        parent: Qt's parent.

    Signals:
        visited: The chat that is waited for is to be shown.
        taken_back: The question is not to be answered.
    """

    visited = Signal()
    taken_back = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("waiting")
        self._text = WrappedLabel()
        self._visit = QPushButton()
        self._visit.clicked.connect(self.visited)
        self._back = QPushButton()
        self._back.clicked.connect(self.taken_back)
        row = FlowRow()
        row.add(self._visit)
        row.add(self._back)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(14, 8, 14, 10)
        layout.addWidget(self._text)
        layout.addWidget(row)
        self.hide()

    @property
    def text(self) -> str:
        """What it says; empty while hidden."""
        return "" if self.isHidden() else self._text.text()

    def say(self, text: str, *, elsewhere: bool) -> None:
        """Says what is waited for.

        Args:
            text: In the language of the moment; empty hides it all.
            elsewhere: Whether there is another chat to look at meanwhile.
        """
        self._text.setText(text)
        self._visit.setText(self.tr("Show that chat"))
        self._visit.setVisible(elsewhere)
        self._back.setText(self.tr("Take back"))
        self._back.setToolTip(self.tr("The message goes back into the field below"))
        for button in (self._visit, self._back):
            button.setAccessibleName(f"{button.text()}: {text}")
        self.setVisible(bool(text))
