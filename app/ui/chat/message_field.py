"""The field a message is typed into: it grows, sends, recalls, takes files."""

from typing import Final

from PySide6.QtCore import QEvent, QMimeData, Qt, Signal
from PySide6.QtGui import QInputMethodEvent, QKeyEvent, QTextCursor
from PySide6.QtWidgets import QFrame, QPlainTextEdit, QWidget
from typing_extensions import override

_MOST_LINES: Final = 10
_FEWER_LINES: Final = 5
_HIGH: Final = 640
"""Pixels of a window in which the field may show all of `_MOST_LINES`."""
_LONG_PASTE: Final = 1500
"""Characters from which what is pasted is more a document than a message."""


def local_files(data: QMimeData) -> list[str]:
    """The files that are pasted or dropped; none where it is something else."""
    urls = data.urls() if data.hasUrls() else []
    return [url.toLocalFile() for url in urls if url.isLocalFile()]


class MessageField(QPlainTextEdit):
    """Enter sends, Shift+Enter breaks, Enter while composing Chinese does neither.

    Args:
        parent: Qt's parent.

    Signals:
        submitted: The user wants to send.
        recalled: An earlier text is wanted (True), or the one after it (False). Only
            where the caret could not go there itself.
        files_offered: Paths of files that were pasted or dropped.
        picture_offered: A picture was pasted or dropped that is no file.
        pasted_long: A long text that was pasted; it is in the field.
    """

    submitted = Signal()
    recalled = Signal(bool)
    files_offered = Signal(list)
    picture_offered = Signal()
    pasted_long = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._composing = False
        self._takes_files = False
        self.setTabChangesFocus(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAsNeeded)
        self.document().setDocumentMargin(4)
        self.document().documentLayout().documentSizeChanged.connect(self._fit)
        self._fit()

    def take_files(self) -> None:
        """Offers files and pictures instead of inserting their names."""
        self._takes_files = True

    def replace_all(self, text: str) -> None:
        """Shows another text, the caret behind it; undo brings the old one back."""
        cursor = self.textCursor()
        cursor.select(QTextCursor.SelectionType.Document)
        cursor.insertText(text)
        self.setTextCursor(cursor)

    def take_out(self, text: str) -> bool:
        """Removes a text that was pasted; says whether it was still there."""
        start = self.toPlainText().rfind(text)
        if start < 0:
            return False
        cursor = self.textCursor()
        # Qt counts UTF-16 units.
        before = len(self.toPlainText()[:start].encode("utf-16-le")) // 2
        cursor.setPosition(before)
        length = len(text.encode("utf-16-le")) // 2
        cursor.setPosition(before + length, QTextCursor.MoveMode.KeepAnchor)
        cursor.removeSelectedText()
        self.setTextCursor(cursor)
        return True

    @override
    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() is QEvent.Type.FontChange:
            self._fit()

    @override
    def inputMethodEvent(self, event: QInputMethodEvent) -> None:
        self._composing = bool(event.preeditString())
        super().inputMethodEvent(event)

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        enter = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        shifted = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        if enter and self._composing:
            event.accept()
        elif enter and not shifted:
            self.submitted.emit()
        elif self._at_edge(event):
            self.recalled.emit(event.key() == Qt.Key.Key_Up)
        else:
            super().keyPressEvent(event)

    @override
    def canInsertFromMimeData(self, source: QMimeData) -> bool:
        offered = source.hasImage() or bool(local_files(source))
        return (self._takes_files and offered) or super().canInsertFromMimeData(source)

    @override
    def insertFromMimeData(self, source: QMimeData) -> None:
        files = local_files(source) if self._takes_files else []
        if files:
            self.files_offered.emit(files)
        elif self._takes_files and source.hasImage() and not source.hasText():
            self.picture_offered.emit()
        elif source.hasText():
            text = source.text().replace("\r\n", "\n").replace("\r", "\n")
            self.insertPlainText(text)
            self.ensureCursorVisible()
            if self._takes_files and len(text) >= _LONG_PASTE:
                self.pasted_long.emit(text)

    def _at_edge(self, event: QKeyEvent) -> bool:
        """Whether Up or Down was pressed where there is no line to go to."""
        keys = {
            Qt.Key.Key_Up: QTextCursor.MoveOperation.Up,
            Qt.Key.Key_Down: QTextCursor.MoveOperation.Down,
        }
        plain = event.modifiers() in (
            Qt.KeyboardModifier.NoModifier,
            Qt.KeyboardModifier.KeypadModifier,
        )
        move = keys.get(Qt.Key(event.key()))
        if move is None or not plain or self._composing:
            return False
        return not QTextCursor(self.textCursor()).movePosition(move)

    def _fit(self) -> None:
        line = self.fontMetrics().lineSpacing()
        # Counted in pixels: a line of Chinese is higher than one of English.
        block, height = self.document().begin(), 0.0
        lines = _MOST_LINES if self.window().height() >= _HIGH else _FEWER_LINES
        while block.isValid() and height < lines * line:
            height += self.blockBoundingRect(block).height()
            block = block.next()
        self.setFixedHeight(int(max(line, min(lines * line, height))) + 12)
