"""Connects the window's intents with the services, and what they report with it."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from PySide6.QtCore import QObject, QTimer

from app.domain.conversation import Message, Role
from app.domain.errors import ErrorCode, UserError
from app.domain.generation import ModelInfo
from app.services.chat import ChatService, ChatState, StreamedText
from app.services.models import ModelService, ModelState
from app.services.preferences import Preferences
from app.services.sampling import sampling_for
from app.store.conversations import ConversationStore, Loaded
from app.store.settings import Settings
from app.ui import words
from app.ui.bridge import Bridge
from app.ui.dialogs import Dialogs
from app.ui.main_window import MainWindow

_SAVE_MS: Final = 250
"""Streamed text is saved at least this often; 300 ms is promised."""


class Controller(QObject):
    """Which chat is open, and what each intent does.

    Args:
        window: Shows and reports.
        bridge: What the services report.
        chat: Writes replies.
        models: Keeps a model loaded.
        store: The chats.
        preferences: The user's settings.
    """

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
        self._window = window
        self._chat = chat
        self._models = models
        self._store = store
        self._preferences = preferences
        self._dialogs = Dialogs(window)
        self._model: ModelInfo | None = None
        self._open: str | None = None
        self._search = ""
        self._saver = QTimer(self)
        self._saver.setInterval(_SAVE_MS)
        self._saver.timeout.connect(chat.flush)
        self._connect_window(window)
        self._connect_services(bridge)
        window.panel.composer.set_enabled_tools(preferences.values.tools)
        self._list_chats()
        self.show_chat(None)

    @property
    def open_chat(self) -> str | None:
        """The id of the chat that is shown; None is one that has not begun."""
        return self._open

    def show_chat(self, conversation_id: str | None) -> None:
        """Shows a chat; None begins a new one."""
        panel = self._window.panel
        loaded = self._chat.open(conversation_id) if conversation_id else None
        self._keep_draft()
        self._open = conversation_id
        if loaded is None:
            panel.show_conversation(None)
        else:
            self._show_loaded(loaded)
        panel.composer.text = self._store.draft(conversation_id or "")
        panel.composer.set_context(0, 0)
        self._window.sidebar.mark(conversation_id)
        panel.composer.setFocus()

    def close(self) -> None:
        """Saves what is not saved yet; the window is about to close."""
        self._chat.stop()
        self._chat.flush()
        self._keep_draft()
        geometry = self._window.geometry_text()
        self.remember(replace(self._preferences.values, window_geometry=geometry))

    def remember(self, values: Settings) -> None:
        """Keeps other settings, and says it when they cannot be written."""
        self._try(lambda: self._preferences.update(values))

    def _connect_window(self, window: MainWindow) -> None:
        window.new_requested.connect(lambda: self._try(lambda: self.show_chat(None)))
        window.stop_requested.connect(self._chat.stop)
        window.open_requested.connect(self._open_model)
        window.demo_requested.connect(self._models.open_demo)
        window.closing.connect(self.close)
        sidebar = window.sidebar
        sidebar.chosen.connect(lambda chat: self._try(lambda: self.show_chat(chat)))
        sidebar.search_changed.connect(self._look_for)
        sidebar.rename_requested.connect(self._rename)
        sidebar.delete_requested.connect(self._delete)
        composer = window.panel.composer
        composer.submitted.connect(self._send)
        composer.stop_requested.connect(self._chat.stop)
        composer.recall_requested.connect(self._recall)
        composer.tools_changed.connect(
            lambda tools: self.remember(replace(self._preferences.values, tools=tools))
        )
        window.panel.welcome.suggested.connect(self._suggest)

    def _connect_services(self, bridge: Bridge) -> None:
        bridge.chat_state.connect(self._chat_state_changed)
        bridge.message.connect(self._message_changed)
        bridge.text.connect(self._text_streamed)
        bridge.context.connect(self._context_measured)
        bridge.conversations.connect(self._list_chats)
        bridge.model_state.connect(self._model_state_changed)
        bridge.model.connect(self._model_changed)
        bridge.failed.connect(self._failed)

    # -- what the user wants ---------------------------------------------------------

    def _send(self, text: str) -> None:
        composer = self._window.panel.composer
        is_new = self._open is None
        composer.text = ""
        try:
            conversation_id = self._chat.send(
                self._open,
                text,
                enabled=composer.enabled_tools,
                sampling=sampling_for(self._model, self._preferences.values.sampling),
            )
        except UserError as error:
            composer.text = text
            self._failed(error)
            return
        if is_new:
            self._open = conversation_id
            self._show_loaded(self._chat.open(conversation_id))
        self._store.set_draft("" if is_new else conversation_id, "")
        self._window.panel.view.follow()
        self._list_chats()

    def _suggest(self, text: str) -> None:
        self._window.panel.composer.text = text
        if self._model is not None:
            self._send(text)

    def _recall(self) -> None:
        transcript = self._window.panel.transcript
        for row in reversed(range(transcript.rowCount())):
            if transcript.message(row).role is Role.USER:
                self._window.panel.composer.text = transcript.message(row).text
                return

    def _look_for(self, text: str) -> None:
        self._search = text
        self._list_chats()

    def _rename(self, conversation_id: str) -> None:
        present = next(
            (c.title for c in self._store.summaries() if c.id == conversation_id), ""
        )
        title = self._dialogs.title(present)
        if title is not None:
            self._try(lambda: self._store.rename(conversation_id, title))
            self._list_chats()
            if conversation_id == self._open:
                self._window.panel.set_title(title)

    def _delete(self, conversation_id: str) -> None:
        if conversation_id == self._chat.active_conversation:
            self._failed(UserError(ErrorCode.BUSY))
            return
        self._try(lambda: self._store.trash(conversation_id, datetime.now(UTC)))
        if conversation_id == self._open:
            self._open = None
            self.show_chat(None)
        self._list_chats()
        self._window.panel.notice.say(
            self.tr("The chat was deleted."),
            action=self.tr("Undo"),
            run=lambda: self._restore(conversation_id),
        )

    def _restore(self, conversation_id: str) -> None:
        self._try(lambda: self._store.restore(conversation_id))
        self._list_chats()
        self._try(lambda: self.show_chat(conversation_id))

    def _open_model(self) -> None:
        present = self._preferences.values.model_path
        folder = Path(present).parent if present else Path.home()
        path = self._dialogs.model_file(folder)
        if path is not None:
            self.remember(replace(self._preferences.values, model_path=str(path)))
            self._models.open(path)

    # -- what the services report ----------------------------------------------------

    def _chat_state_changed(self, state: ChatState) -> None:
        writing = state is not ChatState.IDLE
        self._window.set_writing(writing=writing)
        if writing:
            self._saver.start()
        else:
            self._saver.stop()
        self._show_readiness()

    def _message_changed(self, conversation_id: str, message: Message) -> None:
        if conversation_id == self._open:
            self._window.panel.put(message)

    def _text_streamed(self, piece: StreamedText) -> None:
        if piece.conversation == self._open:
            self._window.panel.view.stream(
                piece.message, part=piece.part, text=piece.text
            )

    def _context_measured(self, used: int, total: int) -> None:
        if self._open == self._chat.active_conversation:
            self._window.panel.composer.set_context(used, total)

    def _model_state_changed(self, state: ModelState, fraction: float) -> None:
        self._window.panel.set_model_state(state, fraction)
        if state is ModelState.RESTARTING:
            self._window.panel.notice.say(
                self.tr(
                    "The engine stopped and is starting again. "
                    "What was written is kept."
                )
            )
        elif state is ModelState.READY:
            self._window.panel.notice.hide()

    def _model_changed(self, model: ModelInfo | None) -> None:
        self._model = model
        self._chat.set_model(model)
        self._window.panel.set_model(model)
        self._show_readiness()

    def _failed(self, error: UserError) -> None:
        self._window.panel.notice.say(words.explain(error))

    def _show_loaded(self, loaded: Loaded) -> None:
        self._window.panel.show_conversation(loaded.conversation)
        if loaded.unreadable:
            self._window.panel.notice.say(
                self.tr("Damaged records in this chat, left out: {0}").format(
                    loaded.unreadable
                )
            )

    # -- small things ----------------------------------------------------------------

    def _show_readiness(self) -> None:
        self._window.panel.composer.set_state(
            ready=self._model is not None,
            writing=self._chat.state is not ChatState.IDLE,
        )

    def _list_chats(self) -> None:
        today = datetime.now().astimezone().date()
        chats = self._store.summaries(self._search)
        self._window.sidebar.show_chats(chats, self._open, today)

    def _keep_draft(self) -> None:
        text = self._window.panel.composer.text
        self._try(lambda: self._store.set_draft(self._open or "", text))

    def _try(self, action: Callable[[], object]) -> None:
        """Does something with the archive and says it when that fails."""
        try:
            action()
        except UserError as error:
            self._failed(error)
