"""The button beside the context meter that says and changes a chat's preset."""

from typing import Final

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtGui import QActionGroup
from PySide6.QtWidgets import QMenu, QToolButton, QWidget
from typing_extensions import override

from app.domain.presets import Preset
from app.ui.chat.attachment_chip import shortened
from app.ui.icons import Icons
from app.ui.preset_words import preset_name

_BESIDE: Final = 40
"""Pixels of the icon and of the space around it and the name."""


class PresetButton(QToolButton):
    """Name of the preset; opens to the list of presets.

    Args:
        icons: Where icons come from.
        parent: Qt's parent.

    Signals:
        chosen: A `Preset`, or None for the built-in one.
        adjust_requested: Other values are wanted for this chat alone.
        manage_requested: The presets themselves are to be changed.
    """

    chosen = Signal(object)
    adjust_requested = Signal()
    manage_requested = Signal()

    def __init__(self, icons: Icons, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("presetButton")
        self._icons = icons
        self._presets: tuple[Preset, ...] = ()
        self._current: Preset | None = None
        self.setIconSize(QSize(15, 15))
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.setMenu(QMenu(self))
        self.set_roomy(roomy=True)
        self.retranslate()

    @property
    def current(self) -> Preset | None:
        """The open chat's preset; None is the built-in one."""
        return self._current

    def show_presets(self, presets: tuple[Preset, ...], current: Preset | None) -> None:
        """Takes the presets there are, and the open chat's."""
        self._presets, self._current = presets, current
        self.retranslate()

    def set_roomy(self, *, roomy: bool) -> None:
        """Whether there is room for the name beside the icon."""
        style = Qt.ToolButtonStyle
        self.setToolButtonStyle(
            style.ToolButtonTextBesideIcon if roomy else style.ToolButtonIconOnly
        )

    def recolour(self) -> None:
        """Takes a theme's colours."""
        self.setIcon(self._icons.get("sliders"))

    def retranslate(self) -> None:
        """Says everything in the language of the moment."""
        name = preset_name(self._current)
        self.setText(shortened(name).replace("&", "&&"))
        words = self.tr("How replies are written in this chat: {0}")
        self.setToolTip(words.format(name))
        self.setAccessibleName(self.tr("Preset: {0}").format(name))
        self._fill()

    @override
    def changeEvent(self, event: QEvent) -> None:
        if event.type() is QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)

    @override
    def sizeHint(self) -> QSize:
        hint = super().sizeHint()
        if self.toolButtonStyle() is not Qt.ToolButtonStyle.ToolButtonIconOnly:
            # Fusion adds room for a menu's arrow that is not there.
            words = self.fontMetrics().horizontalAdvance(self.text())
            hint.setWidth(words + _BESIDE)
        return hint

    def _fill(self) -> None:
        menu = self.menu()
        menu.clear()
        group = QActionGroup(menu)
        offered = [None, *self._presets]
        if self._current not in offered:
            # Values of the chat's own, or of a preset that is another one by now.
            offered.append(self._current)
        for preset in offered:
            action = menu.addAction(preset_name(preset).replace("&", "&&"))
            action.setCheckable(True)
            action.setChecked(preset == self._current)
            group.addAction(action)
            action.triggered.connect(
                lambda _=False, preset=preset: self.chosen.emit(preset)
            )
        menu.addSeparator()
        adjust = menu.addAction(self.tr("Adjust for this chat…"))
        adjust.triggered.connect(self.adjust_requested)
        manage = menu.addAction(self.tr("Presets…"))
        manage.triggered.connect(self.manage_requested)
