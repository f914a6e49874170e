"""Connects what the window says of tools with the services."""

import shutil
from collections.abc import Callable

from PySide6.QtCore import QObject

from app.domain.errors import ErrorCode, UserError
from app.domain.permissions import Consent, Permission
from app.domain.sources import Source
from app.services.chat import ChatService
from app.services.tool_decisions import ToolDecisions
from app.services.words import tool_state
from app.store.tool_log import ToolLog
from app.ui import opening, words
from app.ui.bridge import Bridge
from app.ui.dialogs import Dialogs
from app.ui.main_window import MainWindow
from app.ui.pictures import Pictures
from app.ui.tools_dialog import ToolCard, ToolsDialog


class ToolActions(QObject):
    """Permissions, references, pictures, and the dialog of tools.

    Attributes:
        dialog: The dialog of tools.

    Args:
        window: Shows and reports.
        bridge: Takes what could not be done.
        chat: Waits for permissions.
        decisions: What the user decides of tools.
        log: What tools did.
        pictures: What they made.
    """

    def __init__(
        self,
        *,
        window: MainWindow,
        bridge: Bridge,
        chat: ChatService,
        decisions: ToolDecisions,
        log: ToolLog,
        pictures: Pictures,
    ) -> None:
        super().__init__(window)
        self._window = window
        self._bridge = bridge
        self._chat = chat
        self._manager = decisions.manager
        self._decisions = decisions
        self._log = log
        self._pictures = pictures
        self._dialogs = Dialogs(window)
        self.dialog = ToolsDialog(window)
        self.dialog.chosen.connect(self._show_log)
        self.dialog.permitted.connect(self._permit)
        self.dialog.cleared.connect(self._clear)
        self.dialog.retranslated.connect(self.refresh)
        view = window.panel.view
        view.consented.connect(self._consent)
        view.opened.connect(self._open_source)
        view.save_requested.connect(self._save_picture)
        window.tools_requested.connect(self._show)
        window.closing.connect(self.dialog.close)

    def refresh(self) -> None:
        """Shows which tools there are now, in the dialog and above the composer."""
        composer = self._window.panel.composer
        composer.set_available(self._manager.available())
        composer.set_enabled_tools(self._decisions.switched_on)
        self.dialog.show_cards([self._card(info.name) for info in self._manager.all()])
        if self.dialog.isVisible():
            self._show_log()

    def _card(self, name: str) -> ToolCard:
        info = self._manager.info(name)
        return ToolCard(
            name,
            title=words.tool_title(name),
            summary=words.tool_summary(info),
            package=info.package,
            state=words.say(tool_state(self._manager, name)),
            permission=self._manager.permission(name),
            seconds=info.seconds,
        )

    def _show(self) -> None:
        self.dialog.show()
        self.dialog.activateWindow()
        self.refresh()

    def _show_log(self) -> None:
        name = self.dialog.current
        self._try(
            lambda: self.dialog.show_log(
                self._log.calls(name), self._log.requests(name)
            )
        )

    def _permit(self, name: str, permission: Permission) -> None:
        self._try(lambda: self._decisions.allow(name, permission))

    def _clear(self) -> None:
        self._try(self._log.clear)
        self._show_log()

    def _consent(self, answer: Consent) -> None:
        self._chat.consent(answer)
        self.refresh()

    def _open_source(self, source: Source) -> None:
        if not opening.open_source(source):
            text = self.tr("This is not there any more, or nothing opens it: {0}")
            self._window.panel.notice.say(text.format(source.location))

    def _save_picture(self, name: str) -> None:
        target = self._dialogs.picture_file(name)
        if target is None:
            return
        try:
            shutil.copyfile(self._pictures.path(name), target)
        except OSError as error:
            code = ErrorCode.ARCHIVE_READ_ONLY
            self._bridge.failed.emit(UserError(code, str(error)))

    def _try(self, action: Callable[[], object]) -> None:
        try:
            action()
        except UserError as error:
            self._bridge.failed.emit(error)
