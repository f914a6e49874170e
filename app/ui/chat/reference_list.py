"""What an answer refers to, by number: each opens with a click."""

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QPushButton, QSizePolicy, QVBoxLayout, QWidget
from typing_extensions import override

from app.domain.tools import Reference
from app.ui import words

_FRAME: Final = 4
"""Pixels: a line's borders, and one more on each side."""


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
        self._lines: list[_Line] = []
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
            line.show_text(text)
            line.setAccessibleName(self.tr("Reference {0}").format(text))
            line.setToolTip(source.location)

    @override
    def changeEvent(self, event: QEvent) -> None:
        if event.type() is QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)

    def _line(self, reference: Reference) -> "_Line":
        line = _Line()
        line.setObjectName("reference")
        line.setCursor(Qt.CursorShape.PointingHandCursor)
        line.clicked.connect(lambda: self.opened.emit(reference.source))
        self._layout.addWidget(line)
        return line


class _Line(QPushButton):
    """Words that are cut where there is no room for them."""

    def __init__(self) -> None:
        super().__init__()
        self._text = ""
        self._room: int | None = None
        policy = QSizePolicy.Policy
        self.setSizePolicy(policy.Maximum, policy.Fixed)

    def show_text(self, text: str) -> None:
        """Shows other words."""
        self._text = text
        self._fit()
        self.updateGeometry()

    @override
    def sizeHint(self) -> QSize:
        words = self.fontMetrics().horizontalAdvance(self._text)
        return QSize(words + _FRAME, super().sizeHint().height())

    @override
    def minimumSizeHint(self) -> QSize:
        return QSize(0, super().sizeHint().height())

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        self._room = event.size().width() - _FRAME
        self._fit()
        super().resizeEvent(event)

    def _fit(self) -> None:
        metrics, room, shown = self.fontMetrics(), self._room, self._text
        # By itself, elidedText cuts words that have exactly the room they need.
        if room is not None and metrics.horizontalAdvance(shown) > room:
            shown = metrics.elidedText(shown, Qt.TextElideMode.ElideRight, room)
        # Qt takes a single & for the mark of a shortcut.
        self.setText(shown.replace("&", "&&"))
