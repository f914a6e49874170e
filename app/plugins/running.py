"""What a tool may use while it answers one command, in the tool process."""

import itertools
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

from msgspec import structs

from app.plugins.api import Traffic
from app.plugins.messages import Progress, Reply, Requested
from app.plugins.network import Exchange, Gate

_LONGEST: Final = 200
"""Characters of what a tool says for the log."""


class Running:
    """Fulfils `api.Run`.

    Args:
        command: The request's id.
        reply: Takes messages to the parent, from any thread.
        gate: Lets announced requests through.
    """

    def __init__(
        self, command: int, reply: Callable[[Reply], None], gate: Gate
    ) -> None:
        self.command: Final = command
        self._reply = reply
        self._gate = gate
        self._cancelled = threading.Event()
        self._numbers = itertools.count(1)

    @property
    def cancelled(self) -> bool:
        """See `Run`."""
        return self._cancelled.is_set()

    def cancel(self) -> None:
        """The answer is not wanted any more."""
        self._cancelled.set()

    def progress(self, fraction: float, text: str = "") -> None:
        """See `Run`."""
        fraction = min(max(float(fraction), 0.0), 1.0)
        self._reply(Progress(self.command, fraction, str(text)[:_LONGEST]))

    @contextmanager
    def network(self, host: str, purpose: str) -> Iterator[Traffic]:
        """See `Run`."""
        begun = Requested(
            self.command,
            number=next(self._numbers),
            host=host[:_LONGEST],
            purpose=purpose[:_LONGEST],
        )
        self._reply(begun)

        def ended(exchange: Exchange, seconds: float) -> None:
            self._reply(
                structs.replace(
                    begun,
                    size=exchange.size,
                    outcome=exchange.outcome[:_LONGEST],
                    seconds=seconds,
                )
            )

        with self._gate.request(ended) as exchange:
            yield exchange
