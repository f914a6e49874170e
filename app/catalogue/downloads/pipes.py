"""What the downloader hears from its parent, and says to it."""

import threading
from collections.abc import Callable
from typing import BinaryIO


class Outgoing:
    """Lines to the parent, from all threads."""

    def __init__(self, pipe: BinaryIO) -> None:
        self._pipe = pipe
        self._guard = threading.Lock()

    def send(self, line: bytes) -> None:
        """Sends a line; when nobody listens any more, stdin's end stops us."""
        with self._guard:
            try:
                self._pipe.write(line)
                self._pipe.flush()
            except BrokenPipeError:
                return


def read_in_thread(
    pipe: BinaryIO, take: Callable[[bytes], None], *, at_end: Callable[[], None]
) -> None:
    """Hands each further line on, and says when the parent is gone."""

    def read() -> None:
        for line in pipe:
            take(line)
        at_end()

    threading.Thread(target=read, daemon=True, name="commands").start()
