"""The engine's sign of life: `Alive` now and then, while something is asked of it.

A thread of its own says it. So native code that takes long is not mistaken for a
process that was stopped or hangs: it runs without Python's lock.
"""

import threading
from collections.abc import Callable
from typing import Final

from app.engine.protocol import BEAT_SECONDS, Alive


class Pulse:
    """Says `Alive` as long as anything is open; at first that is the start itself.

    Attributes:
        elsewhere: Whether what is waited for is on another computer.

    Args:
        say: Sends an event; called in the thread.
        seconds: From one word to the next.
    """

    def __init__(
        self, say: Callable[[Alive], None], *, seconds: float = BEAT_SECONDS
    ) -> None:
        self.elsewhere = False
        self._say: Final = say
        self._seconds: Final = seconds
        self._open = 1
        self._ended = False
        self._changed: Final = threading.Condition()
        self._thread: Final = threading.Thread(
            target=self._beat, daemon=True, name="pulse"
        )

    def start(self) -> None:
        """Begins."""
        self._thread.start()

    def asked(self) -> None:
        """Something more is to be done."""
        self._add(1)

    def answered(self) -> None:
        """One thing less is."""
        self._add(-1)

    def stop(self) -> None:
        """Says nothing any more; returns when that is certain."""
        with self._changed:
            self._ended = True
            self._changed.notify()
        self._thread.join()

    def _add(self, count: int) -> None:
        with self._changed:
            self._open += count
            self._changed.notify()

    def _beat(self) -> None:
        while True:
            with self._changed:
                # Nobody is woken while there is nothing to do.
                self._changed.wait_for(lambda: self._open or self._ended)
                self._changed.wait_for(self._is_quiet, self._seconds)
                if self._ended:
                    return
                if self._is_quiet():
                    continue
            self._say(Alive(self.elsewhere))

    def _is_quiet(self) -> bool:
        return self._ended or not self._open
