"""What can be done in the window: every action, declared once.

Menus, the command palette, tooltips and the list of shortcuts are all made of
`ACTIONS`. What an action does is connected elsewhere: this module only says that it
was wanted.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final

from PySide6.QtCore import QCoreApplication, QKeyCombination, QObject, Qt, Signal
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QWidget

from app.services.marking import QT_TRANSLATE_NOOP

_CONTEXT: Final = "Actions"
_Key = QKeySequence.StandardKey


class Act(Enum):
    """Something that can be done."""

    NEW_CHAT = auto()
    FIND = auto()
    WRITE = auto()
    STOP = auto()
    EXPORT = auto()
    IMPORT = auto()
    BACKUPS = auto()
    SETTINGS = auto()
    CLOSE = auto()
    QUIT = auto()
    OPEN_MODEL = auto()
    MODELS = auto()
    SERVER = auto()
    DEMO = auto()
    RELOAD = auto()
    UNLOAD = auto()
    PALETTE = auto()
    SIDEBAR = auto()
    TOOLS = auto()
    SOURCES = auto()
    LARGER = auto()
    SMALLER = auto()
    NORMAL_SIZE = auto()
    FULL_SCREEN = auto()
    SHORTCUTS = auto()
    COMPUTER = auto()
    ABOUT = auto()


class Place(Enum):
    """The menu that an action stands in."""

    CHAT = auto()
    MODEL = auto()
    VIEW = auto()
    HELP = auto()


class When(Enum):
    """When an action is enabled."""

    ALWAYS = auto()
    WRITING = auto()
    """While a reply is being written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    """An action as it is declared.

    Attributes:
        act: What is done.
        text: What it is called, in English.
        place: The menu it stands in.
        standard: The system's own shortcut for this.
        keys: The shortcuts where the system has none of its own.
        more: Further shortcuts everywhere.
        when: When it is enabled.
        checkable: Whether it is on or off.
        separated: Whether a line parts it from what stands before it in the menu.
        role: What it is on macOS, where some actions have a place of their own.
    """

    act: Act
    text: str
    place: Place
    standard: QKeySequence.StandardKey | None = None
    keys: tuple[str, ...] = ()
    more: tuple[str, ...] = ()
    when: When = When.ALWAYS
    checkable: bool = False
    separated: bool = False
    role: QAction.MenuRole = QAction.MenuRole.NoRole

    def usual(self) -> list[QKeySequence]:
        """The same without keys that only some keyboards have, such as "New"."""
        return [keys for keys in self.shortcuts() if not _is_special(keys)]

    def shortcuts(self) -> list[QKeySequence]:
        """The keys on this system, the most usual one first."""
        found = QKeySequence.keyBindings(self.standard) if self.standard else []
        found = found or [QKeySequence(key) for key in self.keys]
        more = (QKeySequence(key) for key in self.more)
        return found + [key for key in more if key not in found]


