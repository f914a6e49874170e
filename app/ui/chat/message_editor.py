"""Writes something else in the place of a message that was sent."""

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QKeyEvent, QTextCursor
from PySide6.QtWidgets import QFrame, QPushButton, QVBoxLayout, QWidget
from typing_extensions import override

from app.ui.chat.message_field import MessageField
from app.ui.widgets.flow_row import FlowRow


class MessageEditor(QFrame):
    """A field with two buttons; Enter sends, Escape gives up.

    Args:
        parent: Qt's parent.

    Signals:
        submitted: The text to send, which is not empty.
        cancelled: The message is to stay as it is.
    """

    submitted = Signal(str)
    cancelled = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("messageEditor")
        self.field = MessageField()
        self.field.submitted.connect(self._submit)
        self.field.textChanged.connect(self._update_button)
        self._send = QPushButton()
        self._send.clicked.connect(self._submit)
        self._cancel = QPushButton()
        self._cancel.clicked.connect(self.cancelled)
        row = FlowRow()
        row.add(self._send)
        row.add(self._cancel)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 6, 8, 8)
        layout.addWidget(self.field)
        layout.addWidget(row)
        self.setFocusProxy(self.field)
        self.hide()

    def begin(self, text: str) -> None:
        """Shows a text to be changed."""
        self.field.setPlainText(text)
        self.field.moveCursor(QTextCursor.MoveOperation.End)
        self.retranslate()
        self.show()
        self.setFocus()

    def retranslate(self) -> None:
        """Says everything in the language of the moment."""
        self._send.setText(self.tr("Send"))
        self._cancel.setText(self.tr("Cancel"))
        self.field.setAccessibleName(self.tr("Message to send in the old one's place"))

    @override
    def changeEvent(self, event: QEvent) -> None:
        if event.type() is QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.cancelled.emit()
        else:
            super().keyPressEvent(event)

    def _update_button(self) -> None:
        self._send.setEnabled(bool(self.field.toPlainText().strip()))

    def _submit(self) -> None:
        text = self.field.toPlainText().strip()
        if text:
            self.submitted.emit(text)
