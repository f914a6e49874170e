"""Where a message is written: a field that grows, tool switches, send or stop."""

from collections.abc import Mapping
from typing import Final

from PySide6.QtCore import QEvent, QObject, QSize, Qt, Signal
from PySide6.QtGui import (
    QContextMenuEvent,
    QInputMethodEvent,
    QKeyEvent,
    QResizeEvent,
)
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QMenu,
    QPlainTextEdit,
    QToolButton,
    QVBoxLayout,
    QWidget,
)
from typing_extensions import override

from app.domain.tools import Tool
from app.ui.icons import TOOL_ICONS, Icons
from app.ui.theme import Colours
from app.ui.widgets.chip import Chip

_MOST_LINES: Final = 10
_ROOMY: Final = 500
"""Pixels from which the tool switches have words beside their icons."""


class MessageField(QPlainTextEdit):
    """Enter sends, Shift+Enter breaks, Enter while composing Chinese does neither.

    Args:
        parent: Qt's parent.

    Signals:
        submitted: The user wants to send.
        recalled: The user pressed Up in an empty field.
    """

    submitted = Signal()
    recalled = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._composing = False
        self.setTabChangesFocus(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAsNeeded)
        self.document().setDocumentMargin(4)
        self.document().documentLayout().documentSizeChanged.connect(self._fit)
        self._fit()

    @override
    def inputMethodEvent(self, event: QInputMethodEvent) -> None:
        self._composing = bool(event.preeditString())
        super().inputMethodEvent(event)

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        enter = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        shifted = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        if enter and self._composing:
            event.accept()
        elif enter and not shifted:
            self.submitted.emit()
        elif event.key() == Qt.Key.Key_Up and not self.toPlainText():
            self.recalled.emit()
        else:
            super().keyPressEvent(event)

    @override
    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() is QEvent.Type.FontChange:
            self._fit()

    def _fit(self) -> None:
        line = self.fontMetrics().lineSpacing()
        # Counted in pixels: a line of Chinese is higher than one of English.
        block, height = self.document().begin(), 0.0
        while block.isValid() and height < _MOST_LINES * line:
            height += self.blockBoundingRect(block).height()
            block = block.next()
        self.setFixedHeight(int(max(line, min(_MOST_LINES * line, height))) + 12)


