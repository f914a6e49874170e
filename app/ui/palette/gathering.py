"""Gathers what the palette offers: actions, chats, models and settings."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

from PySide6.QtCore import QCoreApplication, SignalInstance

from app.domain.conversation import ConversationSummary
from app.services import setting_words
from app.store.declaring import Declaration, Form
from app.store.settings import DECLARATIONS
from app.ui.actions import ACTIONS, Act, written
from app.ui.main_window import MainWindow
from app.ui.palette.items import Item, Kind
from app.ui.settings_changes import SettingsChanges
from app.ui.settings_page import words


def actions(window: MainWindow) -> Iterator[Item]:
    """What can be done in the window just now."""
    for declared in ACTIONS:
        action = window.commands[declared.act]
        if action.isEnabled() and declared.act is not Act.PALETTE:
            yield Item(
                Kind.ACTION,
                action.text(),
                action.trigger,
                written(action.shortcut()),
                (declared.text,),
            )


def chats(
    summaries: tuple[ConversationSummary, ...], chosen: SignalInstance
) -> Iterator[Item]:
    """Chats by their titles; `chosen` is emitted with the id of one."""
    usual = QCoreApplication.translate("Palette", "Chat")
    for chat in summaries:
        if chat.title:
            run = partial(chosen.emit, chat.id)
            yield Item(Kind.CHAT, chat.title, run, chat.folder or usual)


def models(folder: Path, last: str, chosen: SignalInstance) -> Iterator[Item]:
    """Models by their files; `chosen` is emitted with the `Path` of one.

    Args:
        folder: The folder of models.
        last: The one that was used last, wherever it is.
        chosen: Emitted with a `Path`.
    """
    found = set(folder.glob("*.gguf"))
    if last.endswith(".gguf") and Path(last).is_file():
        found.add(Path(last))
    hint = QCoreApplication.translate("Palette", "Model")
    for path in sorted(found):
        yield Item(Kind.MODEL, path.stem, partial(chosen.emit, path), hint)


def settings(changes: SettingsChanges, window: MainWindow) -> Iterator[Item]:
    """Settings on their page, and each value that takes one step."""
    for declaration in DECLARATIONS.values():
        yield from _setting(declaration, changes, window)


def _setting(
    declaration: Declaration, changes: SettingsChanges, window: MainWindow
) -> Iterator[Item]:
    key = declaration.key
    title = words.words_of(declaration).title
    english = setting_words.SETTINGS[key].title
    section = words.section_title(declaration.section)
    show = partial(window.settings_requested.emit, key)
    yield Item(Kind.SETTING, title, show, section, (english, key))
    now = getattr(changes.preferences.values, key)
    for value in _values(declaration):
        if value != now:
            yield Item(
                Kind.SETTING,
                f"{title}: {words.value_name(declaration, value)}",
                partial(changes.change, {key: value}),
                section,
                (f"{english}: {value}",),
            )


def _values(declaration: Declaration) -> tuple[object, ...]:
    if declaration.form is Form.SWITCH:
        return (True, False)
    return declaration.choices
