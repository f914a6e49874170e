"""What an answer refers to, by number: each opens with a click."""

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtWidgets import QFrame, QToolButton, QVBoxLayout, QWidget
from typing_extensions import override

from app.domain.tools import Reference
from app.ui import words


class ReferenceList(QFrame):
    """One line for each reference; hidden while there is none.

    Args:
        parent: Qt's parent.

    Signals:
        opened: The `Source` that the user wants to see.
    """

    opened = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("references")
        self._references: tuple[Reference, ...] = ()
        self._lines: list[QToolButton] = []
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(0)
        self.hide()

    def show_references(self, references: Sequence[Reference]) -> None:
        """Shows others in place of those that are there."""
        if self._references == tuple(references):
            return
        self._references = tuple(references)
        for line in self._lines:
            self._layout.removeWidget(line)
            line.hide()
            line.deleteLater()
        self._lines = [self._line(each) for each in self._references]
        self.setVisible(bool(self._references))
        self.retranslate()

    def open(self, number: int) -> None:
        """Does what a click on the reference of this number does."""
        for reference in self._references:
            if reference.number == number:
                self.opened.emit(reference.source)

    def retranslate(self) -> None:
        """Says everything in the language of the moment."""
        self.setAccessibleName(self.tr("References"))
        for line, reference in zip(self._lines, self._references, strict=True):
            source = reference.source
            parts = (source.title or source.location, words.place_in(source))
            text = f"{reference.number}  " + " · ".join(filter(None, parts))
            shown = self.fontMetrics().elidedText(
                text, Qt.TextElideMode.ElideRight, max(self.width(), _NARROW) - _MARGIN
            )
            line.setText(shown.replace("&", "&&"))
            line.setAccessibleName(self.tr("Reference {0}").format(text))
            line.setToolTip(source.location)

    @override
    def changeEvent(self, event: QEvent) -> None:
        if event.type() is QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)

    @override
    def minimumSizeHint(self) -> QSize:
        return QSize(0, super().minimumSizeHint().height())

    def _line(self, reference: Reference) -> QToolButton:
        line = QToolButton()
        line.setObjectName("reference")
        line.setCursor(Qt.CursorShape.PointingHandCursor)
        line.clicked.connect(lambda: self.opened.emit(reference.source))
        self._layout.addWidget(line)
        return line


_NARROW = 320
_MARGIN = 24
"""Pixels: the least width, and what a line's own frame takes."""
