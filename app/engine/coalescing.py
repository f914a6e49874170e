"""Which events are written to the pipe together, and as how many lines."""

import math
import time
from collections.abc import Callable, Iterable, Sequence
from typing import Final, TypeGuard

import msgspec

from app.engine.protocol import Event, TextDelta

_PAUSE_SECONDS: Final = 0.016
"""Events that are farther apart do not come fast."""
_WAIT_SECONDS: Final = 0.025
"""What a reader will not notice: text that is read, not followed with the eyes, still
grows forty times a second, which is more than a film has pictures."""
_STEADY_EVENTS: Final = 16
"""More than one step of a slow model says, be it with a draft or to several."""
_SHORT: Final = 256
"""Characters of text that may wait: no line comes near the longest one then."""


class Coalescer:
    """Keeps text back for a moment while it comes fast, and makes one piece of it.

    Each write wakes the reader, on a core that one of the model's threads has just been
    using: all others wait for that one. That is nothing to a model that takes a tenth
    of a second for a token, and the twentieth part of what a model takes that needs
    half a millisecond. So text may wait for a moment at most, and only once many events
    have come without a pause: then the next one is near, and it takes along what waits.
    What belongs to one step of a slow model is never kept back until the next step.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """Begins with nothing kept back.

        Args:
            clock: Tells the time in seconds.
        """
        self._clock = clock
        self._waiting: list[Event] = []
        self._added = self._written = -math.inf
        self._steady = 0

    def add(self, event: Event) -> Sequence[Event]:
        """Takes an event. Behind text another one is sure to follow.

        Returns:
            What is to be written now; may be nothing.
        """
        now = self._clock()
        self._steady = self._steady + 1 if now - self._added <= _PAUSE_SECONDS else 0
        self._added = now
        self._waiting.append(event)
        is_soon = now - self._written < _WAIT_SECONDS
        if is_soon and self._steady > _STEADY_EVENTS and _may_wait(event):
            return ()
        self._written = now
        events, self._waiting = self._waiting, []
        return events if len(events) == 1 else _joined(events)


def _may_wait(event: Event) -> bool:
    return isinstance(event, TextDelta) and len(event.text) <= _SHORT


def _joined(events: Iterable[Event]) -> Sequence[Event]:
    """The events, with neighbouring text of one continuation in one piece."""
    joined: list[Event] = []
    for event in events:
        last = joined[-1] if joined else None
        if isinstance(event, TextDelta) and _goes_on(last, event):
            joined[-1] = msgspec.structs.replace(event, text=last.text + event.text)
        else:
            joined.append(event)
    return joined


def _goes_on(last: Event | None, text: TextDelta) -> TypeGuard[TextDelta]:
    """Whether text goes on with the text of the last event."""
    return isinstance(last, TextDelta) and (last.id, last.candidate) == (
        text.id,
        text.candidate,
    )
