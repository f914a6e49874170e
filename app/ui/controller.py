"""Connects the window's intents with the services, and what they report with it."""

import logging
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Final

from PySide6.QtCore import QObject, QTimer, Signal

from app.domain.attachments import Attachment
from app.domain.branches import newest_leaf
from app.domain.conversation import Conversation, Message
from app.domain.errors import ErrorCode, UserError
from app.domain.generation import ModelInfo
from app.domain.remote import ServerKey, is_link
from app.domain.tools import Tool
from app.services.asking import Asking
from app.services.models import ModelService
from app.services.observers import ChatState, ModelState, StreamedText
from app.services.preferences import Preferences
from app.services.presets import with_preset
from app.services.reply import ReplyOptions
from app.services.sources import ModelSource
from app.services.words import Phrase
from app.store.conversations import ConversationStore, Loaded
from app.store.settings import Settings
from app.ui import words
from app.ui.bridge import Bridge
from app.ui.dialogs import Dialogs
from app.ui.main_window import MainWindow

_LOG: Final = logging.getLogger(__name__)
_DRAFT_MS: Final = 1000
_TRY_AGAIN: Final = {
    ErrorCode.SERVER_UNREACHABLE,
    ErrorCode.SERVER_BUSY,
    ErrorCode.SERVER_SILENT,
    ErrorCode.SERVER_LOST,
    ErrorCode.SERVER_FAILED,
}
"""What may be over by itself when a server could not be used."""
_ASK_AGAIN: Final = {
    ErrorCode.SERVER_ADDRESS,
    ErrorCode.SERVER_UNTRUSTED,
    ErrorCode.SERVER_KEY,
    ErrorCode.SERVER_MODEL,
    ErrorCode.SERVER_UNSUITABLE,
}
"""What only another address, key or name can mend."""
_PREPARE_MS: Final = 50
"""What the user sees comes first."""
_SAVE_MS: Final = 100
"""Streamed text is saved this often. 300 ms are promised: the rest is for a machine on
which the window has to wait."""


