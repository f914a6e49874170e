"""The transcript: message widgets for the part of a chat that has come into view."""

from typing import Final

from PySide6.QtCore import QModelIndex, Qt, QTimer, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QScrollArea, QVBoxLayout, QWidget
from typing_extensions import override

from app.domain.conversation import Conversation
from app.domain.moss import Field
from app.ui.chat.message_widget import MessageWidget
from app.ui.chat.obstacles import Obstacle
from app.ui.chat.spotlight import Spotlight
from app.ui.chat.transcript_model import TranscriptModel
from app.ui.icons import Icons
from app.ui.pictures import Gallery
from app.ui.rich_text.formulas import Formulas

_FRAME_MS: Final = 33
_STEP: Final = 30
"""Messages that are given widgets at a time; others follow on scrolling there."""
_FAR: Final = 4 * _STEP
"""A message so far from those with widgets is shown without all those in between."""
_MARGIN: Final = 24
"""Pixels above a message that was jumped to."""
_WIDTH: Final = 780


class TranscriptView(QScrollArea):
    """Follows the end only while the reader is at the end.

    A run of messages has widgets: the last ones, or those about one that was sought.

    Args:
        model: The messages.
        icons: Where icons come from.
        formulas: Typesets formulas.
        pictures: Where pictures come from.
        parent: Qt's parent.

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
        formulas: Formulas | None = None,
        pictures: Gallery,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._formulas = formulas
        self._pictures = pictures
        self._model = model
        self._icons = icons
        self._widgets: dict[int, MessageWidget] = {}
        self._first = 0
        self._end = 0  # after the last message that has a widget
        self._pending: dict[tuple[int, Field], list[str]] = {}
        self._following = True
        self._obstacle = Obstacle.NONE
        self._anchor: tuple[MessageWidget, int] | None = None
        self._placing = False
        self._turning = False
        self._content = QWidget()
        self._column = QWidget(self._content)
        self._layout = QVBoxLayout(self._column)
        self._layout.setContentsMargins(16, 20, 16, 20)
        self._layout.setSpacing(14)
        self._layout.addStretch(1)
        outer = QVBoxLayout(self._content)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(self._column, 0, Qt.AlignmentFlag.AlignHCenter)
        outer.addStretch(1)
        self.setObjectName("transcript")
        self.setWidget(self._content)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._frame = QTimer(self)
        self._frame.setSingleShot(True)
        self._frame.setInterval(_FRAME_MS)
        self._frame.timeout.connect(self._draw_streamed)
        bar = self.verticalScrollBar()
        bar.rangeChanged.connect(self._range_changed)
        bar.valueChanged.connect(self._scrolled)
        model.modelReset.connect(self._rebuild)
        model.rowsInserted.connect(self._inserted)
        model.rowsRemoved.connect(self._removed)
        model.dataChanged.connect(self._changed)

    @property
    def formulas(self) -> Formulas | None:
        """What typesets the formulas here."""
        return self._formulas

    def stream(self, message_id: str, *, part: Field, text: str) -> None:
        """Adds streamed text; many pieces become one repaint a frame."""
        row = self._model.append_text(message_id, part, text)
        if row is None:
            return
        self._pending.setdefault((row, part), []).append(text)
        if not self._frame.isActive():
            self._frame.start()

    def follow(self) -> None:
        """Goes to the end and stays there."""
        if self._end < self._model.rowCount():
            self._rebuild()
        self._following = True
        self.verticalScrollBar().setValue(self.verticalScrollBar().maximum())

    def turn(self, conversation: Conversation) -> None:
        """Shows another path of the conversation; what is read stays in its place."""
        value = self.verticalScrollBar().value()
        top = next(
            (w for w in self._shown() if self._top_of(w) + w.height() > value), None
        )
        self._turning, self._following = True, False
        self._anchor = (top, self._top_of(top) - value) if top else None
        self._model.turn(conversation)
        self._turning = False
        if self._anchor is None or self._anchor[0] not in self._widgets.values():
            self.follow()

    def widget_of(self, message_id: str) -> MessageWidget | None:
        """The widget of a message; None where it has none."""
        found = (w for w in self._widgets.values() if w.message.id == message_id)
        return next(found, None)

    def show_message(self, message_id: str) -> None:
        """Goes to a message and marks it for a moment; nothing when it is not here."""
        row = self._model.row_of(message_id)
        if row is None:
            return
        if row < self._first - _FAR or row >= self._end:
            self._show_run(max(0, row - _STEP // 2))
        while row < self._first:
            self._show_older()
        widget = self._widgets[row]
        self._following = False
        self._anchor = (widget, _MARGIN)
        self._column.adjustSize()
        self._place()
        Spotlight(widget)

    def hinder(self, obstacle: Obstacle) -> None:
        """Takes what stands in the way of actions on messages just now."""
        if obstacle is not self._obstacle:
            self._obstacle = obstacle
            for widget in self._widgets.values():
                widget.hinder(obstacle)

    def recolour(self) -> None:
        """Draws everything again after the theme changed."""
        for row, widget in self._widgets.items():
            widget.update_message(self._model.message(row))

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        self._column.setFixedWidth(min(self.viewport().width(), _WIDTH))
        super().resizeEvent(event)

    def _rebuild(self) -> None:
        self._show_run(max(0, self._model.rowCount() - _STEP))
        self._following = True
        QTimer.singleShot(0, self, self._fill)

    def _show_run(self, first: int) -> None:
        """Has no widgets but those of the messages from one on."""
        self._pending.clear()
        self._anchor = None
        # Nobody scrolls when the height changes.
        self._placing = True
        for widget in self._widgets.values():
            self._drop(widget)
        self._widgets.clear()
        self._first = self._end = first
        self._show_newer()
        self._placing = False

    def _fill(self) -> None:
        """Shows older messages until there is something to scroll."""
        if self._first > 0 and self._content.sizeHint().height() < self.height():
            self._show_older()
            QTimer.singleShot(0, self, self._fill)

    def _inserted(self, _parent: QModelIndex, first: int, last: int) -> None:
        if last - first >= _STEP:
            self._rebuild()
            return
        if first == self._end:
            for row in range(first, last + 1):
                self._add(row)
            self._end = last + 1
        if first - 1 in self._widgets:
            self._widgets[first - 1].set_standing(self._model.standing(first - 1))
        if not self._turning:
            self.follow()

    def _removed(self, _parent: QModelIndex, first: int, last: int) -> None:
        if first <= self._first:
            self._rebuild()
            return
        for row in range(first, min(last + 1, self._end)):
            self._drop(self._widgets.pop(row))
        self._end = min(self._end, first)
        for key in [key for key in self._pending if key[0] >= first]:
            del self._pending[key]
        if first - 1 in self._widgets:
            self._widgets[first - 1].set_standing(self._model.standing(first - 1))

    def _changed(self, top: QModelIndex, bottom: QModelIndex) -> None:
        for row in range(top.row(), bottom.row() + 1):
            for key in [key for key in self._pending if key[0] == row]:
                del self._pending[key]
            widget = self._widgets.get(row)
            if widget is not None:
                widget.update_message(self._model.message(row))
                widget.set_standing(self._model.standing(row))

    def _add(self, row: int) -> None:
        widget = MessageWidget(
            self._model.message(row),
            self._icons,
            formulas=self._formulas,
            pictures=self._pictures,
            parent=self._column,
        )
        widget.consented.connect(self.consented)
        widget.opened.connect(self.opened)
        widget.cancel_requested.connect(self.cancel_requested)
        widget.intended.connect(self.intended)
        widget.set_standing(self._model.standing(row))
        widget.hinder(self._obstacle)
        self._widgets[row] = widget
        self._layout.insertWidget(row - self._first, widget)

    def _drop(self, widget: MessageWidget) -> None:
        self._layout.removeWidget(widget)
        widget.hide()
        widget.deleteLater()

    def _shown(self) -> list[MessageWidget]:
        """The widgets from the first to the last."""
        return [self._widgets[row] for row in sorted(self._widgets)]

    def _draw_streamed(self) -> None:
        pending, self._pending = self._pending, {}
        for (row, part), pieces in pending.items():
            widget = self._widgets.get(row)
            if widget is not None:
                widget.set_message(self._model.message(row))
                widget.stream(part, "".join(pieces))

    def _range_changed(self, _low: int, high: int) -> None:
        if self._following:
            self.verticalScrollBar().setValue(high)
        elif self._anchor is not None:
            self._place()

    def _place(self) -> None:
        """Puts the message that is read back where it was."""
        if self._anchor is not None:
            widget, place = self._anchor
            self._placing = True
            self.verticalScrollBar().setValue(self._top_of(widget) - place)
            self._placing = False

    def _scrolled(self, value: int) -> None:
        if self._placing:
            return
        bar = self.verticalScrollBar()
        self._anchor = None
        whole = self._end == self._model.rowCount()
        self._following = whole and value >= bar.maximum() - 4
        if value < bar.pageStep() // 4 and self._first > 0 and not self._following:
            self._show_older()
        if not whole and value > bar.maximum() - bar.pageStep() // 4:
            self._show_newer()

    def _show_older(self) -> None:
        """Makes widgets for older messages and keeps what is read in its place.

        Widgets take their heights one after the other; until the reader scrolls, the
        message that was the first stays where it is.
        """
        if self._anchor is None:
            first = self._widgets[self._first]
            top = self._top_of(first)
            self._anchor = (first, top - self.verticalScrollBar().value())
        step = min(_STEP, self._first)
        self._first -= step
        for row in range(self._first, self._first + step):
            self._add(row)

    def _show_newer(self) -> None:
        """Makes widgets for the messages after the last that has one."""
        end = min(self._end + _STEP, self._model.rowCount())
        for row in range(self._end, end):
            self._add(row)
        self._end = end

    def _top_of(self, widget: QWidget) -> int:
        """Where a message begins, in pixels from the transcript's top."""
        return widget.mapTo(self._content, widget.rect().topLeft()).y()
