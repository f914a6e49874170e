"""The messages that are shown, as Qt's model."""

from collections.abc import Sequence
from dataclasses import replace

from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
)
from typing_extensions import override

from app.domain.conversation import Conversation, Message, Role
from app.domain.moss import Field
from app.ui.chat.message_actions import Standing

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
        self._versions: dict[tuple[str | None, Role], list[str]] = {}

    @override
    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self._messages)

    @override
    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid():
            return None
        message = self._messages[index.row()]
        return message.text if role == Qt.ItemDataRole.DisplayRole else None

    def asked(self) -> list[str]:
        """What the user wrote, oldest first."""
        messages = map(self.message, range(self.rowCount()))
        return [m.text for m in messages if m.role is Role.USER and m.text]

    def message(self, row: int) -> Message:
        """The message in a row."""
        return self._messages[row]

    def standing(self, row: int) -> Standing:
        """Where the message in a row stands."""
        message = self._messages[row]
        versions = self._versions[message.parent, message.role]
        last = row == len(self._messages) - 1
        return Standing(versions.index(message.id) + 1, len(versions), last)

    def row_of(self, message_id: str) -> int | None:
        """The row of a message; None when it is not shown."""
        return self._rows.get(message_id)

    def show(self, conversation: Conversation | None) -> None:
        """Shows another conversation; None shows nothing."""
        self.beginResetModel()
        self._count_versions(conversation)
        self._messages = list(conversation.path()) if conversation else []
        self._rows = {message.id: row for row, message in enumerate(self._messages)}
        self.endResetModel()

    def turn(self, conversation: Conversation) -> None:
        """Shows another path of the same conversation; what both have stays."""
        path = conversation.path()
        self._count_versions(conversation)
        pairs = zip(self._messages, path, strict=False)
        same = next((n for n, (a, b) in enumerate(pairs) if a.id != b.id), None)
        if same is None:
            same = min(len(self._messages), len(path))
        self._cut(same)
        self._append(path[same:])
        self._messages[:same] = path[:same]
        if same:
            self.dataChanged.emit(self.index(0), self.index(same - 1))

    def put(self, message: Message) -> None:
        """Replaces a message where it is, or adds it behind the one it follows.

        What stood there is another branch then, and goes.
        """
        row = self._rows.get(message.id)
        if row is not None:
            self._replace(row, message)
            return
        self._versions.setdefault((message.parent, message.role), []).append(message.id)
        end = len(self._messages)
        parent = self._rows.get(message.parent or "", -1 if not message.parent else end)
        self._cut(parent + 1)
        self._append((message,))

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

    def _replace(self, row: int, message: Message) -> None:
        self._messages[row] = message
        index = self.index(row)
        self.dataChanged.emit(index, index)

    def _append(self, messages: Sequence[Message]) -> None:
        if not messages:
            return
        first = len(self._messages)
        self.beginInsertRows(QModelIndex(), first, first + len(messages) - 1)
        self._messages.extend(messages)
        for row, message in enumerate(messages, first):
            self._rows[message.id] = row
        self.endInsertRows()

    def _cut(self, row: int) -> None:
        """Takes out a row and what follows."""
        if row >= len(self._messages):
            return
        self.beginRemoveRows(QModelIndex(), row, len(self._messages) - 1)
        for message in self._messages[row:]:
            del self._rows[message.id]
        del self._messages[row:]
        self.endRemoveRows()

    def _count_versions(self, conversation: Conversation | None) -> None:
        self._versions = {}
        for message in conversation.messages.values() if conversation else ():
            key = message.parent, message.role
            self._versions.setdefault(key, []).append(message.id)
