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
from app.services.reply import ReplyOptions


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
        options: ReplyOptions,
        engine: EngineLink,
    ) -> None:
        """Prepares nothing yet.

        Args:
            chat: The chat's id; empty for one that has not begun.
            history: Its turns.
            model: The model.
            options: How the next reply will probably be written.
            engine: The engine process.
        """
        self.id: Final = uuid.uuid4().hex
        self._chat = chat
        self._history = history
        self._model = model
        self._form = moss.Form(model.form)
        self._enabled = tool_rounds.usable(model, options.enabled)
        self._instruction = options.instruction
        self._engine = engine
        self._fitting = Fitting(model, answering=not self._form.has_two_stages)
        self._prompt: tuple[Segment, ...] = ()

    def begin(self) -> None:
        """Asks how long it will be; a base model has nothing to get ready for."""
        turns = self._history.turns
        self._prompt = opening(
            self._form, self._history, enabled=self._enabled, told=self._instruction
        )
        if self._form is moss.Form.CHAT and not turns:
            self._prompt = ()
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


def opening(
    form: moss.Form, history: History, *, enabled: Collection[Tool], told: str
) -> tuple[Segment, ...]:
    """What the next prompt of a chat will begin with.

    Args:
        form: The model's form.
        history: The turns.
        enabled: Tools that the model is told of.
        told: What else it is told; may be empty.
    """
    if form is moss.Form.CHAT:
        return tool_rounds.opening(history.visible, enabled, told)
    options = moss.PrefixOptions(instruction=told)
    return moss.opening(form, history.turns, tools=enabled, options=options)
