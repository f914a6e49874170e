"""Composition root of the window: builds objects, connects signals, nothing else."""

import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from PySide6.QtCore import QCoreApplication, QEvent, QTimer
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QApplication

from app import __version__, children, log
from app.children import Child
from app.domain.errors import ErrorCode, UserError
from app.engine import client as engine_client
from app.paths import Paths, program_folder
from app.plugins import extensions
from app.plugins.documents import indexer
from app.plugins.manager import ToolManager
from app.plugins.search import needs
from app.services import sources
from app.services.branching import Branching
from app.services.chat import ChatService
from app.services.documents import DocumentService
from app.services.exchange import Exchange
from app.services.models import ModelService, StatePlace
from app.services.preferences import Preferences
from app.services.servers import ServerDirectory
from app.services.sources import ModelSource
from app.services.tool_decisions import ToolDecisions, decisions_of
from app.services.tool_desk import ToolDesk
from app.services.upkeep import keep_up
from app.store.backups import Backups
from app.store.conversations import ConversationStore
from app.store.opening import open_archive
from app.store.pictures import PictureFolder
from app.store.settings import Language, SettingsFile, Theme
from app.store.tool_log import ToolLog
from app.ui import dialogs, input_method, theme, words
from app.ui.archive_care import ArchiveCare
from app.ui.archive_rescue import ArchiveRescue
from app.ui.bridge import Bridge
from app.ui.chat_exchange import ChatExchange
from app.ui.chat_list_controller import ChatListController
from app.ui.controller import Controller
from app.ui.converter_process import ConverterProcess
from app.ui.dialogs import Dialogs
from app.ui.engine_process import EngineProcess
from app.ui.icons import Icons
from app.ui.indexer_process import IndexerProcess
from app.ui.main_window import MainWindow
from app.ui.message_intents import MessageIntents
from app.ui.message_sharing import MessageSharing
from app.ui.pictures import Pictures
from app.ui.rich_text import warm_up
from app.ui.rich_text.formulas import Formulas
from app.ui.search_sources import SearchSources
from app.ui.server_connection import ServerConnection
from app.ui.signals import EndSignals
from app.ui.tool_actions import ToolActions
from app.ui.tool_processes import ToolProcesses
from app.ui.translation import Translation

_INDEX_MS: Final = 5000
"""After the start, when the window is usable, documents are looked through."""


