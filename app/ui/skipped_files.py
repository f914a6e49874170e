"""The files that an indexer skipped, as a table of any length.

A list of widgets' items would take the window a tenth of a second for ten thousand.
"""

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import (
    QAbstractTableModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
)
from typing_extensions import override

from app.plugins.documents.messages import FileProblem
from app.ui import words

_Index = QModelIndex | QPersistentModelIndex
_NOWHERE: Final = QModelIndex()
_FILE: Final = 0
_WHY: Final = 1


class SkippedFiles(QAbstractTableModel):
    """Two columns: the file, and why it was skipped.

    Args:
        parent: Qt's parent.
    """

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._problems: Sequence[FileProblem] = ()

    def show_problems(self, problems: Sequence[FileProblem]) -> None:
        """Shows these files, in the language of the moment."""
        self.beginResetModel()
        self._problems = problems
        self.endResetModel()

    @override
    def rowCount(self, parent: _Index = _NOWHERE) -> int:
        return 0 if parent.isValid() else len(self._problems)

    @override
    def columnCount(self, parent: _Index = _NOWHERE) -> int:
        return 0 if parent.isValid() else _WHY + 1

    @override
    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        problem = self._problems[index.row()]
        why = words.explain_problem(problem.problem)
        if role == Qt.ItemDataRole.DisplayRole:
            return problem.path if index.column() == _FILE else why
        if role == Qt.ItemDataRole.ToolTipRole:
            return problem.path if index.column() == _FILE else problem.detail or why
        return None

    @override
    def headerData(
        self,
        section: int,
        orientation: Qt.Orientation,
        role: int = Qt.ItemDataRole.DisplayRole,
    ) -> object:
        if role != Qt.ItemDataRole.DisplayRole:
            return None
        return self.tr("Skipped file") if section == _FILE else self.tr("Why")
