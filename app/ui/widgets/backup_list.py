"""The copies of the archive, of which one can be chosen."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from PySide6.QtCore import QLocale, Qt
from PySide6.QtWidgets import QListWidget, QListWidgetItem, QWidget

from app.store.backups import Backup

_PATH: Final = Qt.ItemDataRole.UserRole
_SPACE: Final = 3


class BackupList(QListWidget):
    """Shows each copy's day and size, the newest first and chosen.

    Args:
        backups: The copies.
        parent: Qt's parent.
    """

    def __init__(
        self, backups: Sequence[Backup], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setSpacing(_SPACE)
        self.setAccessibleName(self.tr("Backups"))
        for backup in backups:
            size = QLocale.c().formattedDataSize(backup.size, 1)
            item = QListWidgetItem(f"{backup.day.isoformat()}  ·  {size}")
            item.setData(_PATH, str(backup.path))
            self.addItem(item)
        if backups:
            self.setCurrentRow(0)

    @property
    def chosen(self) -> Path | None:
        """The copy that is chosen."""
        index = self.currentIndex()
        return Path(index.data(_PATH)) if index.isValid() else None