class Application:
    """The window and everything behind it.

    Attributes:
        window: The window; not shown yet.
        chats: What connects the list of chats with the archive.
        controller: What connects the window with the services.
        bridge: What the services report.
        engine: The engine process.
        tools: The tool processes.
        care: Looks after the archive.
        tool_actions: What the window says of tools.
        documents: Keeps the index of the user's documents.
        sources: What the window says of where searches look.
        models: Keeps a model loaded.
        chat: Writes replies.
        servers: Asks servers for their models.
        exchange: Takes chats out and in.

    Args:
        qt: The Qt application.
        paths: Where things are.

    Raises:
        UserError: The archive cannot be opened.
    """

    def __init__(self, qt: QApplication, paths: Paths) -> None:
        self._qt = qt
        self._database = open_archive(paths.archive)
        self._preferences = Preferences(SettingsFile(paths.settings))
        values = self._preferences.values
        self._translation = Translation(qt, paths.translations)
        language = self._translation.use(values.language)
        self._icons = Icons(paths.icons, theme.LIGHT.text)
        store = ConversationStore(self._database)
        manager = ToolManager(
            extensions=extensions.installed(), decisions=decisions_of(values)
        )
        self.bridge = bridge = Bridge()
        folder = str(program_folder())
        self.engine = EngineProcess(
            engine_client.command_line(state=paths.engine, modules=paths.modules),
            folder,
        )
        self.tools = ToolProcesses(paths, manager)
        tool_log = ToolLog(self._database)
        decisions = ToolDecisions(manager, self._preferences, changed=self._decided)
        self._converter = ConverterProcess(
            children.command_line(Child.CONVERTER), folder
        )
        self.chat = ChatService(
            engine=self.engine,
            tools=ToolDesk(
                manager=manager,
                link=self.tools,
                journal=tool_log,
                clock=lambda: datetime.now(UTC),
                allow=decisions.allow,
                failed=bridge.chat_failed,
            ),
            archive=store,
            observer=bridge,
            clock=lambda: datetime.now(UTC),
        )
        self.models = ModelService(
            engine=self.engine,
            converter=self._converter,
            observer=bridge,
            models=paths.models,
            demo_checkpoint=paths.demo_checkpoint,
            states=StatePlace(paths.states),
        )
        self.servers = ServerDirectory(engine=self.engine, observer=bridge)
        self._connect_processes()
        self._formulas = Formulas(children.command_line(Child.TYPESETTING), folder)
        pictures = Pictures(PictureFolder(paths.pictures))
        self.window = MainWindow(
            manager.available(),
            self._icons,
            formulas=self._formulas,
            pictures=pictures,
        )
        pictures.setParent(self.window)
        pictures.failed.connect(bridge.failed)
        self.window.restore_geometry_text(values.window_geometry)
        self.chats = ChatListController(
            window=self.window,
            bridge=bridge,
            chat=self.chat,
            models=self.models,
            store=store,
            preferences=self._preferences,
        )
        self.controller = Controller(
            window=self.window,
            bridge=bridge,
            chat=self.chat,
            models=self.models,
            store=store,
            preferences=self._preferences,
        )
        self._messages = MessageIntents(
            window=self.window,
            bridge=bridge,
            controller=self.controller,
            branching=Branching(
                chat=self.chat, archive=store, clock=lambda: datetime.now(UTC)
            ),
            sharing=MessageSharing(self.window, self._formulas),
        )
        self.controller.opened.connect(self.chats.mark)
        self.chats.show_requested.connect(self.controller.ask_for_chat)
        self.chats.message_requested.connect(self.controller.ask_for_message)
        self.chats.renamed.connect(self.controller.rename_chat)
        self.chats.refresh()
        self._make_care(paths, store)
        self.tool_actions = ToolActions(
            window=self.window,
            bridge=bridge,
            chat=self.chat,
            decisions=decisions,
            log=tool_log,
        )
        self.tools.changed.connect(self.tool_actions.refresh)
        self._make_documents(paths, decisions)
        self._connect_servers()
        self._connect_appearance(language)

    def start(self, model: ModelSource | None = None) -> None:
        """Shows the window, then loads `model`, the last one, or the demo."""
        self.window.show()
        self.tools.warm_up()
        warm_up.import_in_background()
        self._looking.start(_INDEX_MS)
        self.care.start()
        source = model or sources.last(self._preferences.values)
        if source is not None:
            self.models.open(source)
        else:
            self.models.open_demo()

    def close(self) -> None:
        """Ends the child processes and closes the archive."""
        # Who hears of the language looks into the archive, so that comes first.
        self._translation.remove()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.LanguageChange)
        self.engine.close()
        self.tools.close()
        self._looking.stop()
        self._indexer.close()
        self._converter.close()
        self._formulas.close()
        self.care.close()
        self._database.close()

    def _decided(self, name: str) -> None:
        """Something was decided about a tool."""
        self.tools.renew(name)
        self.tool_actions.refresh()
        self.sources.refresh()

    def _make_care(self, paths: Paths, store: ConversationStore) -> None:
        """Daily work on the archive, its backups, and chats in and out of it."""
        self.exchange = ChatExchange(
            window=self.window,
            bridge=self.bridge,
            exchange=Exchange(store, paths.pictures),
        )
        backups = Backups(paths.archive, paths.backups)
        pictures = PictureFolder(paths.pictures)
        self.care = ArchiveCare(
            window=self.window,
            bridge=self.bridge,
            chat=self.chat,
            database=self._database,
            backups=backups,
            daily=lambda: keep_up(
                paths.archive, backups, pictures, now=datetime.now(UTC)
            ),
        )
        self.care.restored.connect(self.controller.begin_again)
        self.care.restored.connect(self.chats.refresh)

    def _make_documents(self, paths: Paths, decisions: ToolDecisions) -> None:
        """The user's documents, and the other places where searches look."""
        index = paths.tools / needs.DOCUMENTS / needs.INDEX
        self._indexer = IndexerProcess(
            indexer.command_line(index), str(program_folder())
        )
        self.documents = DocumentService(
            self._indexer,
            decisions,
            changed=self.bridge.documents.emit,
        )
        self.sources = SearchSources(
            self.window, self.bridge, decisions=decisions, documents=self.documents
        )
        self._indexer.event_received.connect(self.documents.indexer_event)
        self._indexer.ended.connect(self.documents.indexer_ended)
        self._looking = QTimer(self.window)
        self._looking.setSingleShot(True)
        self._looking.timeout.connect(self.documents.refresh)

    def _connect_processes(self) -> None:
        engine = self.engine
        engine.event_received.connect(self.models.engine_event)
        engine.event_received.connect(self.chat.engine_event)
        engine.event_received.connect(self.servers.engine_event)
        engine.lost.connect(lambda _error: self.chat.engine_lost())
        engine.lost.connect(self.servers.engine_lost)
        engine.lost.connect(self.models.engine_lost)
        self.tools.finished.connect(self.chat.tool_finished)
        self.tools.noted.connect(self.chat.tool_noted)
        self._converter.progressed.connect(self.models.conversion_progress)
        self._converter.finished.connect(self.models.conversion_finished)

    def _connect_servers(self) -> None:
        connection = ServerConnection(
            self.window,
            self.bridge,
            servers=self.servers,
            preferences=self._preferences,
        )
        self.window.server_requested.connect(connection.open)
        connection.chosen.connect(
            lambda choice: self.controller.open_model(choice.model, choice.key)
        )

    def _connect_appearance(self, language: Language) -> None:
        choice = self._preferences.values.theme
        self.window.set_theme_choice(choice)
        self.window.set_language(language)
        self._use_theme(choice)
        self.window.theme_chosen.connect(self._choose_theme)
        self.window.language_chosen.connect(self._choose_language)
        about = Dialogs(self.window)
        self.window.about_requested.connect(lambda: about.about(__version__))
        self._qt.styleHints().colorSchemeChanged.connect(
            lambda _scheme: self._use_theme(self._preferences.values.theme)
        )

    def _choose_theme(self, choice: Theme) -> None:
        self._use_theme(choice)
        self.controller.remember(replace(self._preferences.values, theme=choice))

    def _use_theme(self, choice: Theme) -> None:
        colours = theme.colours(choice)
        self._icons.set_tint(colours.text)
        theme.apply(self._qt, colours)
        self.window.recolour(colours)

    def _choose_language(self, choice: Language) -> None:
        self.window.set_language(self._translation.use(choice))
        self.controller.remember(replace(self._preferences.values, language=choice))


