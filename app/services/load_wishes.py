"""What the settings want of the engine when it loads a model."""

from typing import Any, Final

import msgspec

from app.engine import protocol
from app.services.links import EngineLink
from app.services.preferences import Preferences
from app.store.settings import Settings

_GIB: Final = 1 << 30


class LoadWishes:
    """An `EngineLink` that adds what the user chose by hand to every model loaded.

    Args:
        engine: The engine process.
        preferences: The user's settings.
    """

    def __init__(self, engine: EngineLink, preferences: Preferences) -> None:
        self._engine = engine
        self._preferences = preferences
        self._loaded: dict[str, Any] | None = None

    @property
    def outdated(self) -> bool:
        """Whether a model was loaded with other wishes than those of now."""
        return self._loaded not in (None, wishes_of(self._preferences.values))

    def send(self, command: protocol.Command) -> None:
        """Sends a command, see `EngineLink`."""
        if isinstance(command, protocol.Load):
            self._loaded = wishes_of(self._preferences.values)
            budget = self._loaded["state_budget"] if command.state_budget else 0
            wishes = {**self._loaded, "state_budget": budget}
            command = msgspec.structs.replace(command, **wishes)
        self._engine.send(command)


def wishes_of(settings: Settings) -> dict[str, Any]:
    """What settings want of the engine, as fields of `protocol.Load`."""
    return {
        "context": settings.context,
        "gpu_layers": settings.gpu_layers,
        "threads": settings.threads,
        "kv_type": settings.kv_type,
        "batch": settings.batch,
        "mmap": settings.mapped,
        "tensor_split": settings.card_parts,
        "speculation": settings.speculation,
        "state_budget": settings.state_gigabytes * _GIB,
    }
