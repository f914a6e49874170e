"""Says as long as it is so that something is not saved, and saves it when it can be."""

from typing import Final

from PySide6.QtCore import QEvent, QObject, QTimer, Signal
from typing_extensions import override

from app.domain.errors import ErrorCode, UserError
from app.services.chat import ChatService
from app.store.conversations import ConversationStore
from app.store.database import Database
from app.ui import words
from app.ui.bridge import Bridge
from app.ui.dialogs import Dialogs
from app.ui.main_window import MainWindow

_AGAIN_MS: Final = 3000
_UNWRITABLE: Final = {
    ErrorCode.DISK_FULL,
    ErrorCode.ARCHIVE_READ_ONLY,
    ErrorCode.ARCHIVE_BUSY,
}


class ArchiveWatch(QObject):
    """Tries again what could not be saved, every few seconds and when asked to.

    Args:
        window: Says it, and is not closed without a question.
        bridge: Tells what failed.
        chat: Holds replies that are not saved.
        database: The archive, which may be open for reading only.
        store: Holds drafts that are not saved.

    Signals:
        unlocked: What could only be read can be written.
    """

    unlocked = Signal()

    def __init__(
        self,
        *,
        window: MainWindow,
        bridge: Bridge,
        chat: ChatService,
        database: Database,
        store: ConversationStore,
    ) -> None:
        super().__init__(window)
        self._window = window
        self._standing = window.panel.standing
        self._chat = chat
        self._database = database
        self._store = store
        self._dialogs = Dialogs(window)
        self._timer = QTimer(self)
        self._timer.setInterval(_AGAIN_MS)
        self._timer.timeout.connect(self.look)
        self._timer.start()
        bridge.failed.connect(self._failed)
        window.retranslated.connect(self._show)
        window.installEventFilter(self)
        self._why = database.locked
        self._show()

    @property
    def pending(self) -> int:
        """How many replies and drafts are not in the archive."""
        return len(self._chat.unsaved) + self._store.drafts.unsaved

    def look(self) -> None:
        """Saves what is not saved, where that is possible now."""
        was_locked = self._database.locked is not None
        if not was_locked and not self.pending:
            self._say_that_it_is_saved()
            return
        try:
            self._database.unlock()
            self._chat.unsaved.save()
            self._store.drafts.save()
        except UserError as error:
            self._why = error
            self._show()
        else:
            self._say_that_it_is_saved()
        if was_locked and self._database.locked is None:
            self.unlocked.emit()

    @override
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Asks before the window is closed with what only the window has."""
        if watched is self._window and event.type() is QEvent.Type.Close:
            self._chat.stop()
            if self._chat.unsaved:
                self.look()
            if self._chat.unsaved and not self._dialogs.quit_unsaved():
                event.ignore()
                return True
        return super().eventFilter(watched, event)

    def _failed(self, error: UserError) -> None:
        if error.code in _UNWRITABLE and self.pending:
            self._why = error
            self._show()

    def _say_that_it_is_saved(self) -> None:
        if self._why is not None:
            self._why = None
            self._standing.hide()
            self._window.panel.notice.say(self.tr("Everything is saved again."))

    def _show(self) -> None:
        if self._why is None:
            return
        sentences = [words.explain(self._why)]
        if self._database.locked is not None:
            sentences.append(
                self.tr("Chats can be read, searched, copied and exported.")
            )
        if self._chat.unsaved:
            text = self.tr("Replies that only this window has: {0}.")
            sentences.append(text.format(len(self._chat.unsaved)))
        again = self.tr("Try again")
        self._standing.say("\n".join(sentences), action=again, run=self.look)
