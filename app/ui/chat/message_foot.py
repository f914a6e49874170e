"""What stands under a reply: its actions, how it ended, what it cost."""

from typing import Final, assert_never

from PySide6.QtCore import QCoreApplication, QEvent, QRect
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QWidget
from typing_extensions import override

from app.domain.conversation import Message, MessageState, Role
from app.ui.chat.action_bar import ActionBar
from app.ui.chat.action_button import SIDE
from app.ui.widgets.wrapped_label import WrappedLabel

_GAP: Final = 8


class MessageFoot(QWidget):
    """Puts actions and words side by side, or below each other in a narrow window.

    It is exactly as high as that takes, for the same reason as `FlowRow`.

    Args:
        bar: The actions.
        parent: Qt's parent.
    """

    def __init__(self, bar: ActionBar, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._bar = bar
        bar.resume.setParent(self)
        bar.setParent(self)
        self._words = WrappedLabel(self)
        self._words.setObjectName("muted")

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
        for widget in (self._bar.resume, self._bar):
            if widget.isHidden():
                continue
            width = widget.sizeHint().width()
            if x > 0 and x + width > self.width():
                x, y = 0, y + SIDE + 2
            widget.setGeometry(QRect(x, y, width, SIDE))
            x += width + _GAP
        bottom = y + SIDE
        words = self._words
        if words.text():
            natural = words.fontMetrics().horizontalAdvance(words.text()) + _GAP
            beside = x + natural <= self.width()
            left = x if beside else 0
            words.resize(max(self.width() - left, 1), words.height())
            words.move(left, y + (SIDE - words.height()) // 2 if beside else bottom)
            bottom = max(bottom, words.y() + words.height())
        if bottom != self.height():
            self.setFixedHeight(bottom)


def foot_text(message: Message) -> str:
    """How a reply ended and what it cost; empty for a user's message."""
    if message.role is Role.USER:
        return ""
    if message.state is MessageState.STREAMING:
        return "" if message.text else "…"
    parts = [_end(message)]
    usage = message.usage
    if usage is not None and usage.generated_tokens:
        tr = QCoreApplication.translate
        parts.append(
            tr("MessageWidget", "{tokens} tokens · {speed} tok/s").format(
                tokens=usage.generated_tokens,
                speed=f"{usage.tokens_per_second:.1f}",
            )
        )
    return " ".join(filter(None, parts))


def _end(message: Message) -> str:
    tr = QCoreApplication.translate
    match message.state:
        case MessageState.STOPPED | MessageState.INTERRUPTED if not message.text:
            return tr("MessageWidget", "Ended before there was an answer.")
        case MessageState.STOPPED:
            return tr("MessageWidget", "Stopped; what was written is kept.")
        case MessageState.INTERRUPTED:
            return tr("MessageWidget", "Interrupted; what was written is kept.")
        case MessageState.CUT:
            return tr(
                "MessageWidget", "Cut off: the answer reached its longest length."
            )
        case MessageState.COMPLETE | MessageState.STREAMING:
            return ""
        case _:
            assert_never(message.state)
