"""What stands under a reply: its actions, how it ended, what it cost."""

from typing import Final, assert_never

from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QWidget
from typing_extensions import override

from app.domain.conversation import Message, MessageState, Role
from app.ui.chat.action_bar import ActionBar
from app.ui.chat.action_button import SIDE
from app.ui.widgets.wrapped_label import WrappedLabel

_GAP: Final = 8
_BETWEEN_LINES: Final = 2


class MessageFoot(QWidget):
    """Puts actions and words side by side, or below each other in a narrow window.

    It is exactly as high as that takes, for the same reason as `FlowRow`.

    Args:
        parent: Qt's parent.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._bar: ActionBar | None = None
        self._words = WrappedLabel(self)
        self._words.setObjectName("muted")

    def set_bar(self, bar: ActionBar) -> None:
        """Takes the actions, a child of its own; they stand behind the words."""
        self._bar = bar
        bar.raise_()  # screen readers go by the order of children

    @property
    def text(self) -> str:
        """What it says."""
        return self._words.text()

    def say(self, text: str) -> None:
        """Says something else."""
        self._words.setText(text)
        self._words.setVisible(bool(text))
        self._arrange()

    @override
    def event(self, event: QEvent) -> bool:
        handled = super().event(event)
        if event.type() is QEvent.Type.LayoutRequest:
            self._arrange()
        return handled

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    def _arrange(self) -> None:
        x = y = 0
        resume = self._bar.resume if self._bar is not None else None
        for widget in (resume, self._words, self._bar):
            if widget is None or widget.isHidden():
                continue
            width = self._natural(widget)
            if x > 0 and x + width > self.width():
                x, y = 0, y + SIDE + _BETWEEN_LINES
            widget.resize(min(width, max(self.width(), 1)), SIDE)
            widget.move(x, y + (SIDE - widget.height()) // 2)
            if (
                widget.height() > SIDE
            ):  # words of several lines have them for themselves
                widget.move(x, y)
                y += widget.height() - SIDE
            x += width + _GAP
        if y + SIDE != self.height():
            self.setFixedHeight(y + SIDE)

    def _natural(self, widget: QWidget) -> int:
        """How wide a part is where there is room."""
        if widget is self._words:
            return self.fontMetrics().horizontalAdvance(self._words.text()) + _GAP
        return widget.sizeHint().width()


def foot_text(message: Message) -> str:
    """How a reply ended and what it cost; empty for a user's message."""
    if message.role is Role.USER:
        return ""
    if message.state is MessageState.STREAMING:
        return "" if message.text else "…"
    parts = [_end(message)]
    usage = message.usage
    if usage is not None and usage.generated_tokens:
        translate = QCoreApplication.translate
        parts.append(
            translate("MessageWidget", "{tokens} tokens · {speed} tok/s").format(
                tokens=usage.generated_tokens,
                speed=f"{usage.tokens_per_second:.1f}",
            )
        )
    return " ".join(filter(None, parts))


def _end(message: Message) -> str:
    translate = QCoreApplication.translate
    match message.state:
        case MessageState.STOPPED | MessageState.INTERRUPTED if not message.text:
            return translate("MessageWidget", "Ended before there was an answer.")
        case MessageState.STOPPED:
            return translate("MessageWidget", "Stopped; what was written is kept.")
        case MessageState.INTERRUPTED:
            return translate("MessageWidget", "Interrupted; what was written is kept.")
        case MessageState.CUT:
            return translate(
                "MessageWidget", "Cut off: the answer reached its longest length."
            )
        case MessageState.COMPLETE | MessageState.STREAMING:
            return ""
        case _:
            assert_never(message.state)