ACTIONS: Final = (
    Declared(
        act=Act.NEW_CHAT,
        text=QT_TRANSLATE_NOOP("Actions", "New chat"),
        place=Place.CHAT,
        standard=_Key.New,
    ),
    Declared(
        act=Act.FIND,
        text=QT_TRANSLATE_NOOP("Actions", "Search chats"),
        place=Place.CHAT,
        standard=_Key.Find,
    ),
    Declared(
        act=Act.WRITE,
        text=QT_TRANSLATE_NOOP("Actions", "Write a message"),
        place=Place.CHAT,
        keys=("Ctrl+L",),
    ),
    Declared(
        act=Act.STOP,
        text=QT_TRANSLATE_NOOP("Actions", "Stop the answer"),
        place=Place.CHAT,
        keys=("Esc",),
        when=When.WRITING,
    ),
    Declared(
        act=Act.EXPORT,
        text=QT_TRANSLATE_NOOP("Actions", "Export all chats…"),
        place=Place.CHAT,
        separated=True,
    ),
    Declared(
        act=Act.IMPORT,
        text=QT_TRANSLATE_NOOP("Actions", "Import chats…"),
        place=Place.CHAT,
    ),
    Declared(
        act=Act.BACKUPS,
        text=QT_TRANSLATE_NOOP("Actions", "Restore a backup…"),
        place=Place.CHAT,
    ),
    Declared(
        act=Act.SETTINGS,
        text=QT_TRANSLATE_NOOP("Actions", "Settings"),
        place=Place.CHAT,
        standard=_Key.Preferences,
        keys=("Ctrl+,",),
        separated=True,
        role=QAction.MenuRole.PreferencesRole,
    ),
    Declared(
        act=Act.CLOSE,
        text=QT_TRANSLATE_NOOP("Actions", "Close the window"),
        place=Place.CHAT,
        standard=_Key.Close,
        separated=True,
    ),
    Declared(
        act=Act.QUIT,
        text=QT_TRANSLATE_NOOP("Actions", "Quit"),
        place=Place.CHAT,
        standard=_Key.Quit,
        keys=("Ctrl+Q",),
        role=QAction.MenuRole.QuitRole,
    ),
    Declared(
        act=Act.OPEN_MODEL,
        text=QT_TRANSLATE_NOOP("Actions", "Open a model…"),
        place=Place.MODEL,
        standard=_Key.Open,
    ),
    Declared(
        act=Act.MODELS,
        text=QT_TRANSLATE_NOOP("Actions", "Models…"),
        place=Place.MODEL,
        keys=("Ctrl+Shift+M",),
    ),
    Declared(
        act=Act.SERVER,
        text=QT_TRANSLATE_NOOP("Actions", "Connect to a server…"),
        place=Place.MODEL,
    ),
    Declared(
        act=Act.DEMO,
        text=QT_TRANSLATE_NOOP("Actions", "Demo model"),
        place=Place.MODEL,
    ),
    Declared(
        act=Act.RELOAD,
        text=QT_TRANSLATE_NOOP("Actions", "Load the model again"),
        place=Place.MODEL,
        separated=True,
    ),
    Declared(
        act=Act.UNLOAD,
        text=QT_TRANSLATE_NOOP("Actions", "Unload the model, or stop loading"),
        place=Place.MODEL,
    ),
    Declared(
        act=Act.PALETTE,
        text=QT_TRANSLATE_NOOP("Actions", "Commands…"),
        place=Place.VIEW,
        keys=("Ctrl+K",),
    ),
    Declared(
        act=Act.SIDEBAR,
        text=QT_TRANSLATE_NOOP("Actions", "List of chats"),
        place=Place.VIEW,
        keys=("Ctrl+B",),
        checkable=True,
        separated=True,
    ),
    Declared(
        act=Act.TOOLS,
        text=QT_TRANSLATE_NOOP("Actions", "Tools…"),
        place=Place.VIEW,
        keys=("Ctrl+T",),
    ),
    Declared(
        act=Act.SOURCES,
        text=QT_TRANSLATE_NOOP("Actions", "Search sources…"),
        place=Place.VIEW,
        keys=("Ctrl+Shift+D",),
    ),
    Declared(
        act=Act.LARGER,
        text=QT_TRANSLATE_NOOP("Actions", "Larger text"),
        place=Place.VIEW,
        standard=_Key.ZoomIn,
        keys=("Ctrl++",),
        more=("Ctrl+=",),
        separated=True,
    ),
    Declared(
        act=Act.SMALLER,
        text=QT_TRANSLATE_NOOP("Actions", "Smaller text"),
        place=Place.VIEW,
        standard=_Key.ZoomOut,
        keys=("Ctrl+-",),
    ),
    Declared(
        act=Act.NORMAL_SIZE,
        text=QT_TRANSLATE_NOOP("Actions", "Normal text size"),
        place=Place.VIEW,
        keys=("Ctrl+0",),
    ),
    Declared(
        act=Act.FULL_SCREEN,
        text=QT_TRANSLATE_NOOP("Actions", "Full screen"),
        place=Place.VIEW,
        standard=_Key.FullScreen,
        keys=("F11",),
    ),
    Declared(
        act=Act.SHORTCUTS,
        text=QT_TRANSLATE_NOOP("Actions", "Keyboard shortcuts"),
        place=Place.HELP,
        keys=("Ctrl+/",),
    ),
    Declared(
        act=Act.COMPUTER,
        text=QT_TRANSLATE_NOOP("Actions", "This computer…"),
        place=Place.HELP,
    ),
    Declared(
        act=Act.ABOUT,
        text=QT_TRANSLATE_NOOP("Actions", "About MOSS Desktop"),
        place=Place.HELP,
        role=QAction.MenuRole.AboutRole,
    ),
)


class Actions(QObject):
    """The actions of one window.

    Args:
        window: Where their shortcuts hold.

    Signals:
        wanted: The `Act` that the user wants.
    """

    wanted = Signal(object)

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._actions = {declared.act: self._make(declared) for declared in ACTIONS}
        self._window = window
        self.set_state(When.WRITING, holds=False)
        self.retranslate()

    def __getitem__(self, act: Act) -> QAction:
        """The action itself, for a menu or to see its state."""
        return self._actions[act]

    def of(self, place: Place) -> Iterator[tuple[Declared, QAction]]:
        """The actions of a menu, in their order."""
        for declared in ACTIONS:
            if declared.place is place:
                yield declared, self._actions[declared.act]

    def set_state(self, when: When, *, holds: bool) -> None:
        """Enables what is possible only now, or not any more."""
        for declared in ACTIONS:
            if declared.when is when:
                self._actions[declared.act].setEnabled(holds)

    def retranslate(self) -> None:
        """Says everything in the language of the moment."""
        for declared in ACTIONS:
            self._actions[declared.act].setText(name_of(declared))

    def hint(self, act: Act) -> str:
        """What a button for this says under the pointer: its name and its keys."""
        action = self._actions[act]
        text, keys = action.text().rstrip("…"), action.shortcut()
        return f"{text} ({written(keys)})" if not keys.isEmpty() else text

    def _make(self, declared: Declared) -> QAction:
        action = QAction(self)
        action.setShortcuts(declared.shortcuts())
        action.setCheckable(declared.checkable)
        action.setMenuRole(declared.role)
        action.triggered.connect(lambda: self.wanted.emit(declared.act))
        return action


def name_of(declared: Declared) -> str:
    """What an action is called in the language of the moment."""
    return QCoreApplication.translate(_CONTEXT, declared.text)


def _is_special(keys: QKeySequence) -> bool:
    first: QKeyCombination = keys[0]  # type: ignore[index] # missing in its stub
    return first.key().value >= Qt.Key.Key_Back.value


def written(keys: QKeySequence) -> str:
    """A shortcut as this system writes it."""
    return keys.toString(QKeySequence.SequenceFormat.NativeText)
