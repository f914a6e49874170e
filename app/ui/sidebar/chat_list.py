"""The list of chats as Qt's model: date groups and chats, newest first."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import Enum, auto
from html import escape
from typing import Final

from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
)
from typing_extensions import override

from app.domain.conversation import ConversationSummary

_Index = QModelIndex | QPersistentModelIndex
ID_ROLE: Final = Qt.ItemDataRole.UserRole + 1


class Period(Enum):
    """The groups of the list."""

    TODAY = auto()
    YESTERDAY = auto()
    WEEK = auto()
    OLDER = auto()


def period_of(moment: datetime, today: date) -> Period:
    """Which group a chat belongs to, by the local calendar."""
    days = today - moment.astimezone().date()
    if days <= timedelta(0):
        return Period.TODAY
    if days == timedelta(1):
        return Period.YESTERDAY
    return Period.WEEK if days < timedelta(7) else Period.OLDER


@dataclass(frozen=True, slots=True)
class _Row:
    text: str
    id: str = ""


class ChatListModel(QAbstractListModel):
    """Group headings, which cannot be chosen, and chats."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._rows: list[_Row] = []

    def show(
        self,
        chats: Sequence[ConversationSummary],
        today: date,
        *,
        searching: bool = False,
    ) -> None:
        """Shows other chats; they come newest first.

        Args:
            chats: The chats.
            today: Decides on their groups.
            searching: Whether no chats means that none was found.
        """
        rows: list[_Row] = []
        last: Period | None = None
        for chat in chats:
            period = period_of(chat.updated, today)
            if period is not last:
                rows.append(_Row(self._heading(period)))
                last = period
            rows.append(_Row(chat.title or self.tr("New chat"), chat.id))
        if searching and not rows:
            rows.append(_Row(self.tr("Nothing found")))
        self.beginResetModel()
        self._rows = rows
        self.endResetModel()

    def first_chat(self) -> QModelIndex:
        """The first row that is a chat; invalid when there is none."""
        for row, entry in enumerate(self._rows):
            if entry.id:
                return self.index(row)
        return QModelIndex()

    def row_of(self, conversation_id: str) -> int:
        """The row of a chat; -1 when it is not shown."""
        for row, entry in enumerate(self._rows):
            if entry.id == conversation_id:
                return row
        return -1

    @override
    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self._rows)

    @override
    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid():
            return None
        row = self._rows[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return row.text
        if role == Qt.ItemDataRole.ToolTipRole:
            # Qt takes a tooltip for HTML when it looks like it.
            return f"<span>{escape(row.text)}</span>"
        return row.id if role == ID_ROLE else None

    @override
    def flags(self, index: _Index) -> Qt.ItemFlag:
        if index.isValid() and not self._rows[index.row()].id:
            return Qt.ItemFlag.NoItemFlags
        return super().flags(index)

    def _heading(self, period: Period) -> str:
        return {
            Period.TODAY: self.tr("Today"),
            Period.YESTERDAY: self.tr("Yesterday"),
            Period.WEEK: self.tr("Last seven days"),
            Period.OLDER: self.tr("Older"),
        }[period]
