"""Two versions of a reply side by side, to choose the better."""

from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from app.domain.conversation import Message
from app.ui.chat.message_text import MessageText
from app.ui.rich_text.formulas import Formulas

_SIZE: Final = (860, 520)


class CompareDialog(QDialog):
    """Shows both and reports the choice; not choosing is a choice too.

    Args:
        left: The version that was there first.
        right: The other one.
        formulas: Typesets formulas; None shows them as they were written.
        parent: The window.

    Signals:
        preferred: The ids of the better one and of the other.
    """

    preferred = Signal(str, str)

    def __init__(
        self,
        left: Message,
        right: Message,
        *,
        formulas: Formulas | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._formulas = formulas
        self.setWindowTitle(self.tr("Which reply is better?"))
        columns = QHBoxLayout()
        columns.setSpacing(14)
        self.buttons: list[QPushButton] = []
        for title, message, other in (
            (self.tr("The first one"), left, right),
            (self.tr("The second one"), right, left),
        ):
            columns.addWidget(self._column(title, message, other), 1)
        neither = QDialogButtonBox()
        close = neither.addButton(
            self.tr("Do not choose"), QDialogButtonBox.ButtonRole.RejectRole
        )
        close.setAutoDefault(False)
        neither.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(18, 16, 18, 14)
        layout.setSpacing(14)
        layout.addLayout(columns, 1)
        layout.addWidget(neither)
        self.resize(*_SIZE)

    def _column(self, title: str, message: Message, other: Message) -> QWidget:
        heading = QLabel(title)
        heading.setObjectName("author")
        text = MessageText(self._formulas)
        text.set_markdown(message.text)
        text.setAccessibleName(title)
        inner = QWidget()
        room = QVBoxLayout(inner)
        room.setContentsMargins(14, 12, 14, 12)
        room.addWidget(text)
        room.addStretch(1)
        area = QScrollArea()
        area.setObjectName("compared")
        area.setAccessibleName(title)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setWidgetResizable(True)
        area.setWidget(inner)
        button = QPushButton(self.tr("This one is better"))
        button.setAccessibleName(f"{title}: {button.text()}")
        button.setAutoDefault(False)
        button.clicked.connect(lambda: self._choose(message, other))
        self.buttons.append(button)
        whole = QWidget()
        whole.setAccessibleName(title)
        column = QVBoxLayout(whole)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(heading)
        column.addWidget(area, 1)
        column.addWidget(button)
        return whole

    def _choose(self, better: Message, worse: Message) -> None:
        self.preferred.emit(better.id, worse.id)
        self.accept()
