"""Composition root of the window: builds objects, connects signals, nothing else."""

import gc
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from PySide6.QtCore import QCoreApplication, QEvent, Qt, QTimer
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QApplication

from app import __version__, children, log
from app.catalogue.found_places import Surroundings
from app.children import Child
from app.domain.errors import ErrorCode, UserError
from app.engine import client as engine_client
from app.paths import Paths, program_folder
from app.plugins import extensions
from app.plugins.documents import command as indexer_command, reader_process
from app.plugins.manager import ToolManager
from app.plugins.search import needs
from app.services import sources
from app.services.asking import Asking
from app.services.branching import Branching
from app.services.chat import ChatService
from app.services.documents import DocumentService
from app.services.exchange import Exchange
from app.services.library import Library
from app.services.load_wishes import LoadWishes
from app.services.models import ModelService, StatePlace
from app.services.network_switch import NetworkSwitch
from app.services.preferences import Preferences
from app.services.presets import PresetService
from app.services.servers import ServerDirectory
from app.services.sources import ModelSource
from app.services.tool_decisions import ToolDecisions, decisions_of
from app.services.tool_desk import ToolDesk
from app.services.upkeep import Keeping, keep_up
from app.store.backups import Backups
from app.store.conversations import ConversationStore
from app.store.draft_files import DraftFiles
from app.store.fingerprints import Fingerprints
from app.store.library_file import LibraryFile
from app.store.opening import open_archive
from app.store.pictures import PictureFolder
from app.store.presets import PresetFile
from app.store.settings import Language
from app.store.settings_file import SettingsFile
from app.store.tool_log import ToolLog
from app.ui import dialogs, input_method, theme, words
from app.ui.appearance import Appearance, look_of
from app.ui.archive_care import ArchiveCare
from app.ui.archive_rescue import ArchiveRescue
from app.ui.archive_watch import ArchiveWatch
from app.ui.bridge import Bridge
from app.ui.chat_exchange import ChatExchange
from app.ui.chat_list_controller import ChatListController
from app.ui.composing import Composing
from app.ui.controller import Controller
from app.ui.converter_process import ConverterProcess
from app.ui.dialogs import Dialogs
from app.ui.engine_process import EngineProcess
from app.ui.file_reader import FileReader
from app.ui.fingerprinting import Fingerprinting
from app.ui.icons import Icons
from app.ui.indexer_process import IndexerProcess
from app.ui.main_window import MainWindow
from app.ui.message_intents import MessageIntents
from app.ui.message_sharing import MessageSharing
from app.ui.models_desk import ModelsDesk
from app.ui.palette_desk import PaletteDesk
from app.ui.pictures import Pictures
from app.ui.preset_actions import PresetActions
from app.ui.rich_text import warm_up
from app.ui.rich_text.formulas import Formulas
from app.ui.search_sources import SearchSources
from app.ui.server_connection import ServerConnection
from app.ui.settings_changes import SettingsChanges
from app.ui.settings_desk import SettingsDesk
from app.ui.signals import EndSignals
from app.ui.single_instance import SingleInstance, Start
from app.ui.start_opening import StartOpening
from app.ui.tool_actions import ToolActions
from app.ui.tool_processes import ToolProcesses
from app.ui.translation import Translation
from app.ui.waiting_line import WaitingLine

_SETTLED_MS: Final = 4000
"""After the start, when everything is imported and made."""
_INDEX_MS: Final = 5000
"""After the start, when the window is usable, documents are looked through."""


