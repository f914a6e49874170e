"""What the parent asks of a tool process, read while a command runs."""

import logging
import os
import queue
import threading
from collections.abc import Callable, Iterable, Iterator
from typing import Final

from app.domain.errors import UserError
from app.plugins.messages import Cancel, Order, decode_order

_GRACE_SECONDS: Final = 5.0
_log = logging.getLogger(__name__)


def orders(lines: Iterable[bytes]) -> Iterator[Order]:
    """Orders from the parent; a line that is none is logged and skipped."""
    for line in lines:
        try:
            yield decode_order(line)
        except UserError as error:
            _log.error("skipped a line: %s", error)


class Inbox:
    """Orders in turn, read by a thread; `Cancel` does not wait for its turn.

    When the parent is gone, the command that runs is cancelled, and the process ends
    whether that helps or not.

    Args:
        lines: Lines from the parent.
        cancel: Takes the id of a command, None for any; called from the thread.
    """

    def __init__(
        self, lines: Iterable[bytes], cancel: Callable[[int | None], None]
    ) -> None:
        self._lines = lines
        self._cancel = cancel
        self._orders: queue.SimpleQueue[Order | None] = queue.SimpleQueue()
        self._over = threading.Event()
        threading.Thread(target=self._read, daemon=True).start()

    def __iter__(self) -> Iterator[Order]:
        while (order := self._orders.get()) is not None:
            yield order
        self._over.set()

    def _read(self) -> None:
        for order in orders(self._lines):
            if isinstance(order, Cancel):
                self._cancel(order.id)
            else:
                self._orders.put(order)
        self._orders.put(None)
        self._cancel(None)
        if not self._over.wait(_GRACE_SECONDS):
            os._exit(1)
