"""Connects the list of chats with the archive: what is listed, and what is done there.

Which chat the window shows is `app.ui.controller`'s business; it is asked by signals.
"""

from collections.abc import Callable, Collection
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

from PySide6.QtCore import QObject, Signal

from app.domain.errors import ErrorCode, UserError
from app.services.chat import ChatService
from app.services.models import ModelService
from app.services.preferences import Preferences
from app.store.conversations import ConversationStore
from app.ui.bridge import Bridge
from app.ui.dialogs import Dialogs
from app.ui.main_window import MainWindow
from app.ui.sidebar.sidebar import Showing

_MOST_HITS: Final = 100
"""Titles, and messages, that are shown of what was found."""


class ChatListController(QObject):
    """Lists, finds, sorts, deletes and restores chats.

    Args:
        window: Shows and reports.
        bridge: Takes what could not be done.
        chat: Writes replies.
        models: Forgets what it has read of chats that are deleted.
        store: The chats.
        preferences: The user's settings.

    Signals:
        show_requested: The id of a chat to show; None for a new one.
        message_requested: The ids of a chat and of its message to show.
        renamed: The id of a chat and its new title.
    """

    show_requested = Signal(object)
    message_requested = Signal(str, str)
    renamed = Signal(str, str)

    def __init__(
        self,
        *,
        window: MainWindow,
        bridge: Bridge,
        chat: ChatService,
        models: ModelService,
        store: ConversationStore,
        preferences: Preferences,
    ) -> None:
        super().__init__(window)
        self._sidebar = window.sidebar
        self._notice = window.panel.notice
        self._dialogs = Dialogs(window)
        self._bridge = bridge
        self._chat = chat
        self._models = models
        self._store = store
        self._preferences = preferences
        self._open: str | None = None
        sidebar = window.sidebar
        sidebar.chosen.connect(self._show)
        sidebar.hit_chosen.connect(self.message_requested)
        sidebar.refresh_requested.connect(self.refresh)
        sidebar.rename_requested.connect(self._rename)
        sidebar.folder_rename_requested.connect(self._rename_folder)
        sidebar.folder_toggled.connect(self._toggle_folder)
        sidebar.delete_requested.connect(self.delete)
        sidebar.pin_requested.connect(lambda ids: self._pin(ids, pinned=True))
        sidebar.unpin_requested.connect(lambda ids: self._pin(ids, pinned=False))
        sidebar.move_requested.connect(self._move)
        sidebar.new_folder_requested.connect(self._move_to_new_folder)
        sidebar.restore_requested.connect(self.restore)
        sidebar.purge_requested.connect(self._purge)
        sidebar.empty_requested.connect(self._empty)
        window.activated.connect(self.refresh)
        window.retranslated.connect(self.refresh)
        bridge.conversations.connect(self.refresh)

    def refresh(self) -> None:
        """Lists what is to be listed, as it is in the archive now."""
        self._try(self._list)

    def mark(self, conversation_id: str | None) -> None:
        """Takes which chat is open."""
        self._open = conversation_id
        self._sidebar.mark(conversation_id)

    def delete(self, chats: Collection[str]) -> None:
        """Puts chats into the trash and offers to take them out again."""
        if self._chat.active_conversation in chats:
            self._bridge.failed.emit(UserError(ErrorCode.BUSY))
            return
        now = datetime.now(UTC)
        if not self._change(lambda: self._each(chats, lambda c: self._trash(c, now))):
            return
        shown = self._open
        if shown in chats:
            self.show_requested.emit(None)
        text = self.tr("The chat was put into the trash.")
        if len(chats) > 1:
            text = self.tr("Chats put into the trash: {0}").format(len(chats))
        again = shown if shown in chats else None
        self._notice.say(
            text,
            action=self.tr("Undo"),
            run=lambda: self.restore(chats, show=again),
        )

    def restore(self, chats: Collection[str], show: str | None = None) -> None:
        """Takes chats out of the trash, and shows one of them."""
        if self._change(lambda: self._each(chats, self._store.restore)):
            self._notice.hide()
            if show is not None:
                self.show_requested.emit(show)

    def _list(self) -> None:
        sidebar = self._sidebar
        match sidebar.showing:
            case Showing.CHATS:
                sidebar.show_chats(
                    self._store.summaries(),
                    today=datetime.now().astimezone().date(),
                    closed=self._preferences.values.closed_folders,
                )
            case Showing.HITS:
                sidebar.show_hits(self._store.find(sidebar.query, most=_MOST_HITS))
            case Showing.TRASH:
                days = self._preferences.values.trash_days
                sidebar.show_trash(self._store.trashed(), days=days)

    def _show(self, conversation_id: str) -> None:
        self.show_requested.emit(conversation_id)
        if self._sidebar.showing is Showing.TRASH and self._open == conversation_id:
            self._notice.say(
                self.tr("This chat is in the trash."),
                action=self.tr("Restore"),
                run=lambda: self.restore((conversation_id,)),
            )

    def _rename(self, conversation_id: str) -> None:
        title = self._dialogs.title(self._sidebar.title_of(conversation_id))
        if title is not None and self._change(
            lambda: self._store.rename(conversation_id, title)
        ):
            self.renamed.emit(conversation_id, title)

    def _rename_folder(self, folder: str) -> None:
        name = self._dialogs.folder(folder)
        if name is not None:
            chats = [c.id for c in self._store.summaries() if c.folder == folder]
            self._move(chats, name)

    def _toggle_folder(self, folder: str) -> None:
        values = self._preferences.values
        closed = values.closed_folders ^ {folder}
        self._change(
            lambda: self._preferences.update(replace(values, closed_folders=closed))
        )

    def _pin(self, chats: Collection[str], *, pinned: bool) -> None:
        self._change(
            lambda: self._each(chats, lambda c: self._store.pin(c, pinned=pinned))
        )

    def _move(self, chats: Collection[str], folder: str) -> None:
        self._change(lambda: self._store.move(chats, folder))

    def _move_to_new_folder(self, chats: Collection[str]) -> None:
        name = self._dialogs.folder("")
        if name is not None:
            self._move(chats, name)

    def _purge(self, chats: Collection[str]) -> None:
        if not self._dialogs.delete_for_good(len(chats)):
            return
        if self._change(lambda: self._store.purge(chats)) and self._open in chats:
            self.show_requested.emit(None)

    def _empty(self) -> None:
        self._try(lambda: self._purge([chat.id for chat in self._store.trashed()]))

    def _trash(self, conversation_id: str, now: datetime) -> None:
        self._store.trash(conversation_id, now)
        self._models.forget(conversation_id)

    @staticmethod
    def _each(chats: Collection[str], action: Callable[[str], object]) -> None:
        for chat in chats:
            action(chat)

    def _change(self, action: Callable[[], object]) -> bool:
        """Changes the archive and shows what became of it, even of half a change."""
        done = self._try(action)
        self.refresh()
        return done

    def _try(self, action: Callable[[], object]) -> bool:
        """Does something with the archive; says it and returns False when it fails."""
        try:
            action()
        except UserError as error:
            self._bridge.failed.emit(error)
            return False
        return True
