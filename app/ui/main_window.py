"""The window: menus, sidebar and chat, side by side."""

from typing import Final

from PySide6.QtCore import QByteArray, QEvent, Qt, Signal
from PySide6.QtGui import QCloseEvent, QResizeEvent
from PySide6.QtWidgets import QMainWindow, QSplitter, QWidget
from typing_extensions import override

from app.domain.tools import Tool
from app.store.settings import Language, Theme
from app.ui import focus_order
from app.ui.actions import Act, Actions, When
from app.ui.chat.chat_panel import ChatPanel
from app.ui.icons import Icons
from app.ui.menus import Menus
from app.ui.pictures import Gallery
from app.ui.rich_text.formulas import Formulas
from app.ui.sidebar.sidebar import Sidebar
from app.ui.theme import Colours

_ROOMY: Final = 640
"""Pixels from which there is room for the list of chats beside the chat."""


class MainWindow(QMainWindow):
    """Shows and reports; `app.ui.controller` connects it to the services.

    Attributes:
        commands: What can be done.

    Args:
        tools: The tools that can be switched on.
        icons: Where icons come from.
        formulas: Typesets formulas.
        pictures: Where pictures come from.
        parent: Qt's parent.

    Signals:
        new_requested: A new chat.
        stop_requested: The reply is to end.
        open_requested: A model file is to be chosen.
        models_requested: The models of this computer are to be shown.
        server_requested: A model on a server is to be chosen.
        demo_requested: The demo model is wanted.
        tools_requested: The tools are to be shown.
        sources_requested: Where searches look is to be shown.
        backups_requested: A backup is to be restored.
        export_requested: All chats are to be written into a file.
        import_requested: Chats are to be taken in from a file.
        settings_requested: The settings are to be shown, at the one of this key;
            empty for the first.
        palette_requested: Everything that can be done is to be offered.
        shortcuts_requested: All shortcuts are to be shown.
        reload_requested: The model is to be loaded again.
        unload_requested: The memory that the model takes is wanted back.
        computer_requested: What this computer has is to be shown.
        zoom_requested: Text is to be larger (1), smaller (-1) or as usual (0).
        about_requested: What this program is.
        theme_chosen: A `Theme`.
        language_chosen: A `Language`.
        recoloured: The theme has changed.
        closing: The window is about to close.
        activated: The user came back to the window.
        retranslated: The language has changed.
    """

    new_requested = Signal()
    stop_requested = Signal()
    open_requested = Signal()
    models_requested = Signal()
    server_requested = Signal()
    demo_requested = Signal()
    tools_requested = Signal()
    sources_requested = Signal()
    backups_requested = Signal()
    export_requested = Signal()
    import_requested = Signal()
    settings_requested = Signal(str)
    palette_requested = Signal()
    shortcuts_requested = Signal()
    reload_requested = Signal()
    unload_requested = Signal()
    computer_requested = Signal()
    zoom_requested = Signal(int)
    about_requested = Signal()
    theme_chosen = Signal(object)
    language_chosen = Signal(object)
    recoloured = Signal()
    closing = Signal()
    activated = Signal()
    retranslated = Signal()

    def __init__(
        self,
        tools: frozenset[Tool],
        icons: Icons,
        *,
        formulas: Formulas | None = None,
        pictures: Gallery,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._narrow = False
        self._wanted = True
        self.sidebar = Sidebar(icons)
        self.panel = ChatPanel(tools, icons, formulas=formulas, pictures=pictures)
        self._splitter = QSplitter(Qt.Orientation.Horizontal)
        self._splitter.setHandleWidth(1)
        self._splitter.setChildrenCollapsible(False)
        self._splitter.addWidget(self.sidebar)
        self._splitter.addWidget(self.panel)
        self._splitter.setStretchFactor(1, 1)
        self._splitter.setSizes([250, 830])
        self.setCentralWidget(self._splitter)
        self.commands = Actions(self)
        self._menus = Menus(self.menuBar(), self.commands)
        self._connect_actions()
        self.panel.set_model_menu(self._menus.model)
        # Screen readers go by the order of children: what is lowest comes first.
        self.sidebar.lower()
        self.menuBar().lower()
        self.panel.sidebar_toggled.connect(self._toggle_sidebar)
        self.sidebar.new_requested.connect(self.new_requested)
        self.sidebar.new_requested.connect(self._chosen)
        self.sidebar.chosen.connect(self._chosen)
        self.sidebar.hit_chosen.connect(self._chosen)
        self.resize(1080, 720)
        self.setMinimumSize(320, 400)
        self.setWindowTitle("MOSS Desktop")
        self.retranslate()

    def set_theme_choice(self, choice: Theme) -> None:
        """Marks the theme in the menu."""
        self._menus.set_theme(choice)

    def set_language(self, language: Language) -> None:
        """Marks the language in the menu."""
        self._menus.set_language(language)

    def set_compact(self, *, compact: bool) -> None:
        """Leaves less space between things, or the usual."""
        self.sidebar.set_compact(compact=compact)
        self.panel.view.set_compact(compact=compact)

    def set_writing(self, *, writing: bool) -> None:
        """A reply is being written, so it can be stopped."""
        self.commands.set_state(When.WRITING, holds=writing)

    def recolour(self, colours: Colours) -> None:
        """Takes a theme's colours."""
        self.sidebar.recolour()
        self.panel.recolour(colours)
        self.recoloured.emit()

    def geometry_text(self) -> str:
        """The window's place and size, for the settings."""
        return bytes(self.saveGeometry().toBase64().data()).decode("ascii")

    def restore_geometry_text(self, text: str) -> None:
        """Takes what `geometry_text` gave; anything else is ignored."""
        if text:
            self.restoreGeometry(QByteArray.fromBase64(text.encode("ascii", "ignore")))

    def retranslate(self) -> None:
        """Says everything in the language of the moment."""
        self.commands.retranslate()
        self._menus.retranslate()
        self.sidebar.set_hints(
            new=self.commands.hint(Act.NEW_CHAT),
            settings=self.commands.hint(Act.SETTINGS),
        )
        self.panel.set_hint(self.commands.hint(Act.SIDEBAR))

    @override
    def changeEvent(self, event: QEvent) -> None:
        if event.type() is QEvent.Type.LanguageChange:
            self.retranslate()
            self.retranslated.emit()
        elif event.type() is QEvent.Type.ActivationChange and self.isActiveWindow():
            self.activated.emit()
        super().changeEvent(event)

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        narrow = event.size().width() < _ROOMY
        if narrow is not self._narrow:
            self._narrow = narrow
            self._show_sidebar_or_not(shown=self._wanted and not narrow)
        super().resizeEvent(event)

    @override
    def focusNextPrevChild(self, next: bool) -> bool:
        return focus_order.move(self, forward=next)

    @override
    def closeEvent(self, event: QCloseEvent) -> None:
        self.closing.emit()
        super().closeEvent(event)

    def _connect_actions(self) -> None:
        runs = {
            Act.NEW_CHAT: self.new_requested.emit,
            Act.FIND: self._search,
            Act.WRITE: self._write,
            Act.STOP: self.stop_requested.emit,
            Act.EXPORT: self.export_requested.emit,
            Act.IMPORT: self.import_requested.emit,
            Act.BACKUPS: self.backups_requested.emit,
            Act.SETTINGS: lambda: self.settings_requested.emit(""),
            Act.CLOSE: self.close,
            Act.QUIT: self.close,
            Act.OPEN_MODEL: self.open_requested.emit,
            Act.MODELS: self.models_requested.emit,
            Act.SERVER: self.server_requested.emit,
            Act.DEMO: self.demo_requested.emit,
            Act.RELOAD: self.reload_requested.emit,
            Act.UNLOAD: self.unload_requested.emit,
            Act.PALETTE: self.palette_requested.emit,
            Act.SIDEBAR: self._toggle_sidebar,
            Act.TOOLS: self.tools_requested.emit,
            Act.SOURCES: self.sources_requested.emit,
            Act.LARGER: lambda: self.zoom_requested.emit(1),
            Act.SMALLER: lambda: self.zoom_requested.emit(-1),
            Act.NORMAL_SIZE: lambda: self.zoom_requested.emit(0),
            Act.FULL_SCREEN: self._toggle_full_screen,
            Act.SHORTCUTS: self.shortcuts_requested.emit,
            Act.COMPUTER: self.computer_requested.emit,
            Act.ABOUT: self.about_requested.emit,
        }
        self.commands.wanted.connect(lambda act: runs[act]())
        self.commands[Act.SIDEBAR].setChecked(True)
        self._menus.theme_chosen.connect(self.theme_chosen)
        self._menus.language_chosen.connect(self.language_chosen)
        self.sidebar.settings_requested.connect(self.commands[Act.SETTINGS].trigger)

    def _toggle_sidebar(self) -> None:
        shown = self.sidebar.isHidden()
        if not self._narrow:
            self._wanted = shown
        self._show_sidebar_or_not(shown=shown)

    def _show_sidebar_or_not(self, *, shown: bool) -> None:
        """In a narrow window the list takes the chat's place while it shows."""
        self.sidebar.setVisible(shown)
        self.panel.setVisible(not (shown and self._narrow))
        self.commands[Act.SIDEBAR].setChecked(shown)

    def _chosen(self) -> None:
        if self._narrow:
            self._show_sidebar_or_not(shown=False)

    def _write(self) -> None:
        self._chosen()
        self.panel.composer.setFocus()

    def _toggle_full_screen(self) -> None:
        self.setWindowState(self.windowState() ^ Qt.WindowState.WindowFullScreen)

    def _search(self) -> None:
        self._show_sidebar_or_not(shown=True)
        self.sidebar.focus_search()