class Application:
    """The window and everything behind it.

    Attributes:
        window: The window; not shown yet.
        chats: What connects the list of chats with the archive.
        controller: What connects the window with the services.
        composing: What connects the composer with the services.
        presets: What the window says of presets.
        bridge: What the services report.
        engine: The engine process.
        tools: The tool processes.
        care: Looks after the archive.
        watch: Saves again what could not be saved.
        tool_actions: What the window says of tools.
        documents: Keeps the index of the user's documents.
        sources: What the window says of where searches look.
        models: Keeps a model loaded.
        chat: Writes replies.
        asking: Has questions answered, one after the other.
        servers: Asks servers for their models.
        exchange: Takes chats out and in.
        changes: Changes settings.
        settings: Shows them.
        palette: Offers everything by its name.
        opening: Opens what the program was started with.
        fingerprinting: Computes the hashes of models.
        library: Shows the models of this computer.

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
        fingerprints = Fingerprints(paths.fingerprints)
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
            hashes=fingerprints.known,
        )
        self.asking = Asking(
            chat=self.chat,
            archive=store,
            observer=bridge,
            clock=lambda: datetime.now(UTC),
            changed=bridge.waiting.emit,
        )
        self._make_models(paths)
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
        self.fingerprinting = Fingerprinting(bridge, fingerprints, self.window)
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
            asking=self.asking,
            models=self.models,
            store=store,
            preferences=self._preferences,
        )
        self._messages = MessageIntents(
            window=self.window,
            bridge=bridge,
            controller=self.controller,
            branching=Branching(
                chat=self.chat,
                asking=self.asking,
                archive=store,
                clock=lambda: datetime.now(UTC),
            ),
            sharing=MessageSharing(self.window, self._formulas),
        )
        self._make_composing(folder, PresetService(PresetFile(paths.presets), store))
        self._connect_chats(store)
        self._make_care(paths, store)
        self.opening = StartOpening(
            window=self.window,
            bridge=bridge,
            exchange=self.exchange,
            open_model=self.controller.open_model,
        )
        self._make_tool_actions(decisions, tool_log)
        self._make_documents(paths, decisions)
        self._connect_models(paths)
        self._make_settings(language)
        self._make_palette(paths, store)

    def start(self, model: ModelSource | None = None) -> None:
        """Shows the window, then loads a model.

        Args:
            model: Which; None is the one that was chosen for the start, else the last
                one, else the demo.
        """
        self.window.show()
        self.tools.warm_up()
        warm_up.import_in_background()
        self._looking.start(_INDEX_MS)
        self.care.start()
        self.settings.say_what_was_ignored()
        self.library.start()
        chosen = self.library.default
        source = model or chosen or sources.last(self._preferences.values)
        if source is not None and (model or self._preferences.values.load_at_start):
            self.models.open(source)
        elif self._preferences.values.load_at_start:
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
        self.library.close()
        self._formulas.close()
        self._reader.close()
        self.fingerprinting.close()
        self.care.close()
        self._database.close()
        # Who is behind the window is gone; it may live on a little and hear of things.
        self.window.blockSignals(True)  # noqa: FBT003 -- Qt has no other way

    def _decided(self, name: str) -> None:
        """Something was decided about a tool."""
        self.tools.renew(name)
        self.tool_actions.refresh()
        self.sources.refresh()

    def _make_models(self, paths: Paths) -> None:
        """What loads models, and asks servers for theirs."""
        self._switch = NetworkSwitch(
            self.engine, self._preferences, refused=self.engine.event_received.emit
        )
        self._wishes = LoadWishes(self._switch, self._preferences)
        self.models = ModelService(
            engine=self._wishes,
            converter=self._converter,
            observer=self.bridge,
            models=paths.models_in(self._preferences.values.models_folder),
            demo_checkpoint=paths.demo_checkpoint,
            states=StatePlace(paths.states),
        )
        self.servers = ServerDirectory(engine=self._switch, observer=self.bridge)

    def _make_tool_actions(self, decisions: ToolDecisions, log: ToolLog) -> None:
        """What the window says of tools."""
        self.tool_actions = ToolActions(
            window=self.window,
            bridge=self.bridge,
            chat=self.chat,
            decisions=decisions,
            log=log,
        )
        self._preferences.listen(decisions.take_settings)
        self.tools.changed.connect(self.tool_actions.refresh)

    def _make_composing(self, folder: str, presets: PresetService) -> None:
        """What connects the composer with the services."""
        self._reader = FileReader(reader_process.command_line(), folder)
        self.composing = Composing(
            window=self.window,
            bridge=self.bridge,
            controller=self.controller,
            engine=self.engine,
            reader=self._reader,
            archive=DraftFiles(self._database),
        )
        self.presets = PresetActions(
            window=self.window,
            bridge=self.bridge,
            controller=self.controller,
            presets=presets,
            preferences=self._preferences,
        )

    def _connect_chats(self, store: ConversationStore) -> None:
        """The open chat with the list of chats, and with those that wait."""
        self._line = WaitingLine(
            window=self.window,
            bridge=self.bridge,
            controller=self.controller,
            asking=self.asking,
            store=store,
            files=DraftFiles(self._database),
        )
        self._line.files_returned.connect(self.composing.put_back)
        self.controller.opened.connect(self.chats.mark)
        self.chats.show_requested.connect(self.controller.ask_for_chat)
        self.chats.message_requested.connect(self.controller.ask_for_message)
        self.chats.renamed.connect(self.controller.rename_chat)
        self.chats.refresh()

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
                paths.archive,
                backups,
                pictures,
                now=datetime.now(UTC),
                keeping=Keeping(
                    self._preferences.values.trash_days,
                    self._preferences.values.backups_kept,
                ),
            ),
        )
        self.care.restored.connect(self.composing.forget)
        self.care.restored.connect(self.controller.begin_again)
        self.care.restored.connect(self.chats.refresh)
        self.watch = ArchiveWatch(
            window=self.window,
            bridge=self.bridge,
            chat=self.chat,
            database=self._database,
            store=store,
        )
        self.watch.unlocked.connect(self.chats.refresh)

    def _make_documents(self, paths: Paths, decisions: ToolDecisions) -> None:
        """The user's documents, and the other places where searches look."""
        index = paths.tools / needs.DOCUMENTS / needs.INDEX
        self._indexer = IndexerProcess(
            indexer_command.command_line(index), str(program_folder())
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

    def _connect_models(self, paths: Paths) -> None:
        """The models of this computer, and those on servers."""
        library = Library(
            LibraryFile(paths.library),
            paths.models_in(self._preferences.values.models_folder),
            around=Surroundings.here(),
            clock=lambda: datetime.now(UTC),
        )
        self.library = ModelsDesk(self.window, library, str(program_folder()))
        self.window.models_requested.connect(self.library.open)
        self.library.load_requested.connect(self.controller.open_model)
        self.bridge.model.connect(self.library.model_changed)
        self.engine.event_received.connect(self.library.engine_event)
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

    def _make_settings(self, language: Language) -> None:
        """What the settings say of the window, and their page."""
        self.changes = SettingsChanges(self._preferences, self.bridge)
        appearance = Appearance(
            self._qt,
            self.window,
            icons=self._icons,
            translation=self._translation,
            preferences=self._preferences,
            changes=self.changes,
        )
        appearance.show(language)
        self.settings = SettingsDesk(
            window=self.window,
            bridge=self.bridge,
            changes=self.changes,
            wishes=self._wishes,
            icons=self._icons,
        )
        self.engine.event_received.connect(self.settings.engine_event)
        self.window.reload_requested.connect(self.controller.reload_model)
        self.window.unload_requested.connect(self.models.unload)
        self.changes.changed.connect(self._settings_changed)
        about = Dialogs(self.window)
        self.window.about_requested.connect(lambda: about.about(__version__))

    def _show_computer(self, data: Path) -> None:
        """Opens the page on this computer, which no start should wait for."""
        from app.ui.diagnosis_dialog import DiagnosisDialog  # noqa: PLC0415
        from app.ui.diagnosis_process import (  # noqa: PLC0415
            DiagnosisProcess,
            command_line,
        )

        process = DiagnosisProcess(command_line, str(program_folder()))
        page = DiagnosisDialog(process, str(data), self.window)
        page.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        page.open()
        page.examine()

    def _settings_changed(self, keys: frozenset[str]) -> None:
        """A model on a server must not go on when the network is switched off."""
        if "network" in keys and self._switch.is_in_use:
            self.controller.reload_model()

    def _make_palette(self, paths: Paths, store: ConversationStore) -> None:
        self.palette = PaletteDesk(
            window=self.window,
            bridge=self.bridge,
            store=store,
            changes=self.changes,
            models=paths.models_in(self._preferences.values.models_folder),
        )
        self.palette.chat_chosen.connect(self.controller.ask_for_chat)
        self.palette.model_chosen.connect(self.controller.open_model)
        self.window.computer_requested.connect(lambda: self._show_computer(paths.data))
        self.window.shortcuts_requested.connect(self.palette.show_shortcuts)


def run(paths: Paths, start: Start, *, new_window: bool) -> int:
    """Runs the window until it is closed, or tells one that is open what to open.

    Args:
        paths: Where things are.
        start: What to open.
        new_window: Whether there is to be a window of its own in any case.

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
    instance = SingleInstance(paths.data)
    if not new_window and not instance.claim() and instance.hand_over(start):
        return 0
    qt.setStyle(theme.PlainDialogs())
    qt.setWindowIcon(QIcon(str(paths.icons / "moss.svg")))
    application = _open(qt, paths)
    if application is None:
        return 1
    signals = EndSignals(application.window.close)
    sys.excepthook = application.controller.report_bug
    instance.asked.connect(application.opening.take)
    application.start(sources.parse(start.wanted) if start.wanted else None)
    application.opening.take_in(start.chats)
    # What the start has made stays; to look through it again takes longer than a frame.
    QTimer.singleShot(_SETTLED_MS, gc.freeze)
    code = qt.exec()
    instance.close()
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
    theme.apply(qt, theme.colours(values.theme), look_of(values))
    try:
        if error.code is ErrorCode.ARCHIVE_UNREADABLE and paths.archive.is_file():
            backups = Backups(paths.archive, paths.backups)
            rescue = ArchiveRescue(paths.archive, backups)
            return rescue.exec() == ArchiveRescue.DialogCode.Accepted
        dialogs.fatal("MOSS Desktop", words.explain(error))
        return False
    finally:
        translation.remove()
