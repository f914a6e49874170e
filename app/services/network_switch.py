"""Keeps the engine from other computers while the user has the network switched off."""

from collections.abc import Callable

from app.domain.errors import ErrorCode
from app.domain.remote import RemoteModel, is_link
from app.engine import protocol
from app.services.links import EngineLink
from app.services.preferences import Preferences


class NetworkSwitch:
    """An `EngineLink` that passes nothing on which would go to another computer.

    Args:
        engine: The engine process.
        preferences: Whether the network is switched off.
        refused: Takes the event that ends a command which was not passed on.
    """

    def __init__(
        self,
        engine: EngineLink,
        preferences: Preferences,
        *,
        refused: Callable[[protocol.Event], None],
    ) -> None:
        self._engine = engine
        self._preferences = preferences
        self._refused = refused
        self._leads_out = False

    @property
    def is_in_use(self) -> bool:
        """Whether the model that was wanted last is on another computer."""
        return self._leads_out

    def send(self, command: protocol.Command) -> None:
        """Sends a command, see `EngineLink`."""
        server = _server_of(command)
        if isinstance(command, protocol.Load):
            self._leads_out = server is not None and not server.is_here
        if server is None or server.is_here or self._preferences.values.network:
            self._engine.send(command)
            return
        if isinstance(command, protocol.Load):
            # What was to take its place is gone for the user, and so is its memory.
            self._engine.send(protocol.Unload())
        code, place = ErrorCode.NETWORK_OFF, server.authority
        self._refused(protocol.Failed(code, place, id=_id_of(command)))


def _server_of(command: protocol.Command) -> RemoteModel | None:
    """The server that a command leads to; None for the engine itself."""
    match command:
        case protocol.Load(path) if is_link(path):
            return RemoteModel.parse(path)
        case protocol.ListModels(_, address):
            return RemoteModel.parse(address)
        case _:
            return None


def _id_of(command: protocol.Command) -> str | None:
    return getattr(command, "id", None)
