"""Opens the command palette, and imports what that takes."""

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from app.domain.conversation import ConversationSummary
from app.domain.errors import UserError
from app.store.conversations import ConversationStore
from app.ui.bridge import Bridge
from app.ui.main_window import MainWindow
from app.ui.settings_changes import SettingsChanges

if TYPE_CHECKING:
    from app.ui.palette.dialog import Palette
    from app.ui.palette.items import Item


class PaletteDesk(QObject):
    """Opens the palette with what can be done just now.

    Attributes:
        palette: The one that was opened last; None before the first.

    Args:
        window: Has the actions.
        bridge: Takes what could not be done.
        store: The chats.
        changes: The settings.
        models: The folder of models.

    Signals:
        chat_chosen: The id of a chat to show.
        model_chosen: The `Path` of a model to load.
    """

    chat_chosen = Signal(str)
    model_chosen = Signal(object)

    def __init__(
        self,
        *,
        window: MainWindow,
        bridge: Bridge,
        store: ConversationStore,
        changes: SettingsChanges,
        models: Path,
    ) -> None:
        super().__init__(window)
        self.palette: Palette | None = None
        self._window = window
        self._bridge = bridge
        self._store = store
        self._changes = changes
        self._models = models
        window.palette_requested.connect(self.open)

    def open(self) -> None:
        """Offers everything that can be done now."""
        from app.ui.palette.dialog import Palette  # noqa: PLC0415 -- see the module

        self.palette = Palette(self.items(), self._window)
        self.palette.chosen.connect(lambda item: item.run())
        self.palette.open()

    def show_shortcuts(self) -> None:
        """Shows the keys of everything that has some."""
        from app.ui.shortcuts_dialog import ShortcutsDialog  # noqa: PLC0415 -- as above

        ShortcutsDialog(self._window).open()

    def items(self) -> "tuple[Item, ...]":
        """Everything that can be chosen now."""
        from app.ui.palette import gathering  # noqa: PLC0415 -- see the module

        last = self._changes.preferences.values.model_path
        return (
            *gathering.actions(self._window),
            *gathering.chats(self._chats(), self.chat_chosen),
            *gathering.models(self._models, last, self.model_chosen),
            *gathering.settings(self._changes, self._window),
        )

    def _chats(self) -> tuple[ConversationSummary, ...]:
        """The chats; none, and that is said, where they cannot be read."""
        try:
            return self._store.summaries()
        except UserError as error:
            self._bridge.failed.emit(error)
            return ()
