"""All keys of the window, made of its actions and of what single widgets know."""

from collections.abc import Iterator
from typing import Final

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QHeaderView,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from app.services.marking import QT_TRANSLATE_NOOP
from app.ui.actions import ACTIONS, Place, name_of, written

_CONTEXT: Final = "Shortcuts"
_TITLES: Final = {
    Place.CHAT: QT_TRANSLATE_NOOP("Shortcuts", "Chats"),
    Place.MODEL: QT_TRANSLATE_NOOP("Shortcuts", "Models"),
    Place.VIEW: QT_TRANSLATE_NOOP("Shortcuts", "View"),
    Place.HELP: QT_TRANSLATE_NOOP("Shortcuts", "Help"),
}
_WIDGETS: Final = (
    (
        QT_TRANSLATE_NOOP("Shortcuts", "While writing a message"),
        (
            (QT_TRANSLATE_NOOP("Shortcuts", "Send"), "Return"),
            (QT_TRANSLATE_NOOP("Shortcuts", "Begin a new line"), "Shift+Return"),
            (
                QT_TRANSLATE_NOOP("Shortcuts", "Take the last message back"),
                "Up",
            ),
        ),
    ),
    (
        QT_TRANSLATE_NOOP("Shortcuts", "In the list of chats"),
        (
            (QT_TRANSLATE_NOOP("Shortcuts", "Rename"), "F2"),
            (QT_TRANSLATE_NOOP("Shortcuts", "Pin or unpin"), "Ctrl+D"),
            (QT_TRANSLATE_NOOP("Shortcuts", "Put into the trash"), "Del"),
        ),
    ),
)
"""Keys that belong to a widget and hold in it alone."""


class ShortcutsDialog(QDialog):
    """Shows what can be done with keys.

    Attributes:
        table: The keys.

    Args:
        parent: The window.
    """

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("Keyboard shortcuts"))
        self.table = QTreeWidget()
        self.table.setAccessibleName(self.windowTitle())
        self.table.setColumnCount(2)
        self.table.setHeaderLabels([self.tr("What it does"), self.tr("Keys")])
        self.table.setRootIsDecorated(False)
        resize = QHeaderView.ResizeMode
        self.table.header().setSectionResizeMode(0, resize.Stretch)
        self.table.header().setSectionResizeMode(1, resize.ResizeToContents)
        self.table.header().setStretchLastSection(False)
        for title, rows in _groups():
            group = QTreeWidgetItem(self.table, [title])
            font = group.font(0)
            font.setBold(True)
            group.setFont(0, font)
            # The cell beside it is empty, and would be read as nothing.
            group.setData(1, Qt.ItemDataRole.AccessibleTextRole, title)
            for name, keys in rows:
                group.addChild(QTreeWidgetItem([name, keys]))
        self.table.expandAll()
        self.table.setCurrentIndex(self.table.model().index(0, 0))
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.addWidget(self.table)
        layout.addWidget(buttons)
        self.resize(520, 560)


def _groups() -> Iterator[tuple[str, list[tuple[str, str]]]]:
    """Titles, and below each what is done with which keys."""
    for place in Place:
        rows = []
        for declared in ACTIONS:
            keys = ", ".join(map(written, declared.usual()))
            if declared.place is place and keys:
                rows.append((name_of(declared).rstrip("…"), keys))
        if rows:
            yield _said(_TITLES[place]), rows
    for title, known in _WIDGETS:
        yield _said(title), [(_said(n), written(QKeySequence(k))) for n, k in known]


def _said(text: str) -> str:
    return QCoreApplication.translate(_CONTEXT, text)
