"""The downloader's ends of the pipes to its parent."""

import os
import sys
import threading
from collections.abc import Callable
from typing import BinaryIO


def take_stdout() -> BinaryIO:
    """Keeps the pipe to the parent and points the process's stdout at stderr.

    Nothing that a library prints can then corrupt a line.
    """
    lines = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    sys.stdout = sys.stderr
    return lines


def open_stdin() -> BinaryIO:
    """The pipe from the parent, for a thread that may wait for it to the very end.

    Python's own `sys.stdin` is flushed when the process exits, for which it would wait
    for that thread, in vain.
    """
    return open(0, "rb", buffering=0, closefd=False)


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
