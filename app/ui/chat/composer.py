"""Where a message is written: the field, its files, tool switches, send or stop."""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from PySide6.QtCore import QEvent, QObject, QSize, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QToolButton,
    QVBoxLayout,
    QWidget,
)
from typing_extensions import override

from app.domain.attachments import Attachment
from app.domain.ledger import Ledger
from app.domain.tools import Tool
from app.services.attachments import Enclosure
from app.ui.chat.attachment_bar import AttachmentBar
from app.ui.chat.context_meter import ContextMeter
from app.ui.chat.message_field import MessageField
from app.ui.chat.preset_button import PresetButton
from app.ui.chat.recall import Recall
from app.ui.chat.tool_switches import ToolSwitches
from app.ui.icons import Icons
from app.ui.theme import Colours

_ROOMY: Final = 560
"""Pixels from which the tool switches have words beside their icons."""
_NARROW: Final = 420
"""Pixels below which the preset has no name beside its icon, the meter no bar."""


class Composer(QFrame):
    """The message being written.

    Args:
        tools: The tools that can be switched on here.
        icons: Where icons come from.
        asked: The chat's own messages, which Up brings back; the newest last.
        parent: Qt's parent.

    Signals:
        submitted: A message to send; its files are `attachments`.
        edited: What is written has changed.
        stop_requested: The reply is to end.
        tools_changed: The set of tools that are on.
        setup_requested: The `Tool` whose settings are wanted.
        files_offered: Paths of files that were pasted or dropped.
        file_requested: A file is to be chosen.
        picture_offered: A picture was pasted that is no file.
        text_attached: A text that is to go along as a file.
        file_removed: The key of a file that is not to go along.
        part_requested: The key of a file of which only what fits is to go along.
    """

    submitted = Signal(str)
    edited = Signal()
    stop_requested = Signal()
    tools_changed = Signal(object)
    setup_requested = Signal(object)
    files_offered = Signal(list)
    file_requested = Signal()
    picture_offered = Signal()
    text_attached = Signal(str)
    file_removed = Signal(int)
    part_requested = Signal(int)

    def __init__(
        self,
        tools: frozenset[Tool],
        icons: Icons,
        *,
        asked: Callable[[], Sequence[str]] = tuple,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setObjectName("composer")
        self._icons = icons
        self._is_moss = True
        self._writing = False
        self._ready = False
        self._colours: Colours | None = None
        self._recall = Recall(asked)
        self._pasted = ""
        self._enclosures: tuple[Enclosure, ...] = ()
        self._ledger = Ledger()
        self._field = MessageField()
        self._switches = ToolSwitches(tools, icons)
        self._files = AttachmentBar(icons)
        self._preset = PresetButton(icons)
        self._meter = ContextMeter()
        self._attach = QToolButton()
        self._attach.setIconSize(QSize(18, 18))
        self._button = QToolButton()
        self._button.setObjectName("send")
        self._button.setIconSize(QSize(20, 20))
        self._connect()
        self._lay_out()
        self.setFocusProxy(self._field)
        self.retranslate()

    def _connect(self) -> None:
        field = self._field
        field.take_files()
        field.submitted.connect(self._submit)
        field.recalled.connect(self._go)
        field.textChanged.connect(self._update_button)
        field.textChanged.connect(self.edited)
        field.files_offered.connect(self.files_offered)
        field.picture_offered.connect(self.picture_offered)
        field.pasted_long.connect(self._offer_paste)
        field.installEventFilter(self)
        self._files.removed.connect(self.file_removed)
        self._files.part_requested.connect(self.part_requested)
        self._files.paste_taken.connect(self._take_paste)
        self._switches.changed.connect(self.tools_changed)
        self._switches.setup_requested.connect(self.setup_requested)
        self._attach.clicked.connect(self.file_requested)
        self._button.clicked.connect(self._clicked)

    def _lay_out(self) -> None:
        above = QHBoxLayout()
        above.setSpacing(4)
        above.addWidget(self._switches)
        above.addStretch(1)
        above.addWidget(self._preset)
        above.addWidget(self._meter)
        row = QHBoxLayout()
        row.setSpacing(4)
        bottom = Qt.AlignmentFlag.AlignBottom
        row.addWidget(self._attach, 0, bottom)
        row.addWidget(self._field, 1)
        row.addWidget(self._button, 0, bottom)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(10, 8, 8, 8)
        layout.setSpacing(6)
        layout.addLayout(above)
        layout.addWidget(self._files)
        layout.addLayout(row)

    @property
    def text(self) -> str:
        """What stands in the field."""
        return self._field.toPlainText()

    @text.setter
    def text(self, text: str) -> None:
        self._recall.reset()
        self._end_paste()
        self._field.setPlainText(text)
        cursor = self._field.textCursor()
        cursor.movePosition(cursor.MoveOperation.End)
        self._field.setTextCursor(cursor)

    @property
    def draft(self) -> str:
        """What is being written, even while an earlier message is looked at."""
        return self._recall.draft(self.text)

    @property
    def attachments(self) -> tuple[Attachment, ...]:
        """The files that go along."""
        return tuple(e.attachment for e in self._enclosures if e.attachment is not None)

    @property
    def files(self) -> AttachmentBar:
        """The files' chips."""
        return self._files

    @property
    def switches(self) -> ToolSwitches:
        """The tools' switches."""
        return self._switches

    @property
    def preset(self) -> PresetButton:
        """How replies in the chat are written."""
        return self._preset

    @property
    def meter(self) -> ContextMeter:
        """How full the window is."""
        return self._meter

    @property
    def enabled_tools(self) -> frozenset[Tool]:
        """The tools that are on."""
        return self._switches.on

    def set_enabled_tools(self, tools: frozenset[Tool]) -> None:
        """Switches tools without reporting it; all off where the model knows none."""
        self._switches.set_on(tools)

    def set_available(
        self, tools: frozenset[Tool], *, why: Mapping[Tool, str] | None = None
    ) -> None:
        """Says which tools can be switched on now; others are grey and off.

        Args:
            tools: Those that can be.
            why: Words on what others lack.
        """
        self._switches.set_available(tools, why or {})

    def set_model(self, *, is_moss: bool, uses_tools: bool) -> None:
        """Says what kind of model will answer.

        Args:
            is_moss: Whether it is MOSS.
            uses_tools: Whether it can be told of tools; else they are grey and off.
        """
        self._is_moss = is_moss
        self._switches.set_model(is_moss=is_moss, uses_tools=uses_tools)
        self.retranslate()

    def set_state(self, *, ready: bool, writing: bool) -> None:
        """Send is possible, or a reply is being written and can be stopped."""
        self._ready, self._writing = ready, writing
        self._update_button()

    def set_enclosures(self, enclosures: tuple[Enclosure, ...]) -> None:
        """Shows the files of the message."""
        self._enclosures = enclosures
        self._files.show_enclosures(enclosures)
        self._update_button()

    def set_ledger(self, ledger: Ledger) -> None:
        """Shows how full the context window is, and what does not fit."""
        self._ledger = ledger
        self._meter.show_ledger(ledger)
        self._files.show_ledger(ledger)
        self._update_button()

    def recolour(self, colours: Colours) -> None:
        """Takes a theme's colours."""
        self._colours = colours
        self._switches.recolour()
        self._files.recolour()
        self._preset.recolour()
        self._meter.recolour(colours)
        self._attach.setIcon(self._icons.get("attach"))
        self._update_button()

    def retranslate(self) -> None:
        """Says everything in the language of the moment."""
        self._field.setPlaceholderText(
            self.tr("Message MOSS…") if self._is_moss else self.tr("Write a message…")
        )
        self._field.setAccessibleName(self.tr("Message"))
        self._attach.setToolTip(self.tr("Attach files"))
        self._attach.setAccessibleName(self._attach.toolTip())
        self._update_button()

    @override
    def changeEvent(self, event: QEvent) -> None:
        if event.type() is QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        self._switches.set_roomy(roomy=self.width() >= _ROOMY)
        self._preset.set_roomy(roomy=self.width() >= _NARROW)
        self._meter.set_roomy(roomy=self.width() >= _NARROW)
        super().resizeEvent(event)

    @override
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.FocusIn, QEvent.Type.FocusOut):
            self.setProperty("focused", event.type() is QEvent.Type.FocusIn)
            self.style().unpolish(self)
            self.style().polish(self)
        return super().eventFilter(watched, event)

    def _go(self, older: bool) -> None:  # noqa: FBT001 -- a signal's argument
        """Brings another of the chat's messages back, or the draft."""
        text = self._recall.step(self.text, older=older)
        if text is not None:
            self._field.replace_all(text)

    # -- a long text that was pasted -------------------------------------------------

    def _offer_paste(self, text: str) -> None:
        self._pasted = text
        self._files.offer_paste()

    def _take_paste(self) -> None:
        """Makes a file of what was pasted; what was typed around it stays."""
        text, self._pasted = self._pasted, ""
        if text and self._field.take_out(text):
            self.text_attached.emit(text)
        self._field.setFocus()

    def _end_paste(self) -> None:
        if self._pasted:
            self._pasted = ""
            self._files.end_paste()

    # -- sending ---------------------------------------------------------------------

    def _clicked(self) -> None:
        if self._writing:
            self.stop_requested.emit()
        else:
            self._submit()

    @property
    def _can_send(self) -> bool:
        reading = any(each.attachment is None for each in self._enclosures)
        return (
            self._ready
            and not self._writing
            and not reading
            and bool(self.text.strip() or self._enclosures)
            and not self._is_too_long
        )

    @property
    def _is_too_long(self) -> bool:
        """Whether it cannot be sent; an estimate forbids only what is far too long."""
        ledger = self._ledger
        if not ledger.total:
            return False
        uncounted = len(ledger.files) != len(self.attachments)
        most = 0 if ledger.exact else ledger.total // 2
        return uncounted or ledger.excess > most

    def _submit(self) -> None:
        if self._can_send:
            self.submitted.emit(self.text.strip())

    def _update_button(self) -> None:
        if self._writing:
            icon, name = "stop", self.tr("Stop")
        else:
            icon, name = "send", self.tr("Send")
        enabled = self._writing or self._can_send
        if self._colours is not None:
            tint = self._colours.on_accent if enabled else self._colours.muted
            self._button.setIcon(self._icons.get(icon, tint))
        self._button.setToolTip(name)
        self._button.setAccessibleName(name)
        self._button.setEnabled(enabled)
