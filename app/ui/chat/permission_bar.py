"""Asks, below the chip of a command, whether a tool may run it."""

from functools import partial
from typing import Final

from PySide6.QtCore import QEvent, Signal
from PySide6.QtWidgets import QFrame, QPushButton, QVBoxLayout, QWidget
from typing_extensions import override

from app.domain.permissions import Consent
from app.domain.tools import ToolCall
from app.ui import words
from app.ui.widgets.flow_row import FlowRow
from app.ui.widgets.wrapped_label import WrappedLabel

_LONGEST: Final = 200


class PermissionBar(QFrame):
    """One question with three answers; hidden while there is none.

    Args:
        parent: Qt's parent.

    Signals:
        answered: A `Consent`.
    """

    answered = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("permission")
        self._call: ToolCall | None = None
        self._question = WrappedLabel()
        self._buttons = {answer: QPushButton() for answer in Consent}
        row = FlowRow()
        for answer, button in self._buttons.items():
            button.setAutoDefault(True)
            button.clicked.connect(partial(self._answer, answer))
            row.add(button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 8, 12, 10)
        layout.addWidget(self._question)
        layout.addWidget(row)
        self.hide()

    def ask(self, call: ToolCall | None) -> None:
        """Asks about a call; None asks nothing."""
        self._call = call
        self.retranslate()
        self.setVisible(call is not None)

    def retranslate(self) -> None:
        """Says everything in the language of the moment."""
        self._buttons[Consent.ONCE].setText(self.tr("Allow once"))
        self._buttons[Consent.ALWAYS].setText(self.tr("Always"))
        self._buttons[Consent.NO].setText(self.tr("No"))
        call = self._call
        if call is None:
            return
        tools = ", ".join(map(words.tool_title, call.providers))
        question = self.tr("May MOSS use this: {tools}?").format(tools=tools)
        command = call.command.text()[:_LONGEST]
        self._question.setText(f"{question}\n{command}")
        for button in self._buttons.values():
            button.setAccessibleName(f"{button.text()}: {question} {command}")

    @override
    def changeEvent(self, event: QEvent) -> None:
        if event.type() is QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)

    def _answer(self, answer: Consent) -> None:
        self.answered.emit(answer)
