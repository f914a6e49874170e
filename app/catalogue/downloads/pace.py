"""How fast bytes may come, over all files together."""

import threading
import time
from collections.abc import Callable
from typing import Final

from app.catalogue.downloads.halt import Halt

_BURST_SECONDS: Final = 0.25
_SHORTEST: Final = 0.005


class Pace:
    """A bucket of tokens: one for each byte.

    Args:
        bytes_per_second: The limit; 0 is none.
        clock: Seconds, for tests.
    """

    def __init__(
        self, bytes_per_second: int = 0, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._clock = clock
        self._guard = threading.Lock()
        self._rate = max(0, bytes_per_second)
        self._free_at = clock()

    def set(self, bytes_per_second: int) -> None:
        """Changes the limit, from now on."""
        with self._guard:
            self._rate = max(0, bytes_per_second)
            self._free_at = self._clock()

    def pay(self, count: int, halt: Halt) -> None:
        """Waits until these bytes may have come.

        Raises:
            HaltedError: Nobody wants them any more.
        """
        delay = self.delay(count)
        if delay > _SHORTEST:
            halt.wait(delay)

    def delay(self, count: int) -> float:
        """Takes bytes out of the bucket; returns the seconds that this is too early."""
        with self._guard:
            if not self._rate:
                return 0.0
            now = self._clock()
            begin = max(self._free_at, now - _BURST_SECONDS)
            self._free_at = begin + count / self._rate
            return max(0.0, self._free_at - now)

    def piece(self, most: int) -> int:
        """How many bytes to ask for at once, so that a slow pace stays even."""
        with self._guard:
            return min(most, max(1, self._rate // 10)) if self._rate else most
