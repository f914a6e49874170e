"""The widgets of a run of messages, below each other."""

from collections import deque
from typing import Final

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.ui.chat.message_widget import MessageWidget
from app.ui.chat.obstacles import Obstacle
from app.ui.chat.tab_order import last_stop, put_in_order
from app.ui.chat.transcript_model import TranscriptModel
from app.ui.icons import Icons
from app.ui.pictures import Gallery
from app.ui.rich_text.formulas import Formulas

_SPACIOUS: Final = (16, 20, 14)
_COMPACT: Final = (12, 8, 6)
"""Pixels beside the messages, before the first, and between two."""


class MessageRun(QWidget):
    """Has a widget for each row from `first` to before `end`.

    Args:
        model: The messages.
        icons: Where icons come from.
        formulas: Typesets formulas.
        pictures: Where pictures come from.

    Attributes:
        first: The first row that has a widget.
        end: The row behind the last one.

    Signals:
        consented: A `Consent`: the answer to a tool that asks.
        opened: The `Source` that the user wants to see.
        cancel_requested: What a tool makes just now is not wanted any more.
        intended: An `Intent`: what the user wants with a message.
    """

    consented = Signal(object)
    opened = Signal(object)
    cancel_requested = Signal()
    intended = Signal(object)

    def __init__(
        self,
        model: TranscriptModel,
        icons: Icons,
        *,
        formulas: Formulas | None,
        pictures: Gallery,
    ) -> None:
        super().__init__()
        self._model = model
        self._icons = icons
        self._formulas = formulas
        self._pictures = pictures
        self._obstacle = Obstacle.NONE
        self._layout = QVBoxLayout(self)
        self.set_compact(compact=False)
        self._layout.addStretch(1)
        self._widgets: deque[MessageWidget] = deque()
        self._incomplete: deque[MessageWidget] = deque()
        self.first = self.end = 0

    @property
    def widgets(self) -> tuple[MessageWidget, ...]:
        """The widgets, from the first to the last."""
        return tuple(self._widgets)

    def hinder(self, obstacle: Obstacle) -> None:
        """Takes what stands in the way of actions on messages just now."""
        if obstacle is not self._obstacle:
            self._obstacle = obstacle
            for widget in self._widgets:
                widget.hinder(obstacle)

    def set_compact(self, *, compact: bool) -> None:
        """Leaves less space between messages, or the usual."""
        side, end, between = _COMPACT if compact else _SPACIOUS
        self._layout.setContentsMargins(side, end, side, end)
        self._layout.setSpacing(between)

    def get(self, row: int) -> MessageWidget | None:
        """The widget of a row; None where there is none."""
        here = self.first <= row < self.end
        return self._widgets[row - self.first] if here else None

    def begin(self, row: int) -> None:
        """Has no widgets; the next one is that of a row, or of the one above it."""
        self.cut(self.first)
        self.first = self.end = row

    def add_above(self) -> None:
        """Makes the widget of the row above the first."""
        self.first -= 1
        widget = self._make(self.first)
        self._widgets.appendleft(widget)
        widget.lower()  # is read aloud before the others
        self._layout.insertWidget(0, widget)
        self.changed(widget)

    def add_below(self) -> None:
        """Makes the widget of the row behind the last."""
        widget = self._make(self.end)
        self._layout.insertWidget(self.end - self.first, widget)
        self._widgets.append(widget)
        self.end += 1
        self.changed(widget)

    def cut(self, row: int) -> None:
        """Has no widgets from a row on."""
        while self.end > max(row, self.first):
            self.end -= 1
            widget = self._widgets.pop()
            if widget in self._incomplete:
                self._incomplete.remove(widget)
            self._layout.removeWidget(widget)
            widget.hide()
            widget.deleteLater()

    def changed(self, widget: MessageWidget) -> None:
        """A widget shows something else and may not be complete any more."""
        if widget not in self._incomplete:
            self._incomplete.append(widget)

    def complete_one(self, before: QWidget) -> bool:
        """Completes the last widget that is not; False where all are.

        Args:
            before: What Tab comes from.
        """
        if not self._incomplete:
            return False
        widget = self._incomplete.pop()
        widget.complete()
        index = self._widgets.index(widget)
        above = last_stop(self._widgets[index - 1]) if index else None
        put_in_order(widget, above or before)
        return True

    def _make(self, row: int) -> MessageWidget:
        widget = MessageWidget(
            self._model.message(row),
            self._icons,
            formulas=self._formulas,
            pictures=self._pictures,
            parent=self,
        )
        widget.consented.connect(self.consented)
        widget.opened.connect(self.opened)
        widget.cancel_requested.connect(self.cancel_requested)
        widget.intended.connect(self.intended)
        widget.set_standing(self._model.standing(row))
        widget.hinder(self._obstacle)
        return widget
