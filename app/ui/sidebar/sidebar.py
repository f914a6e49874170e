"""Search, new chat, and the list of chats."""

from collections.abc import Sequence
from datetime import date
from typing import Final

from PySide6.QtCore import (
    QEvent,
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    QRect,
    QSize,
    Qt,
    Signal,
    SignalInstance,
)
from PySide6.QtGui import QFocusEvent, QFont, QKeySequence, QPainter, QShortcut
from PySide6.QtWidgets import (
    QFrame,
    QLineEdit,
    QListView,
    QMenu,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QToolButton,
    QVBoxLayout,
    QWidget,
)
from typing_extensions import override

from app.domain.conversation import ConversationSummary
from app.ui.icons import Icons
from app.ui.sidebar.chat_list import ID_ROLE, ChatListModel

_ROW: Final = 34


class _ChatDelegate(QStyledItemDelegate):
    """Headings small and quiet, chats one line with a rounded mark when chosen."""

    @override
    def sizeHint(
        self,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> QSize:
        return QSize(0, _ROW)

    @override
    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        rect: QRect = option.rect.adjusted(2, 2, -2, -2)
        state = option.state
        palette = option.palette
        font = QFont(option.font)
        heading = not index.data(ID_ROLE)
        if heading:
            font.setPointSizeF(font.pointSizeF() * 0.85)
            painter.setPen(palette.placeholderText().color())
            rect = rect.adjusted(0, 8, 0, 0)
        else:
            painter.setPen(Qt.PenStyle.NoPen)
            if state & QStyle.StateFlag.State_Selected:
                painter.setBrush(palette.highlight())
                painter.drawRoundedRect(rect, 8, 8)
            elif state & QStyle.StateFlag.State_MouseOver:
                painter.setBrush(palette.alternateBase())
                painter.drawRoundedRect(rect, 8, 8)
            if state & QStyle.StateFlag.State_HasFocus:
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.setPen(palette.link().color())
                painter.drawRoundedRect(rect, 8, 8)
            painter.setPen(palette.text().color())
        painter.setFont(font)
        inner = rect.adjusted(10, 0, -8, 0)
        text = painter.fontMetrics().elidedText(
            str(index.data()), Qt.TextElideMode.ElideRight, inner.width()
        )
        painter.drawText(inner, Qt.AlignmentFlag.AlignVCenter, text)
        painter.restore()


class _ChatList(QListView):
    """Takes the keyboard: the first chat is marked when none is, and headings are not.

    Signals:
        focused: The keyboard came here.
    """

    focused = Signal()

    @override
    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.focused.emit()


class Sidebar(QFrame):
    """Shows the chats and reports what the user wants with them.

    Args:
        icons: Where icons come from.
        parent: Qt's parent.

    Signals:
        new_requested: A new chat.
        chosen: The id of a chat to show.
        search_changed: What is looked for; may be empty.
        rename_requested: The id of a chat.
        delete_requested: The id of a chat.
    """

    new_requested = Signal()
    chosen = Signal(str)
    search_changed = Signal(str)
    rename_requested = Signal(str)
    delete_requested = Signal(str)

    def __init__(self, icons: Icons, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("sidebar")
        self._icons = icons
        self._model = ChatListModel(self)
        self._search = QLineEdit()
        self._search.setClearButtonEnabled(True)
        self._search.textChanged.connect(self.search_changed)
        self._search.returnPressed.connect(self._choose_first)
        self._mark = self._search.addAction(
            icons.get("search"), QLineEdit.ActionPosition.LeadingPosition
        )
        self._new = QToolButton()
        self._new.setObjectName("newChat")
        self._new.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self._new.clicked.connect(self.new_requested)
        self._list = _ChatList()
        self._list.focused.connect(self._mark_some)
        self._list.setModel(self._model)
        self._list.setItemDelegate(_ChatDelegate(self._list))
        self._list.setMouseTracking(True)
        self._list.setUniformItemSizes(True)
        self._list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._list.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self._list.customContextMenuRequested.connect(self._show_menu)
        self._list.clicked.connect(self._choose)
        self._list.activated.connect(self._choose)
        self._add_keys()
        self._current: str | None = None
        layout = QVBoxLayout(self)
        layout.setContentsMargins(10, 10, 10, 6)
        layout.setSpacing(8)
        layout.addWidget(self._search)
        layout.addWidget(self._new)
        layout.addWidget(self._list, 1)
        self.setMinimumWidth(190)
        self.retranslate()

    def show_chats(
        self, chats: Sequence[ConversationSummary], current: str | None, today: date
    ) -> None:
        """Shows these chats and marks the one that is open."""
        bar = self._list.verticalScrollBar()
        position = bar.value()
        self._model.show(chats, today, searching=bool(self._search.text()))
        self.mark(current)
        bar.setValue(position)

    def mark(self, conversation_id: str | None) -> None:
        """Marks the chat that is open."""
        self._current = conversation_id
        row = self._model.row_of(conversation_id or "-")
        if row < 0:
            self._list.clearSelection()
        else:
            self._list.setCurrentIndex(self._model.index(row))

    def title_of(self, conversation_id: str) -> str:
        """The title that the list shows for a chat; empty when it is not shown."""
        row = self._model.row_of(conversation_id)
        return str(self._model.index(row).data()) if row >= 0 else ""

    def focus_search(self) -> None:
        """Puts the cursor into the search field."""
        self._search.setFocus()
        self._search.selectAll()

    def recolour(self) -> None:
        """Takes a theme's icons."""
        self._mark.setIcon(self._icons.get("search"))
        self._new.setIcon(self._icons.get("plus"))

    def retranslate(self) -> None:
        """Says everything in the language of the moment."""
        self._search.setPlaceholderText(self.tr("Search chats"))
        self._search.setAccessibleName(self.tr("Search chats"))
        self._new.setText(self.tr("New chat"))
        self._list.setAccessibleName(self.tr("Chats"))

    @override
    def changeEvent(self, event: QEvent) -> None:
        if event.type() is QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)

    @override
    def resizeEvent(self, event: object) -> None:
        self._new.setFixedWidth(self.width() - 20)

    def _add_keys(self) -> None:
        here = Qt.ShortcutContext.WidgetShortcut

        def rename() -> None:
            self._with_marked(self.rename_requested)

        def delete() -> None:
            self._with_marked(self.delete_requested)

        for key, widget, action in (
            (Qt.Key.Key_F2, self._list, rename),
            (Qt.Key.Key_Delete, self._list, delete),
            (Qt.Key.Key_Down, self._search, self._list.setFocus),
            (Qt.Key.Key_Escape, self._search, self._search.clear),
        ):
            shortcut = QShortcut(QKeySequence(key), widget)
            shortcut.setContext(here)
            shortcut.activated.connect(action)

    def _with_marked(self, signal: SignalInstance) -> None:
        conversation_id = self._list.currentIndex().data(ID_ROLE)
        if conversation_id:
            signal.emit(conversation_id)

    def _mark_some(self) -> None:
        if not self._list.currentIndex().isValid():
            self._list.setCurrentIndex(self._model.first_chat())

    def _choose_first(self) -> None:
        self._choose(self._model.first_chat())

    def _choose(self, index: QModelIndex) -> None:
        conversation_id = index.data(ID_ROLE)
        if conversation_id:
            self.chosen.emit(conversation_id)

    def _show_menu(self, position: QPoint) -> None:
        conversation_id = self._list.indexAt(position).data(ID_ROLE)
        if not conversation_id:
            return
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.aboutToHide.connect(lambda: self.mark(self._current))
        rename = menu.addAction(self.tr("Rename…"))
        rename.triggered.connect(lambda: self.rename_requested.emit(conversation_id))
        rename.setShortcut(QKeySequence(Qt.Key.Key_F2))
        delete = menu.addAction(self.tr("Delete"))
        delete.setShortcut(QKeySequence(Qt.Key.Key_Delete))
        delete.triggered.connect(lambda: self.delete_requested.emit(conversation_id))
        menu.popup(self._list.viewport().mapToGlobal(position))
