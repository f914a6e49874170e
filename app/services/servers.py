"""Which models a server has: asked once the user wants to know it, and not before."""

import uuid

from app.domain.errors import UserError
from app.domain.remote import RemoteModel, ServerKey
from app.engine import protocol
from app.services.links import EngineLink
from app.services.observers import ServerObserver


class ServerDirectory:
    """Asks servers for their models; only the last question is answered.

    Args:
        engine: The engine process.
        observer: Whoever wants to know.
    """

    def __init__(self, *, engine: EngineLink, observer: ServerObserver) -> None:
        self._engine = engine
        self._observer = observer
        self._asked = ""

    def ask(self, server: RemoteModel, key: ServerKey | None = None) -> None:
        """Asks a server."""
        self.give_up()
        self._asked = uuid.uuid4().hex
        self._engine.send(protocol.ListModels(self._asked, server.address, key))

    def give_up(self) -> None:
        """Wants no answer any more."""
        if self._asked:
            self._engine.send(protocol.Stop(self._asked))
        self._asked = ""

    def engine_event(self, event: protocol.Event) -> None:
        """Takes an event of the engine."""
        match event:
            case protocol.ModelsListed() if event.id == self._asked:
                self._asked = ""
                self._observer.models_listed(event.names)
            case protocol.Failed() if event.id is not None and event.id == self._asked:
                self._asked = ""
                self._observer.listing_failed(UserError(event.code, event.detail))
            case _:
                pass

    def engine_lost(self, error: UserError) -> None:
        """The engine is gone, and the question with it."""
        if self._asked:
            self._asked = ""
            self._observer.listing_failed(error)
