"""How fast bytes come, and how long the rest takes."""

import time
from collections import deque
from collections.abc import Callable
from typing import Final

_WINDOW: Final = 10.0
_SHORTEST: Final = 0.5


class Meter:
    """Counts the bytes of the last seconds.

    Args:
        clock: Seconds, for tests.
    """

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._points: deque[tuple[float, int]] = deque([(clock(), 0)])

    def rate(self, count: int) -> float:
        """Bytes a second, of late.

        Args:
            count: Bytes so far.
        """
        now = self._clock()
        self._points.append((now, count))
        while len(self._points) > 2 and now - self._points[1][0] > _WINDOW:  # noqa: PLR2004 -- a line has two ends
            self._points.popleft()
        since, before = self._points[0]
        return max(0.0, (count - before) / max(_SHORTEST, now - since))
