"""Looks after the archive while the window is open: daily work, restoring backups."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, TypeVar

from PySide6.QtCore import QObject, Qt, QTimer, Signal
from PySide6.QtGui import QGuiApplication

from app.domain.errors import ErrorCode, UserError
from app.services.chat import ChatService
from app.store import salvage
from app.store.backups import Backups
from app.store.database import Database
from app.ui.backups_dialog import BackupsDialog
from app.ui.bridge import Bridge
from app.ui.main_window import MainWindow
from app.ui.tasks import Task

_FIRST_MS: Final = 3000
"""After the start, when the window is usable."""
_Found = TypeVar("_Found")
_AGAIN_MS: Final = 3_600_000
"""A program that is never closed meets a new day too."""


class ArchiveCare(QObject):
    """Runs the daily work in the background, and restores a backup when asked to.

    Args:
        window: Asks and says.
        bridge: Takes what could not be done.
        chat: Writes replies; it must not while the archive is another.
        database: The window's connection.
        backups: The copies of the archive.
        daily: The work of a day; it runs in a thread and may raise `UserError`.

    Signals:
        restored: The archive is another one now.
    """

    restored = Signal()

    def __init__(
        self,
        *,
        window: MainWindow,
        bridge: Bridge,
        chat: ChatService,
        database: Database,
        backups: Backups,
        daily: Callable[[], object],
    ) -> None:
        super().__init__(window)
        self._window = window
        self._chat = chat
        self._database = database
        self._backups = backups
        self._daily = daily
        self._bridge = bridge
        self._task = Task(self)
        self._task.failed.connect(self._failed)
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._begin)
        self._damaged = False
        bridge.failed.connect(self._note_damage)
        window.backups_requested.connect(self._ask)

    def start(self) -> None:
        """Begins the daily work in a while."""
        self._timer.start(_FIRST_MS)

    def close(self) -> None:
        """Begins nothing more and waits for what is under way."""
        self._timer.stop()
        self._task.wait()

    def restore(self, backup: Path) -> None:
        """Puts a copy in the archive's place and says where the archive is now."""
        aside = self._replace(lambda: self._backups.restore(backup, datetime.now(UTC)))
        if aside is not None:
            text = self.tr(
                "The backup was restored. The chats as they were before: {0}"
            )
            self._window.panel.notice.say(text.format(aside))

    def save_the_rest(self) -> None:
        """Puts what can be read of a damaged archive in its place."""
        found = self._replace(
            lambda: salvage.salvage(self._database.path, datetime.now(UTC))
        )
        if found is not None:
            self._damaged = False
            text = self.tr(
                "Saved: {0} chats with {1} messages. Could not be read: {2}. The "
                "damaged file is kept here: {3}"
            )
            said = text.format(found.chats, found.messages, found.lost, found.aside)
            self._window.panel.notice.say(said)

    def _replace(self, replace: Callable[[], _Found]) -> _Found | None:
        """Has another archive put in the place of this one, while nobody uses it."""
        self._chat.stop()
        self._task.wait()
        QGuiApplication.setOverrideCursor(Qt.CursorShape.WaitCursor)
        try:
            with self._database.released():
                found = replace()
        except UserError as error:
            self._bridge.failed.emit(error)
            return None
        finally:
            QGuiApplication.restoreOverrideCursor()
        self.restored.emit()
        return found

    def _begin(self) -> None:
        self._timer.start(_AGAIN_MS)
        if self._database.locked is None:
            self._task.start(self._daily)

    def _failed(self, error: UserError) -> None:
        # Whoever has the archive locked does the same work.
        if error.code is not ErrorCode.ARCHIVE_BUSY:
            self._bridge.failed.emit(error)

    def _note_damage(self, error: UserError) -> None:
        if error.code is ErrorCode.ARCHIVE_UNREADABLE:
            self._damaged = True

    def _ask(self) -> None:
        dialog = BackupsDialog(self._backups.all(), self._window, damaged=self._damaged)
        backup = dialog.ask()
        if dialog.saves:
            self.save_the_rest()
        elif backup is not None:
            self.restore(backup)
