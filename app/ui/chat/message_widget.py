"""One message in the transcript: who, thoughts, tool chips, text, what it cost."""

from typing import assert_never

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtWidgets import (
    QFrame,
    QLabel,
    QVBoxLayout,
    QWidget,
)
from typing_extensions import override

from app.domain import tools
from app.domain.conversation import Message, MessageState, Role
from app.domain.moss import Field
from app.domain.tools import Tool, ToolCall, ToolState
from app.ui import words
from app.ui.chat.message_text import MessageText
from app.ui.chat.permission_bar import PermissionBar
from app.ui.chat.picture_card import PictureCard
from app.ui.chat.reference_list import ReferenceList
from app.ui.icons import TOOL_ICONS, Icons
from app.ui.pictures import Gallery
from app.ui.rich_text.formulas import Formulas
from app.ui.widgets.chip import Chip
from app.ui.widgets.flow_row import FlowRow
from app.ui.widgets.wrapped_label import WrappedLabel


class MessageWidget(QFrame):
    """Shows a message and keeps showing it while it is written.

    Args:
        message: What to show.
        icons: Where icons come from.
        formulas: Typesets formulas.
        pictures: Where pictures come from.
        parent: Qt's parent.

    Signals:
        consented: A `Consent`: the answer to a tool that asks.
        opened: The `Source` that the user wants to see.
        cancel_requested: What a tool makes just now is not wanted any more.
    """

    consented = Signal(object)
    opened = Signal(object)
    cancel_requested = Signal()

    def __init__(
        self,
        message: Message,
        icons: Icons,
        *,
        formulas: Formulas | None = None,
        pictures: Gallery,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._message = message
        self._icons = icons
        self._chips: list[Chip] = []
        self._author = QLabel()
        self._author.setObjectName("author")
        self._author.setTextFormat(Qt.TextFormat.PlainText)
        self._thoughts = Chip()
        self._thoughts.clicked.connect(lambda: self._toggle(self._thoughts))
        self._row = FlowRow()
        self._row.add(self._thoughts)
        self._detail = MessageText()
        self._detail.setObjectName("detail")
        self._detail.hide()
        self._permission = PermissionBar()
        self._permission.answered.connect(self.consented)
        self._text = MessageText(formulas)
        self._picture = PictureCard(pictures, icons)
        self._picture.cancel_requested.connect(self.cancel_requested)
        self._references = ReferenceList()
        self._references.opened.connect(self.opened)
        self._text.cited.connect(self._references.open)
        self._footer = WrappedLabel()
        self._footer.setObjectName("muted")
        layout = QVBoxLayout(self)
        layout.setSpacing(6)
        layout.addWidget(self._author)
        layout.addWidget(self._row)
        layout.addWidget(self._detail)
        layout.addWidget(self._permission)
        layout.addWidget(self._picture)
        layout.addWidget(self._text)
        layout.addWidget(self._references)
        layout.addWidget(self._footer)
        if message.role is Role.USER:
            self.setObjectName("userCard")
            layout.setContentsMargins(14, 10, 14, 12)
        else:
            layout.setContentsMargins(14, 4, 14, 4)
        self.update_message(message)

    def update_message(self, message: Message) -> None:
        """Shows another stage of the same message."""
        self._message = message
        self._text.set_references(_numbers(message))
        if message.state is MessageState.STREAMING:
            # What streamed in is there already unless the chat was just opened.
            if self._text.written != message.text:
                self._text.begin_markdown()
                self._text.append_markdown(message.text)
        elif message.role is Role.USER:
            self._text.set_plain(message.text)
        else:
            self._text.set_markdown(message.text)
        self._text.setVisible(bool(message.text))
        self._show_calls(message.calls)
        self.retranslate()
        self._refresh_detail()

    def stream(self, part: Field, text: str) -> None:
        """Adds streamed text; `TranscriptModel` holds the message meanwhile."""
        match part:
            case Field.ANSWER:
                self._text.setVisible(True)
                self._text.append_markdown(text)
                self._show_footer()
            case Field.THOUGHTS:
                self._row.setVisible(True)
                self._thoughts.setVisible(True)
                if self._thoughts.isChecked():
                    self._detail.append_streamed(text)
            case Field.COMMANDS:
                pass
            case _:
                assert_never(part)

    def set_message(self, message: Message) -> None:
        """Takes the message after streamed text was added, without drawing."""
        self._message = message

    def retranslate(self) -> None:
        """Says everything in the language of the moment."""
        message = self._message
        user = message.role is Role.USER
        self._author.setText(self.tr("You") if user else self._model_name())
        self._thoughts.setText(self.tr("thoughts"))
        self._thoughts.setIcon(self._icons.get("bulb"))
        self._thoughts.setToolTip(self.tr("What the model thought before it answered"))
        self._thoughts.setAccessibleName(self._thoughts.toolTip())
        self._thoughts.setVisible(bool(message.thoughts) and not user)
        self._row.setVisible(bool(message.thoughts or message.calls) and not user)
        self._show_footer()
        self._text.setAccessibleName(
            self.tr("Your message") if user else self.tr("Answer of MOSS")
        )
        for chip, call in zip(self._chips, message.calls, strict=True):
            self._label_chip(chip, call)

    @override
    def changeEvent(self, event: QEvent) -> None:
        if event.type() is QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)

    def _model_name(self) -> str:
        return self._message.model or "MOSS"

    def _show_calls(self, calls: tuple[ToolCall, ...]) -> None:
        while len(self._chips) > len(calls):
            self._row.remove(self._chips.pop())
        while len(self._chips) < len(calls):
            chip = Chip()
            chip.clicked.connect(lambda _=False, chip=chip: self._toggle(chip))
            self._chips.append(chip)
            self._row.add(chip)
        asking = (call for call in calls if call.state is ToolState.ASKING)
        self._permission.ask(next(asking, None))
        for call in calls:
            if call.command.tool is Tool.TEXT_TO_IMAGE:
                self._picture.show_call(call)
        self._picture.recolour()
        self._references.show_references(tools.references(calls))

    def _label_chip(self, chip: Chip, call: ToolCall) -> None:
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
        chip.setToolTip(self._reason(call) or self.tr("Show what the tool returned"))

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
        self._detail.setVisible(text is not None)
        if text is not None:
            self._detail.set_plain(text or self.tr("Nothing yet."))

    def _open_detail(self) -> str | None:
        if self._thoughts.isChecked():
            return self._message.thoughts
        for chip, call in zip(self._chips, self._message.calls, strict=True):
            if chip.isChecked():
                return "\n".join(filter(None, (_body(call), self._reason(call))))
        return None

    @staticmethod
    def _reason(call: ToolCall) -> str:
        if call.reason is None:
            return call.detail
        reason = words.explain_failure(call.reason)
        return f"{reason} ({call.detail})" if call.detail else reason

    def _show_footer(self) -> None:
        """Says how the message ended, what it cost, and whether there is more of it."""
        parts = [] if self._message.role is Role.USER else self._remarks()
        if self._text.clipped or self._detail.clipped:
            note = self.tr("Only the beginning is shown; select all to copy the whole.")
            parts.append(note)
        self._footer.setText(" ".join(parts))
        self._footer.setVisible(bool(parts))

    def _remarks(self) -> list[str]:
        message = self._message
        match message.state:
            case MessageState.STREAMING:
                return [] if self._text.written else ["…"]
            case MessageState.STOPPED | MessageState.INTERRUPTED if not message.text:
                parts = [self.tr("Ended before there was an answer.")]
            case MessageState.STOPPED:
                parts = [self.tr("Stopped; what was written is kept.")]
            case MessageState.INTERRUPTED:
                parts = [self.tr("Interrupted; what was written is kept.")]
            case MessageState.CUT:
                parts = [self.tr("Cut off: the answer reached its longest length.")]
            case MessageState.COMPLETE:
                parts = []
            case _:
                assert_never(message.state)
        usage = message.usage
        if usage is not None and usage.generated_tokens:
            parts.append(
                self.tr("{tokens} tokens · {speed} tok/s").format(
                    tokens=usage.generated_tokens,
                    speed=f"{usage.tokens_per_second:.1f}",
                )
            )
        return parts


def _numbers(message: Message) -> frozenset[int]:
    return frozenset(each.number for each in tools.references(message.calls))


def _body(call: ToolCall) -> str:
    """What MOSS was given of a call, as far as the call alone can tell."""
    ended = call.state in (ToolState.DONE, ToolState.FAILED)
    return tools.results_field((call,)).strip() if ended else ""


def _shortened(text: str, most: int = 60) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"
