"""Which backend a model needs: one for files, one for models on servers.

The remote backend is imported when the first server is named, and not before: until
then there is no network module in the engine, let alone a connection.
"""

from collections.abc import Callable, Iterator
from typing import Protocol

from app.domain.generation import ModelInfo, Segment
from app.domain.remote import is_link
from app.engine.backend import (
    Backend,
    CancelFlag,
    Directory,
    GenerationEvent,
    PreparationEvent,
)
from app.engine.protocol import (
    Generate,
    Hello,
    ListModels,
    Load,
    LoadProgress,
    LoadStep,
    Prepare,
)


class _ServerBackend(Backend, Directory, Protocol):
    """What runs models on servers."""


class Router:
    """Passes commands on; a `Backend` and a `Directory`, whose words it follows.

    Args:
        local: The backend for files; it says hello.
        cancelled: Given to the remote backend.
    """

    def __init__(self, local: Backend, cancelled: CancelFlag) -> None:
        self._local = local
        self._cancelled = cancelled
        self._remote: _ServerBackend | None = None
        self._present = local

    def hello(self) -> Hello:
        """The local backend's."""
        return self._local.hello()

    def load(
        self, command: Load, report: Callable[[LoadProgress | LoadStep], None]
    ) -> ModelInfo:
        """Loads with the backend that is meant, after the other has let go."""
        chosen = self._servers() if is_link(command.path) else self._local
        if chosen is not self._present:
            self._present.unload()
            self._present = chosen
        return chosen.load(command, report)

    def unload(self) -> None:
        """Lets go of what is loaded."""
        self._present.unload()

    def tokenize(self, prompt: tuple[Segment, ...]) -> tuple[int, ...]:
        """The token ids of a prompt."""
        return self._present.tokenize(prompt)

    def generate(self, command: Generate) -> Iterator[GenerationEvent]:
        """Continues a prompt."""
        return self._present.generate(command)

    def prepare(self, command: Prepare) -> Iterator[PreparationEvent]:
        """Gets ready for a prompt."""
        return self._present.prepare(command)

    def spare_work(self) -> Iterator[None]:
        """What can wait until nobody waits."""
        return self._present.spare_work()

    def forget(self, chat: str) -> None:
        """Deletes what is kept of a chat."""
        self._present.forget(chat)

    def list_models(self, command: ListModels) -> tuple[str, ...]:
        """Asks a server; what is loaded stays."""
        return self._servers().list_models(command)

    def close(self) -> None:
        """Closes both."""
        self._local.close()
        if self._remote is not None:
            self._remote.close()

    def _servers(self) -> _ServerBackend:
        """The remote backend, made when it is first needed."""
        if self._remote is None:
            from app.engine.backends.remote.backend import (  # noqa: PLC0415
                RemoteBackend,
            )

            self._remote = RemoteBackend(self._cancelled)
        return self._remote
