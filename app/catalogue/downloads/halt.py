"""The end of a download, from another thread: whoever waits stops waiting."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class HaltedError(Exception):
    """The work is not wanted any more; no failure."""


class Halt:
    """A flag that also cuts what is waited for. Safe to use from all threads."""

    def __init__(self) -> None:
        self._event = threading.Event()
        # Reentrant: a signal's handler may set the flag in the midst of a thread.
        self._guard = threading.RLock()
        self._cuts: list[Callable[[], None]] = []

    def set(self) -> None:
        """Raises the flag and cuts everything that waits."""
        self._event.set()
        with self._guard:
            cuts = tuple(self._cuts)
        for cut in cuts:
            cut()

    def is_set(self) -> bool:
        """Whether the flag is up."""
        return self._event.is_set()

    def check(self) -> None:
        """Goes on only while the flag is down.

        Raises:
            HaltedError: It is up.
        """
        if self._event.is_set():
            raise HaltedError

    def wait(self, seconds: float) -> None:
        """Waits, but not beyond the raising of the flag.

        Raises:
            HaltedError: It was raised.
        """
        if self._event.wait(seconds):
            raise HaltedError

    @contextmanager
    def cutting(self, cut: Callable[[], None]) -> Iterator[None]:
        """A block that `cut` brings to an end.

        Raises:
            HaltedError: The flag is up already.
        """
        with self._guard:
            self._cuts.append(cut)
        try:
            self.check()
            yield
        finally:
            with self._guard:
                self._cuts.remove(cut)
