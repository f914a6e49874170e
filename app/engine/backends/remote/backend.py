"""The seam's side of models on servers."""

import os
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Final

from app.domain.errors import ErrorCode, UserError
from app.domain.generation import ModelInfo, Segment, Usage
from app.domain.remote import RemoteModel, ServerKey
from app.engine.backend import CancelFlag, GenerationEvent, PreparationEvent
from app.engine.backends.remote import models
from app.engine.backends.remote.exchange import Server
from app.engine.backends.remote.failures import RequestCancelledError
from app.engine.backends.remote.generation import Generation
from app.engine.backends.remote.present import Present, dialect_of
from app.engine.backends.remote.wire import Limits
from app.engine.protocol import (
    PROTOCOL_VERSION,
    Generate,
    Hello,
    ListModels,
    Load,
    LoadProgress,
    LoadStep,
    Prepare,
    Prepared,
)

KEY_VARIABLE: Final = "MOSS_SERVER_KEY"
SECONDS_VARIABLE: Final = "MOSS_SERVER_SECONDS"
"""Seconds without a word after which an answer is given up."""
_LISTED, _FOUND = 0.3, 0.7


class RemoteBackend:
    """Runs models on servers; a `Backend` and a `Directory`, whose words it follows.

    Args:
        cancelled: Ends what is being asked.
        limits: How long a server may take; None takes the user's wish or defaults.
        environment: Where the user's key and wish may be.
    """

    def __init__(
        self,
        cancelled: CancelFlag,
        *,
        limits: Limits | None = None,
        environment: Mapping[str, str] = os.environ,
    ) -> None:
        self._cancelled = cancelled
        self._environment = environment
        self._limits = limits or _limits(environment.get(SECONDS_VARIABLE, ""))
        self._present: Present | None = None

    def hello(self) -> Hello:
        """No device of this computer."""
        return Hello(PROTOCOL_VERSION, engine="remote")

    def load(
        self, command: Load, report: Callable[[LoadProgress | LoadStep], None]
    ) -> ModelInfo:
        """Finds out what the server is and what its model is."""
        self.unload()
        remote = RemoteModel.parse(command.path)
        server = self._server(remote, command.key)
        try:
            report(LoadProgress(0.0))
            model = models.chosen(server, remote.model)
            report(LoadProgress(_LISTED))
            dialect = dialect_of(server, model.id)
            report(LoadProgress(_FOUND))
            wishes = replace(remote, context=remote.context or command.context)
            present = Present(wishes, server, dialect, model=model)
            report(LoadProgress(1.0))
        except RequestCancelledError as error:
            server.close()
            raise UserError(ErrorCode.SERVER_LOST, server.name) from error
        except BaseException:
            server.close()
            raise
        self._present = present
        return replace(present.info, path=remote.link)

    def unload(self) -> None:
        """Closes the connection."""
        present, self._present = self._present, None
        if present is not None:
            present.server.close()

    def list_models(self, command: ListModels) -> tuple[str, ...]:
        """Asks a server, whatever is loaded."""
        server = self._server(RemoteModel.parse(command.address), command.key)
        try:
            return tuple(model.id for model in models.listed(server))
        except RequestCancelledError as error:
            raise UserError(ErrorCode.SERVER_LOST, server.name) from error
        finally:
            server.close()

    def tokenize(self, prompt: tuple[Segment, ...]) -> tuple[int, ...]:
        """The token ids, as the server's tokenizer has them."""
        present = self._loaded()
        try:
            return present.encode(prompt).tokens
        except RequestCancelledError as error:
            raise UserError(ErrorCode.SERVER_LOST, present.server.name) from error

    def generate(self, command: Generate) -> Iterator[GenerationEvent]:
        """Has the server continue a prompt."""
        started = time.perf_counter()
        present = self._loaded()
        generation = Generation(
            command,
            present.server,
            present.dialect,
            encode=present.encode,
            cancelled=self._cancelled,
            context=present.info.context,
        )
        yield from generation.run(started)

    def prepare(self, command: Prepare) -> Iterator[PreparationEvent]:
        """Ends at once: what nobody has sent yet stays on this computer."""
        self._loaded()
        yield Prepared(command.id, Usage(), complete=False)

    def spare_work(self) -> Iterator[None]:
        """None: a server sees to its own cache."""
        return iter(())

    def forget(self, chat: str) -> None:
        """Nothing is kept of a chat here."""

    def close(self) -> None:
        """Closes the connection."""
        self.unload()

    def _server(self, remote: RemoteModel, key: ServerKey | None) -> Server:
        own = self._environment.get(KEY_VARIABLE, "")
        key = key or (ServerKey(own) if own else None)
        return Server(remote, key, cancelled=self._cancelled, limits=self._limits)

    def _loaded(self) -> Present:
        if self._present is None:
            raise UserError(ErrorCode.MODEL_NOT_LOADED)
        return self._present


def _limits(seconds: str) -> Limits:
    """The defaults, with the user's wish where it is a number."""
    if seconds.isascii() and seconds.isdecimal() and int(seconds) > 0:
        return Limits(silence=float(seconds))
    return Limits()
