"""The window: menus, sidebar and chat, side by side."""

from typing import Final

from PySide6.QtCore import QByteArray, QEvent, Qt, Signal
from PySide6.QtGui import (
    QAction,
    QActionGroup,
    QCloseEvent,
    QKeySequence,
    QResizeEvent,
)
from PySide6.QtWidgets import QMainWindow, QMenu, QSplitter, QWidget
from typing_extensions import override

from app.domain.tools import Tool
from app.store.settings import Language, Theme
from app.ui.chat.chat_panel import ChatPanel
from app.ui.icons import Icons
from app.ui.pictures import Gallery
from app.ui.rich_text.formulas import Formulas
from app.ui.sidebar.sidebar import Sidebar
from app.ui.theme import Colours

_LANGUAGES: Final = ((Language.ENGLISH, "English"), (Language.CHINESE, "中文"))
_ROOMY: Final = 640
"""Pixels from which there is room for the list of chats beside the chat."""


class MainWindow(QMainWindow):
    """Shows and reports; `app.ui.controller` connects it to the services.

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
        about_requested: What this program is.
        theme_chosen: A `Theme`.
        language_chosen: A `Language`.
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
    about_requested = Signal()
    theme_chosen = Signal(object)
    language_chosen = Signal(object)
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
        self._make_menus()
        self.panel.set_model_menu(self._model_menu)
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
        self._themes[choice].setChecked(True)

    def set_language(self, language: Language) -> None:
        """Marks the language in the menu."""
        for known, action in self._languages.items():
            action.setChecked(known is language)

    def set_writing(self, *, writing: bool) -> None:
        """A reply is being written, so it can be stopped."""
        self._stop.setEnabled(writing)

    def recolour(self, colours: Colours) -> None:
        """Takes a theme's colours."""
        self.sidebar.recolour()
        self.panel.recolour(colours)

    def geometry_text(self) -> str:
        """The window's place and size, for the settings."""
        return bytes(self.saveGeometry().toBase64().data()).decode("ascii")

    def restore_geometry_text(self, text: str) -> None:
        """Takes what `geometry_text` gave; anything else is ignored."""
        if text:
            self.restoreGeometry(QByteArray.fromBase64(text.encode("ascii", "ignore")))

    def retranslate(self) -> None:
        """Says everything in the language of the moment."""
        self._chat_menu.setTitle(self.tr("&Chat"))
        self._model_menu.setTitle(self.tr("&Model"))
        self._view_menu.setTitle(self.tr("&View"))
        self._theme_menu.setTitle(self.tr("Theme"))
        self._language_menu.setTitle(self.tr("Language"))
        self._help_menu.setTitle(self.tr("&Help"))
        self._new.setText(self.tr("New chat"))
        self._find.setText(self.tr("Search chats"))
        self._stop.setText(self.tr("Stop the answer"))
        self._export.setText(self.tr("Export all chats…"))
        self._import.setText(self.tr("Import chats…"))
        self._backups.setText(self.tr("Restore a backup…"))
        self._quit.setText(self.tr("Quit"))
        self._open.setText(self.tr("Open…"))
        self._models.setText(self.tr("Models…"))
        self._server.setText(self.tr("Connect to a server…"))
        self._demo.setText(self.tr("Demo model"))
        self._about.setText(self.tr("About MOSS Desktop"))
        self._show_sidebar.setText(self.tr("List of chats"))
        self._tools.setText(self.tr("Tools…"))
        self._sources.setText(self.tr("Search sources…"))
        self._themes[Theme.SYSTEM].setText(self.tr("System"))
        self._themes[Theme.LIGHT].setText(self.tr("Light"))
        self._themes[Theme.DARK].setText(self.tr("Dark"))

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
    def closeEvent(self, event: QCloseEvent) -> None:
        self.closing.emit()
        super().closeEvent(event)

    def _make_menus(self) -> None:
        bar = self.menuBar()
        self._chat_menu = bar.addMenu("")
        self._model_menu = bar.addMenu("")
        self._view_menu = bar.addMenu("")
        self._help_menu = bar.addMenu("")
        keys = QKeySequence.StandardKey
        self._new = self._add(self._chat_menu, self.new_requested, keys.New)
        self._find = self._add(self._chat_menu, self._search, keys.Find)
        self._stop = self._add(self._chat_menu, self.stop_requested, "Esc")
        self._stop.setEnabled(False)
        self._chat_menu.addSeparator()
        self._export = self._add(self._chat_menu, self.export_requested)
        self._import = self._add(self._chat_menu, self.import_requested)
        self._backups = self._add(self._chat_menu, self.backups_requested)
        self._chat_menu.addSeparator()
        self._quit = self._add(self._chat_menu, self.close, keys.Quit)
        self._open = self._add(self._model_menu, self.open_requested, keys.Open)
        self._models = self._add(
            self._model_menu, self.models_requested, "Ctrl+Shift+M"
        )
        self._server = self._add(self._model_menu, self.server_requested)
        self._demo = self._add(self._model_menu, self.demo_requested)
        self._show_sidebar = self._add(self._view_menu, self._toggle_sidebar, "Ctrl+B")
        self._show_sidebar.setCheckable(True)
        self._show_sidebar.setChecked(True)
        self._tools = self._add(self._view_menu, self.tools_requested, "Ctrl+T")
        self._sources = self._add(
            self._view_menu, self.sources_requested, "Ctrl+Shift+D"
        )
        self._theme_menu = self._view_menu.addMenu("")
        group = QActionGroup(self)
        self._themes: dict[Theme, QAction] = {}
        for choice in Theme:
            action = group.addAction("")
            action.setCheckable(True)
            action.triggered.connect(
                lambda _=False, choice=choice: self.theme_chosen.emit(choice)
            )
            self._themes[choice] = action
            self._theme_menu.addAction(action)
        self._language_menu = self._view_menu.addMenu("")
        self._languages: dict[Language, QAction] = {}
        for language, name in _LANGUAGES:
            action = self._language_menu.addAction(name)
            action.setCheckable(True)
            action.triggered.connect(
                lambda _=False, chosen=language: self.language_chosen.emit(chosen)
            )
            self._languages[language] = action
        self._about = self._add(self._help_menu, self.about_requested)

    def _add(
        self, menu: QMenu, slot: object, key: QKeySequence.StandardKey | str = ""
    ) -> QAction:
        action = menu.addAction("")
        action.triggered.connect(slot)
        if key:
            action.setShortcut(QKeySequence(key))
        return action

    def _toggle_sidebar(self) -> None:
        shown = self.sidebar.isHidden()
        if not self._narrow:
            self._wanted = shown
        self._show_sidebar_or_not(shown=shown)

    def _show_sidebar_or_not(self, *, shown: bool) -> None:
        """In a narrow window the list takes the chat's place while it shows."""
        self.sidebar.setVisible(shown)
        self.panel.setVisible(not (shown and self._narrow))
        self._show_sidebar.setChecked(shown)

    def _chosen(self) -> None:
        if self._narrow:
            self._show_sidebar_or_not(shown=False)

    def _search(self) -> None:
        self._show_sidebar_or_not(shown=True)
        self.sidebar.focus_search()
