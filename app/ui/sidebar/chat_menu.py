"""The menu of the chats that are chosen."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMenu, QWidget


@dataclass(frozen=True, slots=True)
class ChatAction:
    """An entry of the menu that another part of the window adds.

    Attributes:
        text: What it is called in the language of the moment.
        run: Takes the ids of the chats that are chosen.
    """

    text: Callable[[], str]
    run: Callable[[tuple[str, ...]], object]


class ChatMenu(QMenu):
    """Entries that call back; it deletes itself when it was closed.

    Args:
        parent: Qt's parent.
    """

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)

    def put(
        self,
        text: str,
        run: Callable[[], object],
        key: Qt.Key | QKeySequence | None = None,
    ) -> QAction:
        """Adds an entry; `key` is shown beside it."""
        action = self.addAction(text)
        # Whatever Qt says of the entry is nothing to who is called.
        action.triggered.connect(lambda _checked: run())
        if key is not None:
            action.setShortcut(QKeySequence(key))
        return action

    def put_folders(
        self,
        folders: Sequence[str],
        *,
        move: Callable[[str], object],
        new: Callable[[], object],
    ) -> None:
        """Adds a menu with the folders that chats can be moved to."""
        menu = self.addMenu(self.tr("Move to folder"))
        for name in folders:
            # Qt takes a single & for the mark of a shortcut.
            action = menu.addAction(name.replace("&", "&&"))
            action.triggered.connect(lambda _=False, name=name: move(name))
        if folders:
            menu.addSeparator()
        menu.addAction(self.tr("New folder…")).triggered.connect(lambda _on: new())
        menu.addAction(self.tr("No folder")).triggered.connect(lambda _on: move(""))