class Composer(QFrame):
    """The message being written.

    Args:
        tools: The tools that can be switched on here.
        icons: Where icons come from.
        parent: Qt's parent.

    Signals:
        submitted: A message to send.
        edited: What is written has changed.
        stop_requested: The reply is to end.
        recall_requested: The last message is wanted back for editing.
        tools_changed: The set of tools that are on.
        setup_requested: The `Tool` whose settings are wanted.
    """

    submitted = Signal(str)
    edited = Signal()
    stop_requested = Signal()
    recall_requested = Signal()
    tools_changed = Signal(object)
    setup_requested = Signal(object)

    def __init__(
        self, tools: frozenset[Tool], icons: Icons, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setObjectName("composer")
        self._icons = icons
        self._available = tools
        self._lacking: dict[Tool, str] = {}
        self._is_moss = True
        self._uses_tools = True
        self._writing = False
        self._ready = False
        self._used = self._total = 0
        self._colours: Colours | None = None
        self._field = MessageField()
        self._field.submitted.connect(self._submit)
        self._field.recalled.connect(self.recall_requested)
        self._field.textChanged.connect(self._update_button)
        self._field.textChanged.connect(self.edited)
        self._field.installEventFilter(self)
        self._button = QToolButton()
        self._button.setObjectName("send")
        self._button.setIconSize(QSize(20, 20))
        self._button.clicked.connect(self._clicked)
        self._switches = {tool: self._make_switch(tool) for tool in Tool}
        self._context = QLabel()
        self._context.setObjectName("muted")
        above = QHBoxLayout()
        above.setSpacing(6)
        for switch in self._switches.values():
            above.addWidget(switch)
        above.addStretch(1)
        above.addWidget(self._context)
        row = QHBoxLayout()
        row.addWidget(self._field, 1)
        row.addWidget(self._button, 0, Qt.AlignmentFlag.AlignBottom)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(10, 8, 8, 8)
        layout.setSpacing(6)
        layout.addLayout(above)
        layout.addLayout(row)
        self.setFocusProxy(self._field)
        self.retranslate()

    @property
    def text(self) -> str:
        """What has been written."""
        return self._field.toPlainText()

    @text.setter
    def text(self, text: str) -> None:
        self._field.setPlainText(text)
        cursor = self._field.textCursor()
        cursor.movePosition(cursor.MoveOperation.End)
        self._field.setTextCursor(cursor)

    @property
    def enabled_tools(self) -> frozenset[Tool]:
        """The tools that are on."""
        return frozenset(
            tool for tool, switch in self._switches.items() if switch.isChecked()
        )

    def set_enabled_tools(self, tools: frozenset[Tool]) -> None:
        """Switches tools without reporting it; all off where the model knows none."""
        for tool, switch in self._switches.items():
            switch.setChecked(self._can_switch(tool) and tool in tools)

    def set_available(
        self, tools: frozenset[Tool], *, why: Mapping[Tool, str] | None = None
    ) -> None:
        """Says which tools can be switched on now; others are grey and off.

        Args:
            tools: Those that can be.
            why: Words on what others lack.
        """
        self._available = tools
        self._lacking = dict(why or {})
        for tool, switch in self._switches.items():
            switch.setEnabled(self._can_switch(tool))
            switch.setChecked(switch.isChecked() and self._can_switch(tool))
        self.retranslate()

    def set_model(self, *, is_moss: bool, uses_tools: bool) -> None:
        """Says what kind of model will answer.

        Args:
            is_moss: Whether it is MOSS.
            uses_tools: Whether it can be told of tools; else they are grey and off.
        """
        self._is_moss, self._uses_tools = is_moss, uses_tools
        for tool, switch in self._switches.items():
            switch.setEnabled(self._can_switch(tool))
        self.set_enabled_tools(self.enabled_tools)
        self.retranslate()

    def set_state(self, *, ready: bool, writing: bool) -> None:
        """Send is possible, or a reply is being written and can be stopped."""
        self._ready, self._writing = ready, writing
        self._update_button()

    def set_context(self, used: int, total: int) -> None:
        """Shows how full the context window is; 0 of 0 shows nothing."""
        self._used, self._total = used, total
        self._show_context()

    def recolour(self, colours: Colours) -> None:
        """Takes a theme's colours."""
        self._colours = colours
        for tool, switch in self._switches.items():
            switch.setIcon(self._icons.get(TOOL_ICONS[tool]))
        self._update_button()

    def retranslate(self) -> None:
        """Says everything in the language of the moment."""
        self._field.setPlaceholderText(
            self.tr("Message MOSS…") if self._is_moss else self.tr("Write a message…")
        )
        self._field.setAccessibleName(self.tr("Message"))
        names = {
            Tool.SEARCH: self.tr("Search"),
            Tool.CALCULATE: self.tr("Calculator"),
            Tool.SOLVE: self.tr("Solver"),
            Tool.TEXT_TO_IMAGE: self.tr("Image"),
        }
        for tool, switch in self._switches.items():
            switch.setText(names[tool])
            switch.setAccessibleName(names[tool])
            switch.setToolTip(f"{names[tool]}: {self._tool_words(tool)}")
        self._update_button()
        self._show_context()

    @override
    def changeEvent(self, event: QEvent) -> None:
        if event.type() is QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)

    @override
    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        # It comes here from a switch that is grey, too.
        for tool, switch in self._switches.items():
            if switch.geometry().contains(event.pos()):
                self._menu(tool).popup(event.globalPos())

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        style = Qt.ToolButtonStyle
        roomy = self.width() >= _ROOMY
        for switch in self._switches.values():
            switch.setToolButtonStyle(
                style.ToolButtonTextBesideIcon if roomy else style.ToolButtonIconOnly
            )
        super().resizeEvent(event)

    @override
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.FocusIn, QEvent.Type.FocusOut):
            self.setProperty("focused", event.type() is QEvent.Type.FocusIn)
            self.style().unpolish(self)
            self.style().polish(self)
        return super().eventFilter(watched, event)

    def _show_context(self) -> None:
        used, total = self._used, self._total
        text = self.tr("context {percent} %")
        share = round(100 * used / total) if total else 0
        self._context.setText(text.format(percent=share) if total else "")
        self._context.setToolTip(
            self.tr("{used} of {total} tokens").format(used=used, total=total)
        )

    def _can_switch(self, tool: Tool) -> bool:
        return self._uses_tools and tool in self._available

    def _tool_words(self, tool: Tool) -> str:
        if tool not in self._available:
            hint = self.tr("Nothing answers it yet; see “Tools” in the menu “View”")
            return self._lacking.get(tool, hint)
        if not self._uses_tools:
            return self.tr("This model does not know MOSS's tools")
        if not self._is_moss:
            return self.tr("The model may use this tool")
        return self.tr("MOSS may use this tool")

    def _menu(self, tool: Tool) -> QMenu:
        """What can be done with a switch besides switching."""
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        action = menu.addAction(self.tr("Set up…"))
        action.triggered.connect(lambda: self.setup_requested.emit(tool))
        return menu

    def _make_switch(self, tool: Tool) -> QToolButton:
        switch = Chip()
        switch.setObjectName("toolSwitch")
        switch.setEnabled(self._can_switch(tool))
        switch.clicked.connect(lambda: self.tools_changed.emit(self.enabled_tools))
        return switch

    def _clicked(self) -> None:
        if self._writing:
            self.stop_requested.emit()
        else:
            self._submit()

    def _submit(self) -> None:
        if self._ready and not self._writing and self.text.strip():
            self.submitted.emit(self.text.strip())

    def _update_button(self) -> None:
        if self._writing:
            icon, name = "stop", self.tr("Stop")
        else:
            icon, name = "send", self.tr("Send")
        enabled = self._writing or (self._ready and bool(self.text.strip()))
        if self._colours is not None:
            tint = self._colours.on_accent if enabled else self._colours.muted
            self._button.setIcon(self._icons.get(icon, tint))
        self._button.setToolTip(name)
        self._button.setAccessibleName(name)
        self._button.setEnabled(enabled)
