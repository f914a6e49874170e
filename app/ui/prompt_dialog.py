"""The exact text behind a reply, with control tokens told apart from words."""

from collections.abc import Sequence
from typing import Final

from PySide6.QtGui import (
    QFont,
    QFontDatabase,
    QPalette,
    QTextCharFormat,
    QTextCursor,
)
from PySide6.QtWidgets import (
    QDialog,
    QLabel,
    QPlainTextEdit,
    QVBoxLayout,
    QWidget,
)

from app.domain.generation import Segment
from app.services.exact_prompt import labelled
from app.ui.widgets.copy_buttons import copy_buttons

_SIZE: Final = (720, 560)


class PromptDialog(QDialog):
    """Shows a prompt; it can be selected and copied.

    Args:
        prompt: The segments.
        parent: The window.
    """

    def __init__(
        self, prompt: Sequence[Segment], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("The exact prompt"))
        self.resize(*_SIZE)
        note = QLabel(
            self.tr("What the model is given and has written. Control tokens are bold.")
        )
        note.setObjectName("muted")
        note.setWordWrap(True)
        self.text = QPlainTextEdit()
        self.text.setReadOnly(True)
        self.text.setAccessibleName(self.windowTitle())
        fixed = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
        self.text.setFont(fixed)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(20, 18, 20, 16)
        layout.setSpacing(12)
        layout.addWidget(note)
        layout.addWidget(self.text, 1)
        layout.addWidget(copy_buttons(self, self.text.toPlainText))
        self._write(prompt)

    def _write(self, prompt: Sequence[Segment]) -> None:
        words = QTextCharFormat()
        token = QTextCharFormat()
        token.setFontWeight(QFont.Weight.Bold)
        token.setForeground(self.palette().color(QPalette.ColorRole.Link))
        cursor = QTextCursor(self.text.document())
        for segment in prompt:
            cursor.insertText(labelled(segment), token if segment.control else words)
        self.text.moveCursor(QTextCursor.MoveOperation.Start)
