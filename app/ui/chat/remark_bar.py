"""One line for why a reply is good or bad; nobody has to fill it in."""

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLineEdit, QPushButton, QWidget
from typing_extensions import override

from app.domain.feedback import Feedback, Rating
from app.ui.composition import CompositionGuard


class RemarkBar(QFrame):
    """Hidden until a thumb was given.

    Args:
        parent: Qt's parent.

    Signals:
        written: The remark; may be empty.
        closed: Nothing is to be remarked.
    """

    written = Signal(str)
    closed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("remark")
        self._rating: Rating | None = None
        self.field = QLineEdit()
        CompositionGuard(self.field)
        self.field.returnPressed.connect(self._save)
        self._button = QPushButton()
        self._button.setAutoDefault(True)
        self._button.clicked.connect(self._save)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 2, 0, 2)
        layout.addWidget(self.field, 1)
        layout.addWidget(self._button)
        self.setFocusProxy(self.field)
        self.hide()

    def begin(self, feedback: Feedback) -> None:
        """Asks why."""
        self._rating = feedback.rating
        self.field.setText(feedback.remark)
        self.retranslate()
        self.show()
        self.setFocus()

    def retranslate(self) -> None:
        """Says everything in the language of the moment."""
        good = self._rating is Rating.UP
        asked = self.tr("What is good?") if good else self.tr("What is wrong?")
        self.field.setPlaceholderText(self.tr("{0} (optional)").format(asked))
        self.field.setAccessibleName(self.field.placeholderText())
        self._button.setText(self.tr("Keep the remark"))

    @override
    def changeEvent(self, event: QEvent) -> None:
        if event.type() is QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.hide()
            self.closed.emit()
        else:
            super().keyPressEvent(event)

    def _save(self) -> None:
        self.hide()
        self.written.emit(self.field.text().strip())
