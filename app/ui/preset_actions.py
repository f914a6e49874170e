"""Connects the presets with the window: choosing one, and changing them."""

from collections.abc import Callable

from PySide6.QtCore import QObject

from app.domain.errors import UserError
from app.domain.presets import Preset
from app.services.preferences import Preferences
from app.services.presets import PresetService
from app.ui.bridge import Bridge
from app.ui.controller import Controller
from app.ui.main_window import MainWindow
from app.ui.preset_dialog import PresetDialog


class PresetActions(QObject):
    """What the preset button of the composer does.

    Args:
        window: Shows and reports.
        bridge: Takes what could not be written.
        controller: Knows which chat is open.
        presets: The presets.
        preferences: The sampling of chats without a preset.
    """

    def __init__(
        self,
        *,
        window: MainWindow,
        bridge: Bridge,
        controller: Controller,
        presets: PresetService,
        preferences: Preferences,
    ) -> None:
        super().__init__(window)
        self._window = window
        self._bridge = bridge
        self._controller = controller
        self._presets = presets
        self._preferences = preferences
        self._button = window.panel.composer.preset
        self._button.chosen.connect(self._choose)
        self._button.adjust_requested.connect(lambda: self.open(with_chat=True))
        self._button.manage_requested.connect(lambda: self.open(with_chat=False))
        controller.opened.connect(self._opened)
        self._opened(controller.open_chat)

    def open(self, *, with_chat: bool) -> PresetDialog:
        """Opens the dialog.

        Args:
            with_chat: Whether it begins with what holds for the chat alone.
        """
        dialog = PresetDialog(
            self._presets.presets,
            self._presets.current,
            standard=Preset(sampling=self._preferences.values.sampling),
            parent=self._window,
        )
        dialog.begin(with_chat=with_chat)
        dialog.decided.connect(self._decided)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()
        return dialog

    def _opened(self, conversation_id: str | None) -> None:
        self._try(lambda: self._presets.open(conversation_id))
        self._show()

    def _show(self) -> None:
        self._button.show_presets(self._presets.presets, self._presets.current)

    def _choose(self, preset: Preset | None) -> None:
        self._try(lambda: self._presets.choose(preset))
        self._show()
        self._controller.prepare()

    def _decided(self, presets: tuple[Preset, ...], chat: Preset | None) -> None:
        self._try(lambda: self._presets.keep(presets))
        self._choose(chat)

    def _try(self, action: Callable[[], object]) -> None:
        try:
            action()
        except UserError as error:
            self._bridge.failed.emit(error)
