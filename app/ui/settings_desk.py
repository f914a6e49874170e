"""Connects the settings page with the settings; imports it when it is opened."""

import logging
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QCoreApplication, QObject, QUrl
from PySide6.QtGui import QDesktopServices

from app.domain.errors import UserError
from app.domain.generation import ModelInfo
from app.engine import protocol
from app.services.hardware_words import Hardware
from app.services.load_wishes import LoadWishes
from app.store.settings import DECLARATIONS, Settings
from app.store.settings_file import Reading
from app.ui.bridge import Bridge
from app.ui.icons import Icons
from app.ui.main_window import MainWindow
from app.ui.settings_changes import SettingsChanges

if TYPE_CHECKING:
    from app.ui.settings_page.page import SettingsPage

_LOG: Final = logging.getLogger(__name__)


class SettingsDesk(QObject):
    """Opens the page, carries changes to and fro, and says what of the file is wrong.

    Attributes:
        page: The page; None until it was opened.

    Args:
        window: What the page belongs to.
        bridge: What the services report.
        changes: The settings.
        wishes: What the model was loaded with.
        icons: Where icons come from.
    """

    def __init__(
        self,
        *,
        window: MainWindow,
        bridge: Bridge,
        changes: SettingsChanges,
        wishes: LoadWishes,
        icons: Icons,
    ) -> None:
        super().__init__(window)
        self.page: SettingsPage | None = None
        self._window = window
        self._changes = changes
        self._icons = icons
        self._bridge = bridge
        self._wishes = wishes
        self._hardware = Hardware()
        self._copy = ""
        self._before = Settings()
        window.settings_requested.connect(self.open)
        window.recoloured.connect(self._recolour)
        window.closing.connect(self._close)
        changes.changed.connect(self._show)
        bridge.model.connect(self._model_changed)
        bridge.model_state.connect(self._show_pending)

    def open(self, key: str = "") -> None:
        """Shows the page, at a setting where one is named."""
        page = self.page or self._make()
        self._show()
        page.show()
        page.activateWindow()
        page.show_setting(key)

    def engine_event(self, event: protocol.Event) -> None:
        """Takes an event of the engine: its first one names the devices."""
        if isinstance(event, protocol.Hello):
            self._take(Hardware(event.devices, self._hardware.model))

    def say_what_was_ignored(self) -> None:
        """Says at the start what of the settings file was not understood, if anything.

        The file is copied as it is, before anything is written to it.
        """
        found = self._changes.preferences.found
        if found.whole:
            return
        _LOG.warning("the settings file is damaged, or not of this version")
        try:
            self._copy = str(self._changes.preferences.keep_copy() or "")
        except OSError as error:
            _LOG.warning("the settings file cannot be copied: %s", error)
        self._window.panel.notice.say(
            ignored_words(found, self._copy),
            action=self.tr("Settings"),
            run=self.open,
        )

    def _make(self) -> "SettingsPage":
        # Nothing of it is needed for the window itself.
        from app.ui.settings_page.page import SettingsPage  # noqa: PLC0415

        page = SettingsPage(self._window.commands, self._icons, self._window)
        page.edited.connect(lambda key, value: self._changes.change({key: value}))
        page.reset_requested.connect(self._changes.reset)
        page.all_reset.connect(self._reset_all)
        page.undo_requested.connect(self._undo)
        page.file_requested.connect(self._open_file)
        found = self._changes.preferences.found
        page.show_ignored(ignored_words(found, self._copy))
        page.show_hardware(self._hardware)
        self.page = page
        return page

    def _show(self) -> None:
        if self.page is not None:
            self.page.show_values(self._changes.preferences.values)
            self._show_pending()

    def _show_pending(self) -> None:
        if self.page is not None:
            self.page.show_pending(pending=self._wishes.outdated)

    def _reset_all(self) -> None:
        self._before = self._changes.preferences.values
        self._changes.reset()

    def _undo(self) -> None:
        before = self._before
        self._changes.change({key: getattr(before, key) for key in DECLARATIONS})

    def _open_file(self) -> None:
        try:
            path = self._changes.preferences.file_to_edit()
        except UserError as error:
            self._bridge.failed.emit(error)
            return
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(path)))

    def _model_changed(self, model: ModelInfo | None) -> None:
        self._take(Hardware(self._hardware.devices, model))

    def _take(self, hardware: Hardware) -> None:
        self._hardware = hardware
        if self.page is not None:
            self.page.show_hardware(hardware)

    def _recolour(self) -> None:
        if self.page is not None:
            self.page.recolour()

    def _close(self) -> None:
        if self.page is not None:
            self.page.close()


def ignored_words(found: Reading, copy: str) -> str:
    """What is said of a file that was not understood; empty where all of it was.

    Args:
        found: What was found in it.
        copy: Where the file is kept as it was; empty where it could not be copied.
    """
    sentences = []
    if found.broken:
        sentences.append(
            QCoreApplication.translate(
                "SettingsDesk",
                "The settings file could not be read, so the usual settings hold.",
            )
        )
    if found.ignored:
        sentences.append(
            QCoreApplication.translate(
                "SettingsDesk",
                "Entries of the settings file that do not fit were ignored: {0}.",
            ).format(", ".join(found.ignored))
        )
    if found.unknown:
        sentences.append(
            QCoreApplication.translate(
                "SettingsDesk",
                "Entries that this version does not know were left as they are: {0}.",
            ).format(", ".join(found.unknown))
        )
    if copy and (found.broken or found.ignored):
        sentences.append(
            QCoreApplication.translate(
                "SettingsDesk", "The file as it was is kept here: {0}"
            ).format(copy)
        )
    return " ".join(sentences)
