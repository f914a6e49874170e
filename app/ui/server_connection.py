"""Has the user choose a model on a server: the dialog, and who answers it."""

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from app.domain.remote import RemoteModel
from app.services import sources
from app.services.preferences import Preferences
from app.services.servers import ServerDirectory
from app.ui.bridge import Bridge
from app.ui.server_dialog import ServerChoice, ServerDialog


class ServerConnection(QObject):
    """Opens the dialog and lets the directory answer it.

    Args:
        window: What the dialog belongs to.
        bridge: What the directory reports.
        servers: Asks servers for their models.
        preferences: Where the last server is known from.

    Signals:
        chosen: A `ServerChoice`.
    """

    chosen = Signal(object)

    def __init__(
        self,
        window: QWidget,
        bridge: Bridge,
        *,
        servers: ServerDirectory,
        preferences: Preferences,
    ) -> None:
        super().__init__(window)
        self._window = window
        self._bridge = bridge
        self._servers = servers
        self._preferences = preferences

    def open(self) -> None:
        """Opens the dialog; nothing is sent anywhere by that."""
        present = sources.last(self._preferences.values)
        server = present if isinstance(present, RemoteModel) else None
        dialog = ServerDialog(server, self._window)
        dialog.models_requested.connect(self._ask)
        dialog.chosen.connect(self.chosen)
        self._bridge.listed.connect(dialog.show_models)
        self._bridge.unlisted.connect(dialog.show_problem)
        dialog.finished.connect(self._servers.give_up)
        dialog.open()

    def _ask(self, choice: ServerChoice) -> None:
        self._servers.ask(choice.model, choice.key)
