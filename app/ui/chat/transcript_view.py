"""The transcript: message widgets for the part of a chat that has come into view."""

from typing import Final

from PySide6.QtCore import QModelIndex, Qt, QTimer, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QScrollArea, QVBoxLayout, QWidget
from typing_extensions import override

from app.domain.conversation import Conversation
from app.domain.moss import Field
from app.ui.chat.message_run import MessageRun
from app.ui.chat.message_widget import MessageWidget
from app.ui.chat.obstacles import Obstacle
from app.ui.chat.spotlight import Spotlight
from app.ui.chat.transcript_model import TranscriptModel
from app.ui.icons import Icons
from app.ui.pictures import Gallery
from app.ui.rich_text.formulas import Formulas

_FRAME_MS: Final = 33
_STEP: Final = 30
"""Messages that are given widgets; others follow on scrolling there."""
_AT_ONCE: Final = 6
"""Those that are made at once; the others follow, `_A_FRAME` in each frame."""
_A_FRAME: Final = 2
_STEP_MS: Final = 16
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
        self._model = model
        self._formulas = formulas
        self._wanted = range(0)
        self._pending: dict[tuple[int, Field], list[str]] = {}
        self._following = True
        self._anchor: tuple[MessageWidget, int] | None = None
        self._placing = False
        self._turning = False
        self._content = QWidget()
        self._run = MessageRun(model, icons, formulas=formulas, pictures=pictures)
        self._run.consented.connect(self.consented)
        self._run.opened.connect(self.opened)
        self._run.cancel_requested.connect(self.cancel_requested)
        self._run.intended.connect(self.intended)
        outer = QVBoxLayout(self._content)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(self._run, 0, Qt.AlignmentFlag.AlignHCenter)
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
        self._steps = QTimer(self)
        self._steps.setInterval(_STEP_MS)
        self._steps.timeout.connect(self._step)
        bar = self.verticalScrollBar()
        bar.rangeChanged.connect(self._range_changed)
        bar.valueChanged.connect(self._scrolled)
        model.modelReset.connect(self._rebuild)
        model.rowsInserted.connect(self._inserted)
        model.rowsRemoved.connect(self._removed)
        model.dataChanged.connect(self._changed)

    def set_compact(self, *, compact: bool) -> None:
        """Leaves less space between messages, or the usual."""
        self._run.set_compact(compact=compact)

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
        if self._run.end < self._model.rowCount():
            self._rebuild()
        self._following = True
        self.verticalScrollBar().setValue(self.verticalScrollBar().maximum())

    def turn(self, conversation: Conversation) -> None:
        """Shows another path of the conversation; what is read stays in its place."""
        value = self.verticalScrollBar().value()
        top = next(
            (w for w in self._run.widgets if self._top_of(w) + w.height() > value), None
        )
        self._turning, self._following = True, False
        self._anchor = (top, self._top_of(top) - value) if top else None
        self._model.turn(conversation)
        self._turning = False
        if self._anchor is None or self._anchor[0] not in self._run.widgets:
            self.follow()

    def widget_of(self, message_id: str) -> MessageWidget | None:
        """The widget of a message; None where it has none."""
        return next((w for w in self._run.widgets if w.message.id == message_id), None)

    def show_message(self, message_id: str) -> None:
        """Goes to a message and marks it for a moment; nothing when it is not here."""
        row = self._model.row_of(message_id)
        if row is None:
            return
        widget = self._run.get(row)
        if widget is None:
            self._begin(row)
            self._show_newer(_AT_ONCE)
            widget = self._run.widgets[0]
        self._want(row - _STEP // 2, row + _STEP // 2)
        self._following = False
        self._anchor = (widget, _MARGIN)
        self._run.adjustSize()
        self._place()
        Spotlight(widget)

    def hinder(self, obstacle: Obstacle) -> None:
        """Takes what stands in the way of actions on messages just now."""
        self._run.hinder(obstacle)

    def recolour(self) -> None:
        """Draws everything again after the theme changed."""
        for row, widget in enumerate(self._run.widgets, self._run.first):
            widget.update_message(self._model.message(row))

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        self._run.setFixedWidth(min(self.viewport().width(), _WIDTH))
        super().resizeEvent(event)

    # -- which messages have widgets -------------------------------------------------

    def _rebuild(self) -> None:
        end = self._model.rowCount()
        self._begin(end)
        self._following = True
        self._show_older(_AT_ONCE)
        self._anchor = None
        self._want(end - _STEP, end)

    def _begin(self, row: int) -> None:
        """Has no widgets yet but those that will be made about a row."""
        self._pending.clear()
        self._anchor = None
        # Nobody scrolls when the height changes.
        self._placing = True
        self._run.begin(row)
        self._wanted = range(row, row)
        self._placing = False

    def _want(self, first: int, end: int) -> None:
        """Will have widgets for these rows too."""
        first = max(0, min(first, self._wanted.start))
        end = min(self._model.rowCount(), max(end, self._wanted.stop))
        self._wanted = range(first, end)
        self._steps.start()

    def _step(self) -> None:
        """Makes a few of the widgets that are not there yet, so that frames go on."""
        run, wanted = self._run, self._wanted
        if run.first > wanted.start:
            self._show_older(min(_A_FRAME, run.first - wanted.start))
        elif run.end < wanted.stop:
            self._show_newer(_A_FRAME)
        elif run.first > 0 and self._content.sizeHint().height() < self.height():
            self._want(run.first - _STEP, run.end)
        elif not run.complete_one(self):
            self._steps.stop()

    def _show_older(self, count: int) -> None:
        """Makes widgets for older messages and keeps what is read in its place.

        Widgets take their heights one after the other; until the reader scrolls, the
        message that was the first stays where it is.
        """
        if self._anchor is None and self._run.widgets:
            first = self._run.widgets[0]
            top = self._top_of(first)
            self._anchor = (first, top - self.verticalScrollBar().value())
        for _ in range(min(count, self._run.first)):
            self._run.add_above()

    def _show_newer(self, count: int) -> None:
        """Makes widgets for the messages after the last that has one."""
        for _ in range(min(count, self._model.rowCount() - self._run.end)):
            self._run.add_below()

    # -- what the model says ---------------------------------------------------------

    def _inserted(self, _parent: QModelIndex, first: int, last: int) -> None:
        if last - first >= _STEP:
            self._rebuild()
            return
        if first == self._run.end:
            self._show_newer(_AT_ONCE)
            self._want(self._run.first, last + 1)
        self._stand(first - 1)
        if not self._turning:
            self.follow()

    def _removed(self, _parent: QModelIndex, first: int, _last: int) -> None:
        if first <= self._run.first:
            self._rebuild()
            return
        self._run.cut(first)
        for key in [key for key in self._pending if key[0] >= first]:
            del self._pending[key]
        self._want(self._run.first, self._run.end)
        self._stand(first - 1)

    def _changed(self, top: QModelIndex, bottom: QModelIndex) -> None:
        first = max(top.row(), self._run.first)
        for row in range(first, min(bottom.row() + 1, self._run.end)):
            for key in [key for key in self._pending if key[0] == row]:
                del self._pending[key]
            widget = self._run.get(row)
            if widget is not None:
                widget.update_message(self._model.message(row))
            self._stand(row)

    def _stand(self, row: int) -> None:
        """Tells a message where it stands now."""
        widget = self._run.get(row)
        if widget is not None:
            widget.set_standing(self._model.standing(row))
            self._run.changed(widget)
            self._steps.start()

    def _draw_streamed(self) -> None:
        pending, self._pending = self._pending, {}
        for (row, part), pieces in pending.items():
            widget = self._run.get(row)
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
        bar, run = self.verticalScrollBar(), self._run
        self._anchor = None
        whole = run.end == self._model.rowCount()
        self._following = whole and value >= bar.maximum() - 4
        if value < bar.pageStep() // 4 and run.first > 0 and not self._following:
            self._want(run.first - _STEP, run.end)
        if not whole and value > bar.maximum() - bar.pageStep() // 4:
            self._want(run.first, run.end + _STEP)

    def _top_of(self, widget: QWidget) -> int:
        """Where a message begins, in pixels from the transcript's top."""
        return widget.mapTo(self._content, widget.rect().topLeft()).y()
