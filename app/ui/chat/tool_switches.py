"""The switches of tools above the field."""

from collections.abc import Mapping
from typing import Final

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtWidgets import QHBoxLayout, QMenu, QToolButton, QWidget
from typing_extensions import override

from app.domain.tools import Tool
from app.ui.icons import TOOL_ICONS, Icons
from app.ui.widgets.chip import Chip

_GAP: Final = 5


class ToolSwitches(QWidget):
    """A switch for each tool; those that cannot be used now are grey and off.

    Args:
        tools: The tools that can be switched on here.
        icons: Where icons come from.
        parent: Qt's parent.

    Signals:
        changed: The set of tools that are on.
        setup_requested: The `Tool` whose settings are wanted.
    """

    changed = Signal(object)
    setup_requested = Signal(object)

    def __init__(
        self, tools: frozenset[Tool], icons: Icons, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._icons = icons
        self._available = tools
        self._lacking: dict[Tool, str] = {}
        self._is_moss = True
        self._uses_tools = True
        self._switches = {tool: self._make_switch(tool) for tool in Tool}
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(_GAP)
        for switch in self._switches.values():
            row.addWidget(switch)
        self.retranslate()

    @property
    def on(self) -> frozenset[Tool]:
        """The tools that are on."""
        return frozenset(
            tool for tool, switch in self._switches.items() if switch.isChecked()
        )

    def button(self, tool: Tool) -> QToolButton:
        """The switch of a tool."""
        return self._switches[tool]

    def menu(self, tool: Tool) -> QMenu:
        """What can be done with a switch besides switching."""
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        action = menu.addAction(self.tr("Set up…"))
        action.triggered.connect(lambda: self.setup_requested.emit(tool))
        return menu

    def set_on(self, tools: frozenset[Tool]) -> None:
        """Switches tools without reporting it; all off where the model knows none."""
        for tool, switch in self._switches.items():
            switch.setChecked(self._can_switch(tool) and tool in tools)

    def set_available(self, tools: frozenset[Tool], why: Mapping[Tool, str]) -> None:
        """Says which tools can be switched on now.

        Args:
            tools: Those that can be.
            why: Words on what others lack.
        """
        self._available = tools
        self._lacking = dict(why)
        self._enable()

    def set_model(self, *, is_moss: bool, uses_tools: bool) -> None:
        """Says what kind of model will answer.

        Args:
            is_moss: Whether it is MOSS.
            uses_tools: Whether it can be told of tools.
        """
        self._is_moss, self._uses_tools = is_moss, uses_tools
        self._enable()

    def set_roomy(self, *, roomy: bool) -> None:
        """Whether there is room for words beside the icons."""
        style = Qt.ToolButtonStyle
        for switch in self._switches.values():
            switch.setToolButtonStyle(
                style.ToolButtonTextBesideIcon if roomy else style.ToolButtonIconOnly
            )

    def recolour(self) -> None:
        """Takes a theme's colours."""
        for tool, switch in self._switches.items():
            switch.setIcon(self._icons.get(TOOL_ICONS[tool]))

    def retranslate(self) -> None:
        """Says everything in the language of the moment."""
        names = {
            Tool.SEARCH: self.tr("Search"),
            Tool.CALCULATE: self.tr("Calculator"),
            Tool.SOLVE: self.tr("Solver"),
            Tool.TEXT_TO_IMAGE: self.tr("Image"),
        }
        for tool, switch in self._switches.items():
            switch.setText(names[tool])
            switch.setAccessibleName(names[tool])
            switch.setToolTip(f"{names[tool]}: {self._words(tool)}")

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
                self.menu(tool).popup(event.globalPos())

    def _enable(self) -> None:
        for tool, switch in self._switches.items():
            switch.setEnabled(self._can_switch(tool))
        self.set_on(self.on)
        self.retranslate()

    def _can_switch(self, tool: Tool) -> bool:
        return self._uses_tools and tool in self._available

    def _words(self, tool: Tool) -> str:
        if tool not in self._available:
            hint = self.tr("Nothing answers it yet; see “Tools” in the menu “View”")
            return self._lacking.get(tool, hint)
        if not self._uses_tools:
            return self.tr("This model does not know MOSS's tools")
        if not self._is_moss:
            return self.tr("The model may use this tool")
        return self.tr("MOSS may use this tool")

    def _make_switch(self, tool: Tool) -> QToolButton:
        switch = Chip()
        switch.setObjectName("toolSwitch")
        switch.setEnabled(self._can_switch(tool))
        switch.clicked.connect(lambda: self.changed.emit(self.on))
        return switch
