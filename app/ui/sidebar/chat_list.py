"""The list of chats as Qt's model: its rows, what is said of them, and dragging."""

from collections.abc import Sequence
from html import escape
from typing import Final

from PySide6.QtCore import (
    QAbstractListModel,
    QByteArray,
    QMimeData,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    Signal,
)
from typing_extensions import override

from app.domain.conversation import Role
from app.ui.sidebar.rows import Headings, Kind, Period, Row

_Index = QModelIndex | QPersistentModelIndex
ROW_ROLE: Final = Qt.ItemDataRole.UserRole + 1
"""The `Row` itself."""
CHATS_FORMAT: Final = "application/x-moss-chats"
"""What is dragged: ids of chats, one a line."""
_NOTHING: Final = Row(Kind.NOTE, "")


class ChatListModel(QAbstractListModel):
    """Shows rows.

    Args:
        parent: Qt's parent.

    Signals:
        dropped: A tuple of ids of chats, and the folder they were dragged to; empty
            for none.
        pinned: A tuple of ids of chats that were dragged to those at the top.
    """

    dropped = Signal(object, str)
    pinned = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._rows: tuple[Row, ...] = ()

    def show(self, rows: Sequence[Row]) -> bool:
        """Shows other rows; returns whether anything is different."""
        changed = tuple(rows)
        if changed == self._rows:
            return False
        self.beginResetModel()
        self._rows = changed
        self.endResetModel()
        return True

    def row(self, index: _Index) -> Row:
        """The row at an index; an empty note where there is none."""
        return self._rows[index.row()] if index.isValid() else _NOTHING

    def first_choice(self) -> QModelIndex:
        """The first row that can be chosen; invalid when there is none."""
        for number, row in enumerate(self._rows):
            if row.chat:
                return self.index(number)
        return QModelIndex()

    def place_of(self, wanted: Row) -> QModelIndex:
        """Where the like of a row is now; invalid when it is not shown."""
        key = (wanted.kind, wanted.chat, wanted.message, wanted.folder)
        for number, row in enumerate(self._rows):
            if (row.kind, row.chat, row.message, row.folder) == key:
                return self.index(number)
        return QModelIndex()

    def place_of_chat(self, conversation_id: str) -> QModelIndex:
        """Where a chat is; invalid when it is not shown."""
        for number, row in enumerate(self._rows):
            if row.kind is Kind.CHAT and row.chat == conversation_id:
                return self.index(number)
        return QModelIndex()

    def headings(self) -> Headings:
        """The list's own words in the language of the moment."""
        return Headings(
            pinned=self.tr("Pinned"),
            periods={
                Period.TODAY: self.tr("Today"),
                Period.YESTERDAY: self.tr("Yesterday"),
                Period.WEEK: self.tr("Last seven days"),
                Period.OLDER: self.tr("Older"),
            },
            untitled=self.tr("New chat"),
            nothing=self.tr("Nothing found"),
            trash=self.tr("In the trash for {0} days"),
            empty=self.tr("The trash is empty"),
        )

    @override
    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self._rows)

    @override
    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid():
            return None
        row = self._rows[index.row()]
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return row.text
            case Qt.ItemDataRole.ToolTipRole:
                # Qt takes a tooltip for HTML when it looks like it.
                return f"<span>{escape(self._whole(row))}</span>"
            case Qt.ItemDataRole.AccessibleTextRole:
                return self._spoken(row)
        return row if role == ROW_ROLE else None

    @override
    def flags(self, index: _Index) -> Qt.ItemFlag:
        flag = Qt.ItemFlag
        if not index.isValid():
            return flag.NoItemFlags
        match self._rows[index.row()].kind:
            case Kind.CHAT:
                return (
                    flag.ItemIsEnabled
                    | flag.ItemIsSelectable
                    | flag.ItemIsDragEnabled
                    | flag.ItemIsDropEnabled
                )
            case Kind.FOLDER:
                return flag.ItemIsEnabled | flag.ItemIsDropEnabled
            case Kind.HIT:
                return flag.ItemIsEnabled | flag.ItemIsSelectable
            case Kind.HEADING:
                return flag.ItemIsDropEnabled
            case Kind.NOTE:
                return flag.NoItemFlags

    @override
    def supportedDropActions(self) -> Qt.DropAction:
        return Qt.DropAction.MoveAction

    @override
    def mimeTypes(self) -> list[str]:
        return [CHATS_FORMAT]

    @override
    def mimeData(self, indexes: Sequence[QModelIndex]) -> QMimeData:
        chats = [self.row(index).chat for index in indexes]
        data = QMimeData()
        data.setData(CHATS_FORMAT, QByteArray("\n".join(chats).encode()))
        return data

    @override
    def canDropMimeData(
        self,
        data: QMimeData,
        action: Qt.DropAction,
        row: int,
        column: int,
        parent: _Index,
    ) -> bool:
        return data.hasFormat(CHATS_FORMAT) and parent.isValid()

    @override
    def dropMimeData(
        self,
        data: QMimeData,
        action: Qt.DropAction,
        row: int,
        column: int,
        parent: _Index,
    ) -> bool:
        if not self.canDropMimeData(data, action, row, column, parent):
            return False
        chats = tuple(bytes(data.data(CHATS_FORMAT).data()).decode().split())
        target = self.row(parent)
        if target.pinned:
            self.pinned.emit(chats)
        else:
            self.dropped.emit(chats, target.folder)
        # The rows move when the archive has been changed, not before: Qt would take
        # the dragged ones out of the model.
        return False

    def _whole(self, row: Row) -> str:
        """A row in words, for the pointer."""
        if row.kind is Kind.CHAT and row.folder:
            return self.tr("{0} (in the folder {1})").format(row.text, row.folder)
        return row.text

    def _spoken(self, row: Row) -> str:
        """A row in words, for screen readers."""
        if row.kind is Kind.FOLDER:
            state = self.tr("closed") if row.closed else self.tr("open")
            text = self.tr("Folder {0}, chats: {1}, {2}")
            return text.format(row.text, row.count, state)
        if row.kind is Kind.CHAT and row.pinned:
            return self.tr("{0}, pinned").format(row.text)
        if row.kind is Kind.HIT:
            user = row.role is Role.USER
            return f"{self.tr('You') if user else 'MOSS'}: {row.text}"
        return row.text
