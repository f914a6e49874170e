"""The list itself: choosing several chats, the keyboard, and dragging."""

from typing import Final

from PySide6.QtCore import QModelIndex, Qt, Signal
from PySide6.QtGui import (
    QFocusEvent,
    QGuiApplication,
    QKeyEvent,
    QKeySequence,
    QShortcut,
)
from PySide6.QtWidgets import QAbstractItemView, QListView, QWidget
from typing_extensions import override

from app.ui.sidebar.chat_list import ChatListModel
from app.ui.sidebar.rows import Kind, Row

_CHOOSING: Final = (
    Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.ControlModifier
)
"""With these a click adds to what is chosen and opens nothing."""


class ChatView(QListView):
    """Shows the rows of a `ChatListModel` and reports what is done with them.

    Args:
        model: The rows.
        parent: Qt's parent.

    Signals:
        opened: The `Row` that the user wants to see.
        toggled: The folder that is to be opened or closed.
        rename_wanted: F2 was pressed.
        delete_wanted: Delete was pressed.
        pin_wanted: Ctrl+D was pressed.
        left: Escape was pressed.
        ascended: The keyboard wants to go above the first row.
    """

    opened = Signal(object)
    toggled = Signal(str)
    rename_wanted = Signal()
    delete_wanted = Signal()
    pin_wanted = Signal()
    left = Signal()
    ascended = Signal()

    def __init__(self, model: ChatListModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rows = model
        self.setModel(model)
        self.setMouseTracking(True)
        self.setUniformItemSizes(True)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.setDragDropMode(QAbstractItemView.DragDropMode.DragDrop)
        self.setDefaultDropAction(Qt.DropAction.MoveAction)
        # What is dragged falls on a row, not between two.
        self.setDragDropOverwriteMode(True)
        self.clicked.connect(self._clicked)
        self.activated.connect(self._activated)
        for key, signal in (
            (Qt.Key.Key_F2, self.rename_wanted),
            (Qt.Key.Key_Delete, self.delete_wanted),
            (Qt.Modifier.CTRL | Qt.Key.Key_D, self.pin_wanted),
        ):
            shortcut = QShortcut(QKeySequence(key), self)
            shortcut.setContext(Qt.ShortcutContext.WidgetShortcut)
            shortcut.activated.connect(signal)

    @property
    def row(self) -> Row:
        """The row that has the keyboard; an empty note where none has."""
        return self._rows.row(self.currentIndex())

    def chosen_rows(self) -> tuple[Row, ...]:
        """The rows that are chosen, from top to bottom."""
        numbers = sorted(index.row() for index in self.selectedIndexes())
        return tuple(self._rows.row(self._rows.index(number)) for number in numbers)

    def chosen_chats(self) -> tuple[str, ...]:
        """Ids of the chats that are chosen, from top to bottom."""
        return tuple(dict.fromkeys(row.chat for row in self.chosen_rows()))

    @override
    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        if not self.currentIndex().isValid():
            self.setCurrentIndex(self._rows.first_choice())

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        row = self.row
        match event.key():
            case Qt.Key.Key_Escape:
                self.left.emit()
            case Qt.Key.Key_Left | Qt.Key.Key_Right if row.kind is Kind.FOLDER:
                if row.closed == (event.key() == Qt.Key.Key_Right):
                    self.toggled.emit(row.folder)
            case Qt.Key.Key_Space if row.kind is Kind.FOLDER:
                self.toggled.emit(row.folder)
            case Qt.Key.Key_Up if not self._above():
                self.ascended.emit()
            case _:
                super().keyPressEvent(event)

    def _above(self) -> bool:
        """Whether there is a row above that can have the keyboard."""
        return any(
            self._rows.flags(self._rows.index(number)) & Qt.ItemFlag.ItemIsEnabled
            for number in range(self.currentIndex().row())
        )

    def _clicked(self, index: QModelIndex) -> None:
        if not QGuiApplication.keyboardModifiers() & _CHOOSING:
            self._activated(index)

    def _activated(self, index: QModelIndex) -> None:
        row = self._rows.row(index)
        if row.kind is Kind.FOLDER:
            self.toggled.emit(row.folder)
        elif row.chat:
            self.opened.emit(row)
