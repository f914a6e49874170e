"""What is asked when the archive cannot be read at the start."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QDialog,
    QLabel,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
    QWidget,
)
from typing_extensions import override

from app.domain.errors import ErrorCode, UserError
from app.store import replacing, salvage
from app.store.backups import Backups
from app.store.salvage import Salvage
from app.ui import words
from app.ui.tasks import Task
from app.ui.widgets.backup_list import BackupList
from app.ui.widgets.wrapped_label import WrappedLabel

_WIDTH: Final = 540
_LIST: Final = 140


class ArchiveRescue(QDialog):
    """Saves what can be read, restores a backup, or begins anew; deletes nothing.

    Accepted means that there is an archive to be opened now.

    Attributes:
        text: What happened, and what came of it.
        save: Saves what can be read.
        restore: Restores the backup that is chosen.
        anew: Puts the damaged archive aside; offered when nothing can be saved.
        go_on: Opens what was saved.
        quit: Leaves everything as it is.

    Args:
        archive: The archive.
        copies: Its copies.
        parent: Qt's parent.
    """

    def __init__(
        self, archive: Path, copies: Backups, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._archive = archive
        self._copies = copies
        self._task = Task(self)
        self._task.finished.connect(self._done)
        self._task.failed.connect(self._failed)
        self.setWindowTitle("MOSS Desktop")
        self._heading = QLabel(self.tr("The file with your chats is damaged"))
        self._heading.setObjectName("hero")
        self._heading.setWordWrap(True)
        self.text = WrappedLabel()
        self.text.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse
            | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self.text.setText(
            self.tr(
                "Nothing was changed in it: {0}\n\nWhat is whole in it can be saved "
                "into a new file, or one of the daily backups can take its place. "
                "Either way the damaged file is kept."
            ).format(archive)
        )
        found = copies.all()
        self._list = BackupList(found)
        self._list.setMaximumHeight(_LIST)
        self._list.setVisible(bool(found))
        self._progress = QProgressBar()
        self._progress.setRange(0, 0)
        self._progress.setTextVisible(False)
        self._progress.hide()
        self.save = self._button(self.tr("Save what can be read"), self._save)
        self.restore = self._button(self.tr("Restore the chosen backup"), self._restore)
        self.restore.setVisible(bool(found))
        self.anew = self._button(self.tr("Begin without chats"), self._begin_anew)
        self.anew.hide()
        self.go_on = self._button(self.tr("Continue"), self.accept)
        self.go_on.hide()
        self.quit = self._button(self.tr("Quit"), self.reject)
        layout = QVBoxLayout(self)
        for widget in (
            self._heading, self.text, self.save, self._list, self.restore,
            self._progress, self.anew, self.go_on, self.quit,
        ):  # fmt: skip
            layout.addWidget(widget)
        layout.addStretch(1)
        self.setMinimumWidth(_WIDTH)

    @override
    def reject(self) -> None:
        """Quits, unless something is being written just now."""
        if not self._task.running:
            super().reject()

    def _button(self, text: str, run: Callable[[], object]) -> QPushButton:
        button = QPushButton(text)
        button.clicked.connect(lambda _checked: run())
        return button

    def _save(self) -> None:
        self._run(lambda: salvage.salvage(self._archive, datetime.now(UTC)))

    def _restore(self) -> None:
        chosen = self._list.chosen
        if chosen is not None:
            self._run(lambda: self._copies.restore(chosen, datetime.now(UTC)))

    def _begin_anew(self) -> None:
        aside = replacing.name_aside(self._archive, "damaged", datetime.now(UTC))
        self._run(lambda: replacing.put_aside(self._archive, aside))

    def _run(self, function: Callable[[], object]) -> None:
        self._show_busy(busy=True)
        self._task.start(function)

    def _done(self, result: object) -> None:
        self._show_busy(busy=False)
        if not isinstance(result, Salvage):
            self.accept()
            return
        self._heading.setText(self.tr("What could be read was saved"))
        text = self.tr(
            "Saved: {0} chats with {1} messages. Could not be read: {2}.\n\n"
            "The damaged file is kept here: {3}"
        )
        self.text.setText(
            text.format(result.chats, result.messages, result.lost, result.aside)
        )
        for widget in (self.save, self._list, self.restore, self.anew, self.quit):
            widget.hide()
        self.go_on.show()
        self.go_on.setFocus()
        self.adjustSize()

    def _failed(self, error: UserError) -> None:
        self._show_busy(busy=False)
        nothing = error.code is ErrorCode.ARCHIVE_UNREADABLE
        text = words.explain(error)
        if nothing:
            text = self.tr(
                "Nothing could be read from it; it is as it was: {0}\n\nYou can begin "
                "without chats. The damaged file is put aside and kept."
            ).format(self._archive)
        self.text.setText(text)
        self.anew.setVisible(nothing)

    def _show_busy(self, *, busy: bool) -> None:
        self._progress.setVisible(busy)
        for button in (self.save, self.restore, self.anew, self.quit):
            button.setEnabled(not busy)
