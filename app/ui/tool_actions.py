"""Connects what the window says of tools with the services."""

from collections.abc import Callable

from PySide6.QtCore import QObject

from app.domain.errors import UserError
from app.domain.permissions import Consent, Permission
from app.domain.sources import Source
from app.domain.tools import Tool
from app.plugins.manager import Values
from app.services.chat import ChatService
from app.services.tool_decisions import ToolDecisions
from app.services.words import tool_state
from app.store.tool_log import ToolLog
from app.ui import opening, words
from app.ui.bridge import Bridge
from app.ui.main_window import MainWindow
from app.ui.picture_setup import PictureSetup
from app.ui.tools_dialog import ToolCard, ToolsDialog


class ToolActions(QObject):
    """Permissions, references, settings, and the dialog of tools.

    Attributes:
        dialog: The dialog of tools.

    Args:
        window: Shows and reports.
        bridge: Takes what could not be done.
        chat: Waits for permissions.
        decisions: What the user decides of tools.
        log: What tools did.
    """

    def __init__(
        self,
        *,
        window: MainWindow,
        bridge: Bridge,
        chat: ChatService,
        decisions: ToolDecisions,
        log: ToolLog,
    ) -> None:
        super().__init__(window)
        self._window = window
        self._bridge = bridge
        self._chat = chat
        self._manager = decisions.manager
        self._decisions = decisions
        self._log = log
        self.dialog = ToolsDialog(window)
        self.dialog.chosen.connect(self._show_log)
        self.dialog.permitted.connect(self._permit)
        self.dialog.cleared.connect(self._clear)
        self.dialog.retranslated.connect(self.refresh)
        view = window.panel.view
        view.consented.connect(self._consent)
        view.opened.connect(self._open_source)
        view.cancel_requested.connect(chat.skip_tool)
        pictures = PictureSetup(window, decisions.values)
        pictures.chosen.connect(self._set_up)
        self._setups: dict[str, Callable[[], None]] = {
            pictures.tool: pictures.open,
        }
        self.dialog.setup_requested.connect(lambda name: self._setups[name]())
        window.panel.composer.setup_requested.connect(self._open_setup)
        window.tools_requested.connect(self._show)
        window.closing.connect(self.dialog.close)

    def refresh(self) -> None:
        """Shows which tools there are now, in the dialog and above the composer."""
        composer = self._window.panel.composer
        composer.set_available(self._manager.available(), why=self._why_not())
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
            settable=name in self._setups,
        )

    def _why_not(self) -> dict[Tool, str]:
        """What the commands lack that one tool would answer."""
        lacking = {
            info.tool: words.say(tool_state(self._manager, info.name))
            for info in self._manager.all()
            if info.tool is not None
        }
        return {tool: why for tool, why in lacking.items() if tool is not Tool.SEARCH}

    def _open_setup(self, tool: Tool) -> None:
        """Shows the settings of the tool that answers a command, or all tools."""
        for info in self._manager.all():
            if info.tool is tool and info.name in self._setups:
                self._setups[info.name]()
                return
        self._show()

    def _set_up(self, name: str, values: Values) -> None:
        """Takes settings; whoever gives a tool some wants it to run."""
        self._try(lambda: self._decisions.set_values(name, values))
        never = self._manager.permission(name) is Permission.NEVER
        if never and self._manager.missing(name) is None:
            self._permit(name, Permission.ALWAYS)

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

    def _try(self, action: Callable[[], object]) -> None:
        try:
            action()
        except UserError as error:
            self._bridge.failed.emit(error)