class Controller(QObject):
    """Which chat is open, and what each intent does.

    Args:
        window: Shows and reports.
        bridge: What the services report.
        asking: Has questions answered.
        models: Keeps a model loaded.
        store: The chats.
        preferences: The user's settings.

    Signals:
        opened: The id of the chat that is shown now; None for one that has not begun.
        sent: A message has gone with the files that were attached to it.
        prepared: The `History` before the next message of the open chat.
    """

    opened = Signal(object)
    sent = Signal()
    prepared = Signal(object)

    def __init__(
        self,
        *,
        window: MainWindow,
        bridge: Bridge,
        asking: Asking,
        models: ModelService,
        store: ConversationStore,
        preferences: Preferences,
    ) -> None:
        super().__init__(window)
        self._window = window
        self._chat = asking.chat
        self._asking = asking
        self._models = models
        self._store = store
        self._preferences = preferences
        self._dialogs = Dialogs(window)
        self._model: ModelInfo | None = None
        self._open: str | None = None
        self._saver = QTimer(self)
        self._saver.setInterval(_SAVE_MS)
        self._saver.timeout.connect(asking.chat.flush)
        self._drafter = QTimer(self)
        self._drafter.setSingleShot(True)
        self._drafter.setInterval(_DRAFT_MS)
        self._drafter.timeout.connect(self._keep_draft)
        self._opened: Conversation | None = None
        self._preparer = QTimer(self)
        self._preparer.setSingleShot(True)
        self._preparer.setInterval(_PREPARE_MS)
        self._preparer.timeout.connect(self._prepare_now)
        self._connect_window(window)
        self._connect_services(bridge)
        window.panel.composer.set_enabled_tools(preferences.values.tools)
        self._open_chat(None)
        window.panel.composer.setFocus()

    @property
    def open_chat(self) -> str | None:
        """The id of the chat that is shown; None is one that has not begun."""
        return self._open

    @property
    def is_writing(self) -> bool:
        """Whether a reply is being written in the open chat."""
        return self._open is not None and self._open == self._chat.active_conversation

    def ask_for_chat(self, conversation_id: str | None) -> None:
        """Shows a chat, or says why not."""
        self._try(lambda: self.show_chat(conversation_id))

    def ask_for_message(self, conversation_id: str, message_id: str) -> None:
        """Shows a message of a chat, or says why not."""
        self._try(lambda: self.show_message(conversation_id, message_id))

    def show_chat(self, conversation_id: str | None) -> None:
        """Shows a chat; None begins a new one."""
        if conversation_id is not None and conversation_id == self._open:
            return
        self._keep_draft()
        self._window.panel.notice.hide()
        self._open_chat(conversation_id)
        self._window.panel.composer.setFocus()

    def begin_again(self) -> None:
        """Shows a new chat, for the archive has become another one."""
        self._drafter.stop()
        self._try(lambda: self._open_chat(None))

    def show_message(self, conversation_id: str, message_id: str) -> None:
        """Shows a message of a chat, in whichever branch it is.

        Raises:
            UserError: CHAT_NOT_FOUND; BUSY, as it is in another branch than the reply
                that is being written; or what the archive raises.
        """
        conversation = self._chat.open(conversation_id).conversation
        on_path = message_id in (message.id for message in conversation.path())
        elsewhere = message_id in conversation.messages and not on_path
        if elsewhere:
            if conversation_id == self._chat.active_conversation:
                raise UserError(ErrorCode.BUSY)
            leaf = newest_leaf(conversation, message_id)
            self._store.set_leaf(conversation_id, leaf)
        if elsewhere or conversation_id != self._open:
            self._keep_draft()
            self._window.panel.notice.hide()
            self._open_chat(conversation_id)
        self._window.panel.view.show_message(message_id)

    def _open_chat(self, conversation_id: str | None) -> None:
        panel = self._window.panel
        loaded = self._chat.open(conversation_id) if conversation_id else None
        self._open = conversation_id
        if loaded is None:
            panel.show_conversation(None)
        else:
            self._show_loaded(loaded)
        panel.composer.text = self._store.draft(conversation_id or "")
        self._show_readiness()
        self.opened.emit(conversation_id)
        self.prepare(loaded.conversation if loaded is not None else None)

    def turn_path(self) -> None:
        """Shows the open chat as it is now; what is read stays in its place."""
        if self._open is not None:
            self._window.panel.turn(self._chat.open(self._open).conversation)
            self.prepare()

    @property
    def reply_options(self) -> ReplyOptions:
        """How replies are to be written just now."""
        options = ReplyOptions(
            enabled=frozenset(self._window.panel.composer.enabled_tools),
            sampling=self._preferences.values.sampling,
        )
        preset = self._window.panel.composer.preset.current
        return with_preset(options, preset, self._model)

    def open_model(self, source: ModelSource, key: ServerKey | None = None) -> None:
        """Loads another model; an answer under way ends with the present one."""
        self._chat.stop()
        self._models.open(source, key)

    def reload_model(self) -> None:
        """Loads the model again, with the settings of now."""
        self._chat.stop()
        self._models.retry()

    def close(self) -> None:
        """Saves what is not saved yet; the window is about to close."""
        self._chat.stop()
        self._preparer.stop()
        self._keep_draft()
        geometry = self._window.geometry_text()
        self.remember(replace(self._preferences.values, window_geometry=geometry))

    def report_bug(
        self,
        kind: type[BaseException],
        error: BaseException,
        trace: TracebackType | None,
    ) -> None:
        """Logs what no one expected and says so; the program goes on."""
        _LOG.error("unexpected", exc_info=(kind, error, trace))
        self._failed(UserError(ErrorCode.INTERNAL, f"{kind.__name__}: {error}"))

    def remember(self, values: Settings) -> None:
        """Keeps other settings, and says it when they cannot be written."""
        self._try(lambda: self._preferences.update(values))

    def _connect_window(self, window: MainWindow) -> None:
        window.new_requested.connect(lambda: self.ask_for_chat(None))
        window.open_requested.connect(self._open_model)
        window.demo_requested.connect(self._open_demo)
        window.closing.connect(self.close)
        composer = window.panel.composer
        composer.submitted.connect(self._send_written)
        composer.edited.connect(self._drafter.start)
        composer.tools_changed.connect(self._tools_changed)
        window.panel.welcome.suggested.connect(self._send)

    def _connect_services(self, bridge: Bridge) -> None:
        bridge.chat_state.connect(self._chat_state_changed)
        bridge.message.connect(self._message_changed)
        bridge.text.connect(self._text_streamed)
        bridge.waiting.connect(self._show_readiness)
        bridge.model_state.connect(self._model_state_changed)
        bridge.model.connect(self._model_changed)
        bridge.noted.connect(self._noted)
        bridge.failed.connect(self._failed)

    # -- what the user wants ---------------------------------------------------------

    def _send_written(self, text: str) -> None:
        if self._send(text, self._window.panel.composer.attachments):
            self._window.panel.composer.text = ""
            self._keep_draft()

    def _send(self, text: str, attachments: tuple[Attachment, ...] = ()) -> bool:
        """Sends a message; False when that was not possible."""
        is_new = self._open is None
        try:
            conversation_id = self._asking.send(
                self._open,
                text,
                self.reply_options,
                attachments=attachments,
                preset=self._window.panel.composer.preset.current,
            )
            if attachments:
                self.sent.emit()
            if is_new:
                self._open = conversation_id
                self._show_loaded(self._chat.open(conversation_id))
                self._try(lambda: self._store.set_draft("", ""))
        except UserError as error:
            self._failed(error)
            return False
        self._window.panel.notice.hide()
        self._window.panel.view.follow()
        self.opened.emit(self._open)
        self._show_readiness()
        return True

    def _tools_changed(self, tools: frozenset[Tool]) -> None:
        self.remember(replace(self._preferences.values, tools=tools))
        self.prepare()

    def rename_chat(self, conversation_id: str, title: str) -> None:
        """Shows the other title of a chat where it is open."""
        if conversation_id == self._open:
            self._window.panel.set_title(title)

    def _open_model(self) -> None:
        present = self._preferences.values.model_path
        local = present and not is_link(present)
        folder = Path(present).parent if local else Path.home()
        path = self._dialogs.model_file(folder)
        if path is not None:
            self.open_model(path)

    def _open_demo(self) -> None:
        self._chat.stop()
        self._models.open_demo()

    # -- what the services report ----------------------------------------------------

    def _chat_state_changed(self, state: ChatState) -> None:
        writing = state is not ChatState.IDLE
        self._window.set_writing(writing=writing)
        if writing:
            self._saver.start()
        else:
            self._saver.stop()
            self.prepare()
        self._show_readiness()

    def _message_changed(self, conversation_id: str, message: Message) -> None:
        if conversation_id == self._open:
            self._window.panel.put(message)

    def _text_streamed(self, piece: StreamedText) -> None:
        if piece.conversation == self._open:
            self._window.panel.view.stream(
                piece.message, part=piece.part, text=piece.text
            )

    def _model_state_changed(self, state: ModelState, fraction: float) -> None:
        self._window.panel.set_model_state(state, fraction)

    def _model_changed(self, model: ModelInfo | None) -> None:
        self._model = model
        self._chat.set_model(model)
        self._window.panel.set_model(model)
        self._show_readiness()
        if model is not None:
            composer = self._window.panel.composer
            composer.set_enabled_tools(self._preferences.values.tools)
            if note := words.remark(model):
                self._window.panel.notice.say(note)
            # Only a model that could be loaded is loaded again at the next start.
            path = "" if model.demo else model.path
            self.remember(replace(self._preferences.values, model_path=path))
            self.prepare()

    def _noted(self, phrases: tuple[Phrase, ...]) -> None:
        self._window.panel.notice.say(" ".join(map(words.say, phrases)))

    def _failed(self, error: UserError) -> None:
        notice = self._window.panel.notice
        if error.code is ErrorCode.ARCHIVE_UNREADABLE:
            back = self.tr("Restore a backup…")
            notice.say(
                words.explain(error),
                action=back,
                run=self._window.backups_requested.emit,
            )
        elif self._models.state is not ModelState.FAILED:
            notice.say(words.explain(error))
        elif error.code in _TRY_AGAIN:
            again = self.tr("Try again")
            notice.say(words.explain(error), action=again, run=self._models.retry)
        elif error.code in _ASK_AGAIN:
            ask = self.tr("Connect to a server…")
            notice.say(
                words.explain(error), action=ask, run=self._window.server_requested.emit
            )
        else:
            words_for_demo = self.tr("Use the demo model")
            notice.say(words.explain(error), action=words_for_demo, run=self._open_demo)

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
            writing=self.is_writing or self._asking.waiting_in(self._open) is not None,
        )

    def prepare(self, opened: Conversation | None = None) -> None:
        """Will have the engine read the open chat while the user is still writing.

        Args:
            opened: The chat, where it has just been read.
        """
        self._opened = opened
        self._preparer.start()

    def _prepare_now(self) -> None:
        opened, self._opened = self._opened, None
        options = self.reply_options
        if opened is not None and opened.id == self._open:
            self.prepared.emit(self._chat.prepare_for(opened, options))
        else:
            self._try(
                lambda: self.prepared.emit(self._chat.prepare(self._open, options))
            )

    def _keep_draft(self) -> None:
        self._drafter.stop()
        text = self._window.panel.composer.draft
        self._try(lambda: self._store.set_draft(self._open or "", text))

    def _try(self, action: Callable[[], object]) -> bool:
        """Does something with the archive; says it and returns False when it fails."""
        try:
            action()
        except UserError as error:
            self._failed(error)
            return False
        return True
