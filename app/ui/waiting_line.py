"""Shows the questions that wait for the model, and has them answered in turn."""

from PySide6.QtCore import QObject, Qt, Signal

from app.domain.errors import UserError
from app.services.asking import Asking
from app.store.conversations import ConversationStore
from app.store.draft_files import DraftFiles
from app.ui.bridge import Bridge
from app.ui.chat.obstacles import Obstacle
from app.ui.controller import Controller
from app.ui.main_window import MainWindow


class WaitingLine(QObject):
    """Between the services' line of questions and the window.

    Args:
        window: Shows and reports.
        bridge: What the services report.
        controller: Knows which chat is open.
        asking: The questions, and what answers them.
        store: Keeps as drafts what waits when the window closes.
        files: Keeps the files of these.

    Signals:
        files_returned: The files of a question that was taken back.
    """

    files_returned = Signal(object)

    def __init__(
        self,
        *,
        window: MainWindow,
        bridge: Bridge,
        controller: Controller,
        asking: Asking,
        store: ConversationStore,
        files: DraftFiles,
    ) -> None:
        super().__init__(window)
        self._window = window
        self._bridge = bridge
        self._controller = controller
        self._chat = asking.chat
        self._asking = asking
        self._store = store
        self._files = files
        self._bar = window.panel.waiting
        self._bar.taken_back.connect(self._take_back)
        self._bar.visited.connect(lambda: controller.ask_for_chat(self._elsewhere()))
        # Only after whoever else hears of it: the reply before has to be over by then.
        queued = Qt.ConnectionType.QueuedConnection
        bridge.chat_state.connect(self._go_on, queued)
        bridge.model.connect(self._go_on, queued)
        bridge.waiting.connect(self.show)
        bridge.chat_state.connect(self.show)
        bridge.model.connect(self.show)
        controller.opened.connect(self.show)
        window.stop_requested.connect(self._stop)
        window.panel.composer.stop_requested.connect(self._stop)
        window.sidebar.delete_requested.connect(asking.forget)
        window.retranslated.connect(self.show)
        window.closing.connect(self._keep_as_drafts)

    def show(self) -> None:
        """Says what the open chat waits for, and which chats wait at all."""
        waiting = self._asking.waiting_in(self._controller.open_chat)
        elsewhere = self._elsewhere()
        text = self._words(elsewhere) if waiting is not None else ""
        self._bar.say(text, elsewhere=waiting is not None and elsewhere is not None)
        self._window.panel.view.hinder(self._obstacle())
        self._window.panel.set_elsewhere(
            self._title(elsewhere) if elsewhere is not None else ""
        )

    def _go_on(self) -> None:
        self._asking.go_on()

    def _stop(self) -> None:
        """Ends what goes on: first what waits in the open chat, else the reply."""
        if self._asking.waiting_in(self._controller.open_chat) is not None:
            self._take_back()
        else:
            self._chat.stop()

    def _take_back(self) -> None:
        """Puts the question back where it was written, above what is there now."""
        chat = self._controller.open_chat
        try:
            asked = self._asking.take_back(chat or "")
        except UserError as error:
            self._bridge.failed.emit(error)
            return
        if asked is None:
            return
        composer = self._window.panel.composer
        composer.text = "\n\n".join(filter(None, (asked.text, composer.text)))
        self.files_returned.emit(asked.attachments)
        self._controller.turn_path()
        composer.setFocus()

    def _keep_as_drafts(self) -> None:
        """What has waited in vain is there again at the next start, to be sent."""
        try:
            for waiting in self._asking.line:
                chat, asked = waiting.conversation, waiting.asked
                self._asking.take_back(chat)
                texts = (asked.text, self._store.draft(chat))
                self._store.set_draft(chat, "\n\n".join(filter(None, texts)))
                if asked.attachments:
                    kept = self._files.load(chat)
                    self._files.save(chat, (*asked.attachments, *kept))
        except UserError as error:
            self._bridge.failed.emit(error)

    def _obstacle(self) -> Obstacle:
        """What stands in the way of actions on the messages of the open chat."""
        present, active = self._controller.open_chat, self._chat.active_conversation
        if self._asking.waiting_in(present) is not None:
            return Obstacle.HERE
        if active is None:
            return Obstacle.NONE
        return Obstacle.HERE if active == present else Obstacle.ELSEWHERE

    def _elsewhere(self) -> str | None:
        """The chat that is answered just now, where that is not the open one."""
        active = self._chat.active_conversation
        return None if active == self._controller.open_chat else active

    def _title(self, chat: str) -> str:
        return self._window.sidebar.title_of(chat) or self.tr("another chat")

    def _words(self, elsewhere: str | None) -> str:
        if elsewhere is None:
            return self.tr("Waits until the model is ready, and is answered then.")
        before = self._place()
        if before:
            text = self.tr("Waits: “{0}” is being answered, and {1} more come first.")
            return text.format(self._title(elsewhere), before)
        text = self.tr("Waits: “{0}” is being answered first.")
        return text.format(self._title(elsewhere))

    def _place(self) -> int:
        """How many questions are before that of the open chat."""
        chats = [waiting.conversation for waiting in self._asking.line]
        return chats.index(self._controller.open_chat or "")
