"""Gathers what the command palette offers, and opens it."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from app.domain.errors import UserError
from app.services import setting_words
from app.store.conversations import ConversationStore
from app.store.declaring import Declaration, Form
from app.store.settings import DECLARATIONS
from app.ui.actions import ACTIONS, Act, written
from app.ui.bridge import Bridge
from app.ui.main_window import MainWindow
from app.ui.palette.items import Item, Kind
from app.ui.settings_changes import SettingsChanges
from app.ui.settings_page import words

if TYPE_CHECKING:
    from app.ui.palette.dialog import Palette


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
        # Nothing of it is needed for the window itself.
        from app.ui.palette.dialog import Palette  # noqa: PLC0415

        self.palette = Palette(self.items(), self._window)
        self.palette.chosen.connect(lambda item: item.run())
        self.palette.open()

    def items(self) -> tuple[Item, ...]:
        """Everything that can be chosen; what cannot be read is left out and said."""
        return (
            *self._actions(),
            *self._chats(),
            *self._model_files(),
            *self._settings(),
        )

    def _actions(self) -> Iterator[Item]:
        for declared in ACTIONS:
            action = self._window.commands[declared.act]
            if action.isEnabled() and declared.act is not Act.PALETTE:
                yield Item(
                    Kind.ACTION,
                    action.text(),
                    action.trigger,
                    written(action.shortcut()),
                    (declared.text,),
                )

    def _chats(self) -> Iterator[Item]:
        try:
            chats = self._store.summaries()
        except UserError as error:
            self._bridge.failed.emit(error)
            return
        for chat in chats:
            if chat.title:
                run = partial(self.chat_chosen.emit, chat.id)
                yield Item(Kind.CHAT, chat.title, run, chat.folder or self.tr("Chat"))

    def _model_files(self) -> Iterator[Item]:
        last = Path(self._changes.preferences.values.model_path)
        found = set(self._models.glob("*.gguf"))
        if last.suffix == ".gguf" and last.is_file():
            found.add(last)
        for path in sorted(found):
            run = partial(self.model_chosen.emit, path)
            yield Item(Kind.MODEL, path.stem, run, self.tr("Model"))

    def _settings(self) -> Iterator[Item]:
        for declaration in DECLARATIONS.values():
            yield from self._setting(declaration)

    def _setting(self, declaration: Declaration) -> Iterator[Item]:
        """A setting on its page, and each value that it can have with one step."""
        key = declaration.key
        title = words.words_of(declaration).title
        english = setting_words.SETTINGS[key].title
        yield Item(
            Kind.SETTING,
            title,
            partial(self._window.settings_requested.emit, key),
            words.section_title(declaration.section),
            (english, key),
        )
        now = getattr(self._changes.preferences.values, key)
        for value in _values(declaration):
            if value != now:
                yield Item(
                    Kind.SETTING,
                    f"{title}: {words.value_name(declaration, value)}",
                    partial(self._changes.change, {key: value}),
                    words.section_title(declaration.section),
                    (f"{english}: {value}",),
                )


def _values(declaration: Declaration) -> tuple[object, ...]:
    if declaration.form is Form.SWITCH:
        return (True, False)
    return declaration.choices
