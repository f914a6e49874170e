"""Asks which copy of the archive is to be put back, or of a damaged one the rest."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from app.store.backups import Backup
from app.ui.widgets.backup_list import BackupList
from app.ui.widgets.wrapped_label import WrappedLabel

_SIZE: Final = (460, 380)


class BackupsDialog(QDialog):
    """Lists copies.

    Attributes:
        backups: The copies, of which one can be chosen.
        save: Saves what can be read; None where nothing is known to be damaged.
        saves: Whether that was pressed.

    Args:
        backups: The copies, the newest first.
        parent: The window.
        damaged: Whether the archive is known to be.
    """

    def __init__(
        self,
        backups: Sequence[Backup],
        parent: QWidget | None = None,
        *,
        damaged: bool = False,
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Restore a backup"))
        self.backups = BackupList(backups)
        text = WrappedLabel()
        text.setText(
            self.tr(
                "All chats become again what they were on that day. The chats as they "
                "are now are put aside in a file and kept."
            )
            if backups
            else self.tr(
                "There is no backup yet. One is made every day the program runs, and "
                "the last ones are kept."
            )
        )
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        restore = buttons.addButton(
            self.tr("Restore"), QDialogButtonBox.ButtonRole.AcceptRole
        )
        restore.setEnabled(bool(backups))
        self.saves = False
        self.save: QPushButton | None = None
        if damaged:
            text.setText(f"{self._about_damage()}\n\n{text.text()}")
            self.save = buttons.addButton(
                self.tr("Save what can be read"), QDialogButtonBox.ButtonRole.ActionRole
            )
            self.save.clicked.connect(self._save)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        self.backups.itemActivated.connect(self.accept)
        layout = QVBoxLayout(self)
        layout.addWidget(text)
        layout.addWidget(self.backups, 1)
        layout.addWidget(buttons)
        self.resize(*_SIZE)

    def _about_damage(self) -> str:
        return self.tr(
            "The file with your chats is damaged in places. What is whole in it can be "
            "saved into a new file, which takes its place. The damaged file is kept."
        )

    def _save(self) -> None:
        self.saves = True
        self.reject()

    def ask(self) -> Path | None:
        """The copy that is to be put back; None for none, see `saves`."""
        accepted = self.exec() == QDialog.DialogCode.Accepted
        self.deleteLater()
        return self.backups.chosen if accepted else None
