"""Asks which copy of the archive is to be put back."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from PySide6.QtWidgets import QDialog, QDialogButtonBox, QVBoxLayout, QWidget

from app.store.backups import Backup
from app.ui.widgets.backup_list import BackupList
from app.ui.widgets.wrapped_label import WrappedLabel

_SIZE: Final = (460, 380)


class BackupsDialog(QDialog):
    """Lists copies.

    Attributes:
        backups: The copies, of which one can be chosen.

    Args:
        backups: The copies, the newest first.
        parent: The window.
    """

    def __init__(
        self, backups: Sequence[Backup], parent: QWidget | None = None
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
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        self.backups.itemActivated.connect(self.accept)
        layout = QVBoxLayout(self)
        layout.addWidget(text)
        layout.addWidget(self.backups, 1)
        layout.addWidget(buttons)
        self.resize(*_SIZE)

    def ask(self) -> Path | None:
        """The copy that is to be put back; None when the user changed their mind."""
        accepted = self.exec() == QDialog.DialogCode.Accepted
        self.deleteLater()
        return self.backups.chosen if accepted else None
