"""Connects the composer with the services: files that go along, and the ledger."""

from collections.abc import Iterable
from typing import Final

from PySide6.QtCore import QObject, QTimer

from app.domain.attachments import Attachment
from app.domain.generation import ModelInfo
from app.domain.ledger import Ledger
from app.engine import protocol
from app.services.attachments import AttachmentService, DraftArchive
from app.services.history import History
from app.services.ledger import LedgerService, can_count, outline
from app.services.shortening import Shortening
from app.ui.bridge import Bridge
from app.ui.controller import Controller
from app.ui.dialogs import Dialogs
from app.ui.engine_process import EngineProcess
from app.ui.file_reader import FileReader
from app.ui.main_window import MainWindow

_TYPING_MS: Final = 120
"""After the last key, tokens are counted."""
_LATE_MS: Final = 400
"""Without an answer for so long, estimates are shown."""


class Composing(QObject):
    """What is being written in the open chat.

    Args:
        window: Shows and reports.
        bridge: What the services report.
        controller: Knows which chat is open.
        engine: Counts tokens.
        reader: Reads files.
        archive: Keeps the files of drafts.
    """

    def __init__(
        self,
        *,
        window: MainWindow,
        bridge: Bridge,
        controller: Controller,
        engine: EngineProcess,
        reader: FileReader,
        archive: DraftArchive,
    ) -> None:
        super().__init__(window)
        self._window = window
        self._bridge = bridge
        self._controller = controller
        self._engine = engine
        self._dialogs = Dialogs(window)
        self._composer = window.panel.composer
        self._model: ModelInfo | None = None
        self._history = History(())
        self._dropped = 0
        self._ledger = Ledger()
        self._shortening: Shortening | None = None
        self._attachments = AttachmentService(
            reader,
            archive,
            changed=self._files_changed,
            noted=lambda phrase: bridge.noted.emit((phrase,)),
            failed=bridge.failed.emit,
        )
        self._counting = LedgerService(engine, self._take_ledger)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._count)
        reader.finished.connect(self._attachments.file_read)
        self._connect()
        self._opened(controller.open_chat)

    def _connect(self) -> None:
        composer, files = self._composer, self._attachments
        composer.files_offered.connect(files.add_files)
        composer.file_requested.connect(lambda: files.add_files(self._dialogs.files()))
        composer.text_attached.connect(
            lambda text: files.add_text(self.tr("Pasted text"), text)
        )
        composer.file_removed.connect(files.remove)
        composer.part_requested.connect(self._shorten)
        composer.picture_offered.connect(self._refuse_picture)
        composer.edited.connect(lambda: self._timer.start(_TYPING_MS))
        self._controller.opened.connect(self._opened)
        self._controller.prepared.connect(self._prepared)
        self._controller.sent.connect(files.sent)
        self._bridge.model.connect(self._model_changed)
        self._bridge.context.connect(self._measured)
        self._engine.event_received.connect(self._engine_event)

    def put_back(self, attachments: Iterable[Attachment]) -> None:
        """Has files go along again that went along with a message taken back."""
        for attachment in attachments:
            self._attachments.add_text(attachment.name, attachment.text)

    def forget(self) -> None:
        """The archive has become another one, with other drafts."""
        self._attachments.forget()

    def _opened(self, conversation_id: str | None) -> None:
        self._shortening = None
        self._attachments.show(conversation_id or "")

    def _prepared(self, history: History) -> None:
        self._history = history
        self._outline()

    def _model_changed(self, model: ModelInfo | None) -> None:
        self._model = model
        self._shortening = None
        self._counting.set_model(model)
        self._outline()

    def _measured(self, used: int, _total: int) -> None:
        if self._controller.is_writing:
            self._counting.measured(used)

    def _outline(self) -> None:
        """Takes what stands before the message as it is now."""
        self._dropped = len(self._history.dropped)
        options = self._controller.reply_options
        self._counting.set_outline(outline(self._model, self._history, options))
        self._count()

    def _files_changed(self) -> None:
        self._composer.set_enclosures(self._attachments.enclosures)
        self._count()

    def _count(self) -> None:
        composer = self._composer
        self._counting.set_draft(composer.text, composer.attachments)
        self._counting.refresh()
        if self._counting.waits:
            self._timer.start(_LATE_MS)

    def _take_ledger(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._composer.set_ledger(ledger)

    def _engine_event(self, event: protocol.Event) -> None:
        self._counting.engine_event(event)
        if self._shortening is not None:
            self._shortening.engine_event(event)
        # The chat service has heard of it before: turns may have been left out.
        fitted = isinstance(event, protocol.Tokenized | protocol.Prepared)
        if fitted and self._dropped != len(self._history.dropped):
            self._outline()

    # -- what does not fit -----------------------------------------------------------

    def _shorten(self, key: int) -> None:
        """Has only as much of a file go along as leaves room for an answer."""
        read = [e for e in self._attachments.enclosures if e.attachment is not None]
        sizes = dict(zip((each.key for each in read), self._ledger.files, strict=False))
        whole = next((each.attachment for each in read if each.key == key), None)
        if whole is None or key not in sizes:
            return
        self._shortening = Shortening(
            self._engine if can_count(self._model) else None,
            whole,
            budget=self._ledger.left + sizes[key],
            done=lambda part: self._shortened(key, part),
        )
        self._shortening.begin()

    def _shortened(self, key: int, part: Attachment | None) -> None:
        self._shortening = None
        if part is not None:
            self._attachments.put(key, part)
        else:
            self._window.panel.notice.say(
                self.tr("There is no room for any of it beside your message.")
            )

    def _refuse_picture(self) -> None:
        self._window.panel.notice.say(
            self.tr("This is a picture. The model reads only text.")
        )
