"""Search, new chat, the list of chats, and the trash."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import date
from enum import Enum, auto
from functools import partial
from typing import Final

from PySide6.QtCore import (
    QEvent,
    QItemSelectionModel,
    QPoint,
    Qt,
    Signal,
    SignalInstance,
)
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import (
    QFrame,
    QToolButton,
    QVBoxLayout,
    QWidget,
)
from typing_extensions import override

from app.domain.conversation import ConversationSummary
from app.store.search import Hit
from app.ui.icons import Icons
from app.ui.sidebar import rows
from app.ui.sidebar.chat_delegate import ChatDelegate
from app.ui.sidebar.chat_list import ChatListModel
from app.ui.sidebar.chat_menu import ChatAction, ChatMenu
from app.ui.sidebar.chat_view import ChatView
from app.ui.sidebar.rows import Kind, Row
from app.ui.sidebar.search_field import SearchField
from app.ui.widgets import search_parts

_MARGIN: Final = 10


class Showing(Enum):
    """What the list has just now."""

    CHATS = auto()
    HITS = auto()
    TRASH = auto()


class Sidebar(QFrame):
    """Shows the chats and reports what the user wants with them.

    Args:
        icons: Where icons come from.
        parent: Qt's parent.

    Signals:
        new_requested: A new chat.
        settings_requested: The settings are to be shown.
        chosen: The id of a chat to show.
        hit_chosen: The ids of a chat and of its message to show.
        refresh_requested: Something else is to be listed, see `showing` and `query`.
        rename_requested: The id of a chat.
        folder_rename_requested: The name of a folder.
        folder_toggled: The name of a folder to be opened or closed.
        delete_requested: Ids of chats for the trash.
        pin_requested: Ids of chats that are to stay at the top.
        unpin_requested: Ids of chats that are not to stay there.
        move_requested: Ids of chats, and the folder; empty for none.
        new_folder_requested: Ids of chats.
        restore_requested: Ids of chats in the trash.
        purge_requested: Ids of chats in the trash that are to go for good.
        empty_requested: All of the trash is to go.
    """

    new_requested = Signal()
    settings_requested = Signal()
    chosen = Signal(str)
    hit_chosen = Signal(str, str)
    refresh_requested = Signal()
    rename_requested = Signal(str)
    folder_rename_requested = Signal(str)
    folder_toggled = Signal(str)
    delete_requested = Signal(object)
    pin_requested = Signal(object)
    unpin_requested = Signal(object)
    move_requested = Signal(object, str)
    new_folder_requested = Signal(object)
    restore_requested = Signal(object)
    purge_requested = Signal(object)
    empty_requested = Signal()

    def __init__(self, icons: Icons, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("sidebar")
        self._icons = icons
        self._current: str | None = None
        self._folders: tuple[str, ...] = ()
        self._actions: list[ChatAction] = []
        self._model = ChatListModel(self)
        self._search = SearchField()
        self._mark = search_parts.add(self._search, icons.get("search"))
        self._new, self._trash, self._empty = (QToolButton() for _ in range(3))
        self._settings = QToolButton()
        self._new.setObjectName("newChat")
        self._empty.setObjectName("newChat")
        self._empty.hide()
        self._trash.setObjectName("trash")
        self._trash.setCheckable(True)
        self._settings.setObjectName("trash")
        for button in (self._new, self._trash, self._empty, self._settings):
            button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self._list = ChatView(self._model)
        self._delegate = ChatDelegate(icons, self._list)
        self._list.setItemDelegate(self._delegate)
        self._connect()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(_MARGIN, _MARGIN, _MARGIN, 6)
        layout.setSpacing(8)
        layout.addWidget(self._search)
        layout.addWidget(self._new)
        layout.addWidget(self._empty)
        layout.addWidget(self._list, 1)
        layout.addWidget(self._trash)
        layout.addWidget(self._settings)
        self.setMinimumWidth(190)
        self.retranslate()

    @property
    def showing(self) -> Showing:
        """What is to be listed."""
        if self._trash.isChecked():
            return Showing.TRASH
        return Showing.HITS if self.query else Showing.CHATS

    @property
    def query(self) -> str:
        """What is looked for; may be empty."""
        return self._search.text().strip()

    def show_chats(
        self,
        chats: Sequence[ConversationSummary],
        *,
        today: date,
        closed: Collection[str] = (),
    ) -> None:
        """Shows these chats.

        Args:
            chats: The chats, the newest first.
            today: Decides on their groups.
            closed: The folders whose chats are hidden.
        """
        self._folders = tuple(sorted({chat.folder for chat in chats} - {""}))
        words = self._model.headings()
        self._show(rows.chat_rows(chats, today=today, closed=closed, words=words))

    def show_hits(self, hits: Sequence[Hit]) -> None:
        """Shows what was found."""
        self._show(rows.hit_rows(hits, self._model.headings()))

    def show_trash(self, chats: Sequence[ConversationSummary], *, days: int) -> None:
        """Shows what is in the trash, and for how many days it stays there."""
        self._empty.setEnabled(bool(chats))
        words = self._model.headings()
        words = replace(words, trash=words.trash.format(days))
        self._show(rows.trash_rows(chats, words))

    def mark(self, conversation_id: str | None) -> None:
        """Marks the chat that is open."""
        self._current = conversation_id
        place = self._model.place_of_chat(conversation_id or "-")
        if not place.isValid():
            self._list.clearSelection()
        elif self._model.row(place) not in self._list.chosen_rows():
            self._list.setCurrentIndex(place)

    def title_of(self, conversation_id: str) -> str:
        """The title that the list shows for a chat; empty when it is not shown."""
        return self._model.row(self._model.place_of_chat(conversation_id)).text

    def add_action(self, action: ChatAction) -> None:
        """Puts another entry into the menu of chats."""
        self._actions.append(action)

    def focus_search(self) -> None:
        """Puts the cursor into the search field."""
        self._search.setFocus()
        self._search.selectAll()

    def show_all(self) -> None:
        """Ends a search, and leaves the trash."""
        self._trash.setChecked(False)
        self._search.clear()
        self._search.flush()

    def set_compact(self, *, compact: bool) -> None:
        """Makes rows low, or as high as usual."""
        self._delegate.compact = compact
        self._list.doItemsLayout()

    def set_hints(self, *, new: str, settings: str) -> None:
        """Takes what the buttons say under the pointer."""
        self._new.setToolTip(new)
        self._settings.setToolTip(settings)

    def recolour(self) -> None:
        """Takes a theme's icons."""
        self._mark.setIcon(self._icons.get("search"))
        self._new.setIcon(self._icons.get("plus"))
        self._trash.setIcon(self._icons.get("trash"))
        self._empty.setIcon(self._icons.get("cross"))
        self._settings.setIcon(self._icons.get("settings"))

    def retranslate(self) -> None:
        """Says everything in the language of the moment."""
        self._search.setPlaceholderText(self.tr("Search chats"))
        self._search.setAccessibleName(self.tr("Search chats"))
        search_parts.name(self._search)
        self._new.setText(self.tr("New chat"))
        self._trash.setText(self.tr("Trash"))
        self._empty.setText(self.tr("Empty the trash…"))
        self._settings.setText(self.tr("Settings"))
        self._list.setAccessibleName(self.tr("Chats"))

    @override
    def changeEvent(self, event: QEvent) -> None:
        if event.type() is QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)

    @override
    def resizeEvent(self, event: object) -> None:
        for button in (self._new, self._empty, self._trash, self._settings):
            button.setFixedWidth(max(0, self.width() - 2 * _MARGIN))

    def _connect(self) -> None:
        self._search.asked.connect(self._asked)
        self._search.entered.connect(self._choose_first)
        self._search.descended.connect(self._list.setFocus)
        self._search.left.connect(self._leave)
        self._new.clicked.connect(self.new_requested)
        self._empty.clicked.connect(self.empty_requested)
        self._trash.toggled.connect(self._trash_toggled)
        self._settings.clicked.connect(self.settings_requested)
        self._list.opened.connect(self._choose)
        self._list.toggled.connect(self.folder_toggled)
        self._list.left.connect(self._leave)
        self._list.ascended.connect(self.focus_search)
        self._list.rename_wanted.connect(self._rename)
        self._list.delete_wanted.connect(self._delete)
        self._list.pin_wanted.connect(self._pin)
        self._list.customContextMenuRequested.connect(self._show_menu)
        self._model.dropped.connect(self.move_requested)
        self._model.pinned.connect(self.pin_requested)

    def _show(self, found: Sequence[Row]) -> None:
        """Shows rows; what was chosen and where one was stays, where it still is."""
        chosen, row = self._list.chosen_rows(), self._list.row
        bar = self._list.verticalScrollBar()
        position = bar.value()
        if not self._model.show(found):
            return
        self._list.setUniformItemSizes(self.showing is not Showing.HITS)
        places = [self._model.place_of(old) for old in chosen if old.chat]
        if self._list.hasFocus() or len(places) > 1:
            command = QItemSelectionModel.SelectionFlag
            model = self._list.selectionModel()
            if row.chat or row.folder:
                model.setCurrentIndex(self._model.place_of(row), command.NoUpdate)
            for place in places:
                model.select(place, command.Select)
        if not self._list.chosen_rows() and row.kind is not Kind.FOLDER:
            self.mark(self._current)
        bar.setValue(position)

    def _asked(self) -> None:
        if self.query:
            self._trash.setChecked(False)
        self.refresh_requested.emit()

    def _trash_toggled(self) -> None:
        in_trash = self._trash.isChecked()
        self._new.setVisible(not in_trash)
        self._empty.setVisible(in_trash)
        if in_trash:
            self._search.clear()
        self.refresh_requested.emit()

    def _leave(self) -> None:
        """Goes back to the list of all chats."""
        self.show_all()
        self._list.setFocus()

    def _choose_first(self) -> None:
        row = self._model.row(self._model.first_choice())
        if row.chat:
            self._choose(row)

    def _choose(self, row: Row) -> None:
        if row.kind is Kind.HIT:
            self.hit_chosen.emit(row.chat, row.message)
        else:
            self.chosen.emit(row.chat)

    def _rename(self) -> None:
        row = self._list.row
        if self.showing is Showing.TRASH:
            return
        if row.kind is Kind.FOLDER:
            self.folder_rename_requested.emit(row.folder)
        elif row.chat:
            self.rename_requested.emit(row.chat)

    def _delete(self) -> None:
        chats = self._list.chosen_chats()
        if chats and self.showing is Showing.TRASH:
            self.purge_requested.emit(chats)
        elif chats:
            self.delete_requested.emit(chats)

    def _pin(self) -> None:
        """Pins what is chosen, or unpins it when all of it is pinned."""
        chosen = self._list.chosen_rows()
        if chosen and self.showing is Showing.CHATS:
            self._pin_signal(chosen).emit(self._list.chosen_chats())

    def _pin_signal(self, chosen: Sequence[Row]) -> SignalInstance:
        pinned = all(row.pinned for row in chosen)
        return self.unpin_requested if pinned else self.pin_requested

    def _show_menu(self, position: QPoint) -> None:
        menu = self._menu_of(self._model.row(self._list.indexAt(position)))
        if menu is not None:
            menu.aboutToHide.connect(self._menu_closed)
            menu.popup(self._list.viewport().mapToGlobal(position))

    def _menu_of(self, row: Row) -> ChatMenu | None:
        """The menu of a row, or of all that is chosen where it is among that."""
        chats = self._list.chosen_chats()
        if row.chat not in chats:
            chats = (row.chat,)
        if row.kind is Kind.FOLDER:
            menu = ChatMenu(self)
            self._put_folder_entries(menu, row)
        elif not row.chat:
            return None
        elif self.showing is Showing.TRASH:
            menu = ChatMenu(self)
            self._put_trash_entries(menu, chats)
        else:
            menu = ChatMenu(self)
            self._put_chat_entries(menu, chats)
        return menu

    def _put_folder_entries(self, menu: ChatMenu, row: Row) -> None:
        toggle = self.tr("Open folder") if row.closed else self.tr("Close folder")
        menu.put(toggle, lambda: self.folder_toggled.emit(row.folder))
        rename = self.folder_rename_requested
        menu.put(self.tr("Rename…"), lambda: rename.emit(row.folder), Qt.Key.Key_F2)

    def _put_trash_entries(self, menu: ChatMenu, chats: tuple[str, ...]) -> None:
        menu.put(self.tr("Restore"), lambda: self.restore_requested.emit(chats))
        menu.put(
            self.tr("Delete for good…"),
            lambda: self.purge_requested.emit(chats),
            Qt.Key.Key_Delete,
        )

    def _put_chat_entries(self, menu: ChatMenu, chats: tuple[str, ...]) -> None:
        places = [self._model.row(self._model.place_of_chat(chat)) for chat in chats]
        if len(chats) == 1:
            rename = self.rename_requested
            menu.put(self.tr("Rename…"), lambda: rename.emit(chats[0]), Qt.Key.Key_F2)
        if self.showing is Showing.CHATS:
            signal = self._pin_signal(places)
            menu.put(
                self.tr("Unpin") if signal is self.unpin_requested else self.tr("Pin"),
                lambda: signal.emit(chats),
                QKeySequence(Qt.Modifier.CTRL | Qt.Key.Key_D),
            )
        menu.put_folders(
            self._folders,
            move=lambda folder: self.move_requested.emit(chats, folder),
            new=lambda: self.new_folder_requested.emit(chats),
        )
        for action in self._actions:
            menu.put(action.text(), partial(action.run, chats))
        menu.put(
            self.tr("Delete"),
            lambda: self.delete_requested.emit(chats),
            Qt.Key.Key_Delete,
        )

    def _menu_closed(self) -> None:
        if len(self._list.chosen_rows()) <= 1:
            self.mark(self._current)
