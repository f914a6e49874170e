"""Which lines are written to a pipe together."""

import math
import time
from collections.abc import Callable
from typing import Final

_PAUSE_SECONDS: Final = 0.004
"""Lines that are farther apart do not come fast."""
_WAIT_SECONDS: Final = 0.008
"""What a reader will not notice: half of the time of one picture on a screen."""
_STEADY_LINES: Final = 16
"""More than one step of a slow model says, be it with a draft or to several."""


class Coalescer:
    """Keeps lines back for a moment while they come fast.

    Each write wakes the reader. That is nothing to a model that takes a tenth of a
    second for a token, and the twentieth part of what a model takes that needs half a
    millisecond. So what may wait is kept back for a moment at most, and only once many
    lines have come without a pause: then the next line is near, and it takes along what
    waits. Lines that belong to one step of a slow model are never kept back until the
    next step.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """Begins with nothing kept back.

        Args:
            clock: Tells the time in seconds.
        """
        self._clock = clock
        self._waiting = b""
        self._added = self._written = -math.inf
        self._steady = 0

    def add(self, line: bytes, *, may_wait: bool) -> bytes:
        """Takes a line.

        Args:
            line: The line.
            may_wait: Whether another line is sure to follow.

        Returns:
            What is to be written now; may be nothing.
        """
        now = self._clock()
        self._steady = self._steady + 1 if now - self._added <= _PAUSE_SECONDS else 0
        self._added = now
        self._waiting += line
        is_soon = now - self._written < _WAIT_SECONDS
        if may_wait and is_soon and self._steady > _STEADY_LINES:
            return b""
        self._written = now
        lines, self._waiting = self._waiting, b""
        return lines
