"""Connects the dialog of search sources with who keeps them."""

from collections.abc import Callable

from PySide6.QtCore import QObject

from app.domain.errors import UserError
from app.domain.permissions import Permission
from app.plugins.search.needs import (
    DOCUMENTS,
    SEARXNG,
    WEB,
    WIKIPEDIA,
    SearxngSettings,
    WikipediaSettings,
    read,
)
from app.services.documents import DocumentService
from app.services.tool_decisions import ToolDecisions
from app.services.words import tool_state
from app.ui import words
from app.ui.bridge import Bridge
from app.ui.main_window import MainWindow
from app.ui.sources_dialog import SourceCard, SourcesDialog


class SearchSources(QObject):
    """Has the user choose where searches look.

    Attributes:
        dialog: The dialog of sources.

    Args:
        window: What the dialog belongs to.
        bridge: Takes what could not be done.
        decisions: Keeps what is chosen.
        documents: Keeps the index.
    """

    def __init__(
        self,
        window: MainWindow,
        bridge: Bridge,
        *,
        decisions: ToolDecisions,
        documents: DocumentService,
    ) -> None:
        super().__init__(window)
        self._bridge = bridge
        self._decisions = decisions
        self._documents = documents
        self.dialog = SourcesDialog(window)
        self.dialog.permitted.connect(self._permit)
        self.dialog.files_chosen.connect(
            lambda files: self._set(WIKIPEDIA, "files", list(files))
        )
        self.dialog.address_chosen.connect(
            lambda address: self._set(SEARXNG, "address", address)
        )
        self.dialog.retranslated.connect(self.refresh)
        section = self.dialog.documents
        section.folders_chosen.connect(
            lambda folders: self._try(lambda: documents.set_folders(folders))
        )
        section.refresh_requested.connect(lambda anew: documents.refresh(anew=anew))
        section.stop_requested.connect(documents.stop)
        bridge.documents.connect(section.show_state)
        window.sources_requested.connect(self._show)
        window.closing.connect(self.dialog.close)

    def refresh(self) -> None:
        """Shows what is chosen now."""
        values = self._decisions.manager.decisions.values
        names = (DOCUMENTS, WIKIPEDIA, SEARXNG, WEB)
        self.dialog.show_cards({name: self._card(name) for name in names})
        self.dialog.show_settings(
            read(WikipediaSettings, values.get(WIKIPEDIA, {})).files,
            read(SearxngSettings, values.get(SEARXNG, {})).address,
        )

    def _show(self) -> None:
        self.refresh()
        self.dialog.documents.show_state(self._documents.state)
        self.dialog.show()
        self.dialog.activateWindow()

    def _card(self, name: str) -> SourceCard:
        manager = self._decisions.manager
        info = manager.info(name)
        return SourceCard(
            title=words.tool_title(name),
            summary=words.tool_summary(info),
            state=words.say(tool_state(manager, name)),
            permission=manager.permission(name),
        )

    def _permit(self, name: str, permission: Permission) -> None:
        self._try(lambda: self._decisions.allow(name, permission))

    def _set(self, name: str, key: str, value: object) -> None:
        self._try(lambda: self._decisions.set_values(name, {key: value}))

    def _try(self, action: Callable[[], object]) -> None:
        try:
            action()
        except UserError as error:
            self._bridge.failed.emit(error)
        self.refresh()