def run(
    paths: Paths, model: ModelSource | None = None, *, chats: Path | None = None
) -> int:
    """Runs the window until it is closed.

    Args:
        paths: Where things are.
        model: The model to open; None is the last one, or the demo.
        chats: A file of chats to take in.

    Returns:
        The process's exit code.
    """
    log.set_up(paths.data)
    input_method.choose()
    qt = QApplication(sys.argv[:1])
    qt.setApplicationName("MOSS Desktop")
    qt.setApplicationVersion(__version__)
    qt.setDesktopFileName("moss-desktop")
    qt.setStyle(theme.PlainDialogs())
    qt.setWindowIcon(QIcon(str(paths.icons / "moss.svg")))
    application = _open(qt, paths)
    if application is None:
        return 1
    signals = EndSignals(application.window.close)
    sys.excepthook = application.controller.report_bug
    application.start(model)
    if chats is not None:
        application.exchange.take_in(chats)
    code = qt.exec()
    signals.close()
    sys.excepthook = sys.__excepthook__
    application.close()
    return code


def _open(qt: QApplication, paths: Paths) -> Application | None:
    """The application; None where its archive cannot be opened and was given up."""
    while True:
        try:
            return Application(qt, paths)
        except UserError as error:
            if not _rescued(qt, paths, error):
                return None


def _rescued(qt: QApplication, paths: Paths, error: UserError) -> bool:
    """Says why there is no window; True when there is another archive now."""
    values = SettingsFile(paths.settings).load()
    translation = Translation(qt, paths.translations)
    translation.use(values.language)
    theme.apply(qt, theme.colours(values.theme))
    try:
        if error.code is ErrorCode.ARCHIVE_UNREADABLE and paths.archive.is_file():
            backups = Backups(paths.archive, paths.backups)
            rescue = ArchiveRescue(paths.archive, backups)
            return rescue.exec() == ArchiveRescue.DialogCode.Accepted
        dialogs.fatal("MOSS Desktop", words.explain(error))
        return False
    finally:
        translation.remove()
