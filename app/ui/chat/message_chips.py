"""The chips of a reply: its thoughts and its commands, each open to its detail."""

from typing import assert_never

from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.domain import tools
from app.domain.conversation import Message, Role
from app.domain.tools import ToolCall, ToolState
from app.ui import words
from app.ui.chat.message_text import MessageText
from app.ui.icons import TOOL_ICONS, Icons
from app.ui.widgets.chip import Chip
from app.ui.widgets.flow_row import FlowRow


class MessageChips(QWidget):
    """A row of chips and, below it, what is behind the one that is open.

    Args:
        icons: Where icons come from.
        parent: Qt's parent.
    """

    def __init__(self, icons: Icons, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._icons = icons
        self._message: Message | None = None
        self._chips: list[Chip] = []
        self._thoughts = Chip(self)
        self._thoughts.clicked.connect(lambda: self._toggle(self._thoughts))
        self._row = FlowRow(self)
        self._row.add(self._thoughts)
        self._detail: MessageText | None = None
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(6)
        self._layout.addWidget(self._row)

    def show_message(self, message: Message) -> None:
        """Shows the chips of a message as it is now."""
        self._message = message
        self._count(message.calls)
        self.retranslate()
        self._refresh_detail()

    def set_message(self, message: Message) -> None:
        """Takes the message after streamed text was added, without drawing."""
        self._message = message

    def stream_thoughts(self, text: str) -> None:
        """Adds to the thoughts, if they are open."""
        self.setVisible(True)
        self._thoughts.setVisible(True)
        if self._thoughts.isChecked() and self._detail is not None:
            self._detail.append_streamed(text)

    def retranslate(self) -> None:
        """Says everything in the language of the moment."""
        message = self._message
        if message is None:
            return
        user = message.role is Role.USER
        self._thoughts.setText(self.tr("thoughts"))
        self._thoughts.setIcon(self._icons.get("bulb"))
        self._thoughts.setToolTip(self.tr("What the model thought before it answered"))
        self._thoughts.setAccessibleName(self._thoughts.toolTip())
        self._thoughts.setVisible(bool(message.thoughts) and not user)
        self.setVisible(bool(message.thoughts or message.calls) and not user)
        for chip, call in zip(self._chips, message.calls, strict=True):
            self._label(chip, call)

    def _count(self, calls: tuple[ToolCall, ...]) -> None:
        while len(self._chips) > len(calls):
            self._row.remove(self._chips.pop())
        while len(self._chips) < len(calls):
            chip = Chip()
            chip.clicked.connect(lambda _=False, chip=chip: self._toggle(chip))
            self._chips.append(chip)
            self._row.add(chip)

    def _label(self, chip: Chip, call: ToolCall) -> None:
        match call.state:
            case ToolState.WAITING:
                words, icon = self.tr("waiting"), TOOL_ICONS[call.command.tool]
            case ToolState.ASKING:
                words, icon = self.tr("asks"), TOOL_ICONS[call.command.tool]
            case ToolState.RUNNING:
                words, icon = self._progress_words(call), "spinner"
            case ToolState.DONE:
                words, icon = self.tr("done"), TOOL_ICONS[call.command.tool]
            case ToolState.FAILED:
                words, icon = self.tr("failed"), "cross"
            case _:
                assert_never(call.state)
        chip.setIcon(self._icons.get(icon))
        mark = {ToolState.DONE: " ✓"}.get(call.state, f" · {words}")
        # Qt takes a single & for the mark of a shortcut.
        chip.setText((_shortened(call.command.text()) + mark).replace("&", "&&"))
        chip.setAccessibleName(f"{call.command.text()}: {words}")
        chip.setToolTip(_reason(call) or self.tr("Show what the tool returned"))

    def _progress_words(self, call: ToolCall) -> str:
        if not call.progress:
            return self.tr("running…")
        text = self.tr("running… {percent} %")
        return text.format(percent=round(100 * call.progress))

    def _toggle(self, chip: Chip) -> None:
        """Shows what is behind a chip that was opened; at most one is open."""
        for other in (self._thoughts, *self._chips):
            if other is not chip:
                other.setChecked(False)
        self._refresh_detail()

    def _refresh_detail(self) -> None:
        """Shows the detail of the open chip as it is now, if one is open."""
        text = self._open_detail()
        if text is None:
            if self._detail is not None:
                self._detail.hide()
            return
        if self._detail is None:
            self._detail = MessageText(parent=self)
            self._detail.setObjectName("detail")
            self._layout.addWidget(self._detail)
        self._detail.show()
        self._detail.setAccessibleName(self._open_name())
        self._detail.set_plain(text or self.tr("Nothing yet."))

    def _open_name(self) -> str:
        """What the open chip is called."""
        chips = (self._thoughts, *self._chips)
        return next(chip.accessibleName() for chip in chips if chip.isChecked())

    def _open_detail(self) -> str | None:
        if self._message is None:
            return None
        if self._thoughts.isChecked():
            return self._message.thoughts
        for chip, call in zip(self._chips, self._message.calls, strict=True):
            if chip.isChecked():
                return "\n".join(filter(None, (_body(call), _reason(call))))
        return None


def _reason(call: ToolCall) -> str:
    if call.reason is None:
        return call.detail
    reason = words.explain_failure(call.reason)
    return f"{reason} ({call.detail})" if call.detail else reason


def _body(call: ToolCall) -> str:
    """What MOSS was given of a call, as far as the call alone can tell."""
    ended = call.state in (ToolState.DONE, ToolState.FAILED)
    return tools.results_field((call,)).strip() if ended else ""


def _shortened(text: str, most: int = 60) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"
