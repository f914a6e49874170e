"""Getting the engine ready for a chat's next message before it is written."""

import uuid
from collections.abc import Collection
from typing import Final

from app.domain import moss
from app.domain.generation import ModelInfo, Segment
from app.domain.tools import Tool
from app.engine import protocol
from app.services import tool_rounds
from app.services.fitting import Fitting
from app.services.history import History
from app.services.links import EngineLink


class Preparation:
    """Has the engine read what the next prompt of a chat will begin with.

    The engine ends it at any other command, and whatever goes wrong with it costs
    nothing but time: nobody is told.

    Attributes:
        id: That of its commands and events.
    """

    def __init__(
        self,
        chat: str,
        history: History,
        *,
        model: ModelInfo,
        enabled: Collection[Tool],
        engine: EngineLink,
    ) -> None:
        """Prepares nothing yet.

        Args:
            chat: The chat's id; empty for one that has not begun.
            history: Its turns.
            model: The model.
            enabled: Tools that are switched on.
            engine: The engine process.
        """
        self.id: Final = uuid.uuid4().hex
        self._chat = chat
        self._history = history
        self._model = model
        self._form = moss.Form(model.form)
        self._enabled = tool_rounds.usable(model, enabled)
        self._engine = engine
        self._fitting = Fitting(model, answering=not self._form.has_two_stages)
        self._prompt: tuple[Segment, ...] = ()

    def begin(self) -> None:
        """Asks how long it will be; a base model has nothing to get ready for."""
        turns = self._history.turns
        if self._form is moss.Form.CHAT:
            visible = self._history.visible
            self._prompt = tool_rounds.opening(visible, self._enabled) if turns else ()
        else:
            self._prompt = moss.opening(self._form, turns, tools=self._enabled)
        if turns:
            self._engine.send(self._fitting.question(self.id, self._prompt))
        elif self._prompt:
            self._engine.send(self._command())

    def engine_event(self, event: protocol.Event) -> None:
        """Takes an event; only the answer to `begin` matters."""
        if not isinstance(event, protocol.Tokenized) or event.id != self.id:
            return
        if self._fitting.fits(event):
            self._engine.send(self._command())
        elif self._fitting.shorten(self._history, self._prompt, event):
            self.begin()

    def _command(self) -> protocol.Prepare:
        return protocol.Prepare(
            self.id,
            self._prompt,
            prefix_segments=moss.prefix_segments(self._form),
            chat=self._chat,
            shift=bool(self._history.dropped),
        )
