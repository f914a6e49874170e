"""Writes something else in the place of a message that was sent."""

from itertools import count

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QKeyEvent, QTextCursor
from PySide6.QtWidgets import QFrame, QPushButton, QVBoxLayout, QWidget
from typing_extensions import override

from app.domain.attachments import Attachment, written
from app.domain.ledger import Ledger
from app.domain.token_estimate import estimated_tokens
from app.services.attachments import Enclosure
from app.ui.chat.attachment_bar import AttachmentBar
from app.ui.chat.message_field import MessageField
from app.ui.icons import Icons
from app.ui.widgets.flow_row import FlowRow


class MessageEditor(QFrame):
    """A field, the message's files and two buttons; Enter sends, Escape gives up.

    Args:
        icons: Where icons come from.
        parent: Qt's parent.

    Signals:
        submitted: The text to send, and the files that go along again; one of them is
            not empty.
        cancelled: The message is to stay as it is.
    """

    submitted = Signal(str, object)
    cancelled = Signal()

    def __init__(self, icons: Icons, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("messageEditor")
        self.field = MessageField()
        self.field.submitted.connect(self._submit)
        self.field.textChanged.connect(self._update_button)
        self.files = AttachmentBar(icons)
        self.files.removed.connect(self._remove)
        self._enclosures: tuple[Enclosure, ...] = ()
        self._send = QPushButton()
        self._send.clicked.connect(self._submit)
        self._cancel = QPushButton()
        self._cancel.clicked.connect(self.cancelled)
        row = FlowRow()
        row.add(self._send)
        row.add(self._cancel)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 6, 8, 8)
        layout.addWidget(self.files)
        layout.addWidget(self.field)
        layout.addWidget(row)
        self.setFocusProxy(self.field)
        self.hide()

    def begin(self, text: str, attachments: tuple[Attachment, ...] = ()) -> None:
        """Shows a text to be changed, and the files that went along with it."""
        keys = count(1)
        self._show(tuple(Enclosure(next(keys), a.name, a) for a in attachments))
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

    def _show(self, enclosures: tuple[Enclosure, ...]) -> None:
        self._enclosures = enclosures
        self.files.show_enclosures(enclosures)
        blocks = [written("", (each,)) for each in self._attachments]
        self.files.show_ledger(Ledger(files=tuple(map(estimated_tokens, blocks))))
        self._update_button()

    def _remove(self, key: int) -> None:
        self._show(tuple(each for each in self._enclosures if each.key != key))

    @property
    def _attachments(self) -> tuple[Attachment, ...]:
        return tuple(e.attachment for e in self._enclosures if e.attachment is not None)

    def _update_button(self) -> None:
        text = self.field.toPlainText().strip()
        self._send.setEnabled(bool(text or self._enclosures))

    def _submit(self) -> None:
        text = self.field.toPlainText().strip()
        if text or self._enclosures:
            self.submitted.emit(text, self._attachments)
