"""What an empty chat shows: a greeting and things to try."""

from typing import Final

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QGridLayout, QPushButton, QVBoxLayout, QWidget
from typing_extensions import override

from app.ui.widgets.wrapped_label import WrappedLabel
from app.ui.words import short_place

_WIDTH: Final = 40
_TWO_COLUMNS: Final = 31
"""Lines of text that the column is wide, and from which two buttons fit in."""
_MARGIN: Final = 8
_HIGHER: Final = 24
"""Pixels that a button is higher than its text."""


class Welcome(QWidget):
    """Offers questions that the demo model answers well.

    Args:
        parent: Qt's parent.

    Signals:
        suggested: A question the user chose.
    """

    suggested = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._demo = False
        self._server = ""
        self._is_moss = True
        self._title = WrappedLabel()
        self._title.setObjectName("hero")
        self._title.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self._title.setWordWrap(True)
        self._text = WrappedLabel()
        self._text.setObjectName("muted")
        self._text.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self._buttons = [QPushButton() for _ in range(4)]
        self._grid = QGridLayout()
        self._grid.setSpacing(10)
        for button in self._buttons:
            button.setObjectName("suggestion")
            button.setCursor(Qt.CursorShape.PointingHandCursor)
            button.clicked.connect(
                lambda _=False, button=button: self.suggested.emit(button.text())
            )
        self._column = QWidget()
        inner = QVBoxLayout(self._column)
        inner.setSpacing(14)
        inner.addWidget(self._title)
        inner.addWidget(self._text)
        inner.addSpacing(10)
        inner.addLayout(self._grid)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addStretch(2)
        layout.addWidget(self._column, 0, Qt.AlignmentFlag.AlignHCenter)
        layout.addStretch(3)
        self.retranslate()

    def set_model(self, *, is_moss: bool, demo: bool, server: str) -> None:
        """Says what will answer, MOSS, the demo model or another one, and where."""
        self._is_moss, self._demo, self._server = is_moss, demo, server
        self.retranslate()

    def retranslate(self) -> None:
        """Says everything in the language of the moment."""
        self._title.setText(self.tr("What shall we talk about?"))
        self._text.setText(self._description())
        questions = (
            self.tr("What can you do?"),
            self.tr("What is 37*48?"),
            self.tr("Solve 2x + 3 = 11"),
            self.tr("How do I get the full MOSS?")
            if self._is_moss
            else self.tr("Explain how rain forms"),
        )
        for button, question in zip(self._buttons, questions, strict=True):
            button.setText(question)
        self._fit()

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        self._fit()
        super().resizeEvent(event)

    @override
    def changeEvent(self, event: QEvent) -> None:
        if event.type() is QEvent.Type.LanguageChange:
            self.retranslate()
        elif event.type() is QEvent.Type.FontChange:
            self._fit()
        super().changeEvent(event)

    def _description(self) -> str:
        if self._demo:
            return self.tr(
                "This is the demo model: tiny, made to show how the program works. "
                "It calculates, solves equations and explains how to get the full MOSS."
            )
        if self._server:
            return self._description_of_server().format(short_place(self._server))
        if self._is_moss:
            return self.tr("MOSS runs on this computer. Nothing you write leaves it.")
        return self.tr("This model runs on this computer. Nothing you write leaves it.")

    def _description_of_server(self) -> str:
        if self._is_moss:
            return self.tr(
                "The model runs on {0}. What you write is sent there; "
                "tools run on this computer."
            )
        return self.tr("The model runs on {0}. What you write is sent there.")

    def _fit(self) -> None:
        """Gives the column its width, and its parts the shape that they take there."""
        line = self.fontMetrics().height()
        width = max(0, min(_WIDTH * line, self.width() - 2 * _MARGIN))
        self._column.setFixedWidth(width)
        columns = 2 if width > _TWO_COLUMNS * line else 1
        for place, button in enumerate(self._buttons):
            button.setFixedHeight(line + _HIGHER)
            self._grid.addWidget(button, place // columns, place % columns)
