"""The messages that are shown, as Qt's model."""

from dataclasses import replace

from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
)
from typing_extensions import override

from app.domain.conversation import Conversation, Message
from app.domain.moss import Field

_Index = QModelIndex | QPersistentModelIndex


class TranscriptModel(QAbstractListModel):
    """One conversation's path.

    Widgets learn of streamed text by `TranscriptView.stream`; the model holds the whole
    message at each stage and is what accessibility and tests read.
    """

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._messages: list[Message] = []
        self._rows: dict[str, int] = {}

    @override
    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self._messages)

    @override
    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid():
            return None
        message = self._messages[index.row()]
        return message.text if role == Qt.ItemDataRole.DisplayRole else None

    def message(self, row: int) -> Message:
        """The message in a row."""
        return self._messages[row]

    def row_of(self, message_id: str) -> int | None:
        """The row of a message; None when it is not shown."""
        return self._rows.get(message_id)

    def show(self, conversation: Conversation | None) -> None:
        """Shows another conversation; None shows nothing."""
        self.beginResetModel()
        self._messages = list(conversation.path()) if conversation else []
        self._rows = {message.id: row for row, message in enumerate(self._messages)}
        self.endResetModel()

    def put(self, message: Message) -> None:
        """Adds a message at the end, or replaces it where it is."""
        row = self._rows.get(message.id)
        if row is None:
            row = len(self._messages)
            self.beginInsertRows(QModelIndex(), row, row)
            self._messages.append(message)
            self._rows[message.id] = row
            self.endInsertRows()
            return
        self._messages[row] = message
        index = self.index(row)
        self.dataChanged.emit(index, index)

    def append_text(self, message_id: str, part: Field, text: str) -> int | None:
        """Adds streamed text to one part of a message.

        Returns:
            The message's row; None when it is not shown.
        """
        row = self._rows.get(message_id)
        if row is None:
            return None
        message = self._messages[row]
        match part:
            case Field.ANSWER:
                message = replace(message, text=message.text + text)
            case Field.THOUGHTS:
                message = replace(message, thoughts=message.thoughts + text)
            case Field.COMMANDS:
                message = replace(message, commands=message.commands + text)
        self._messages[row] = message
        return row
