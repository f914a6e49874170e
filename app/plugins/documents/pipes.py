"""A child's ends of the pipes to its parent."""

import os
import queue
import sys
import threading
from collections.abc import Callable
from typing import IO, BinaryIO


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


def read_in_thread(
    lines: IO[bytes], at_end: Callable[[], object] | None = None
) -> "queue.SimpleQueue[bytes | None]":
    """Lines as they come, and None at the end, without anybody's waiting.

    A pipe cannot be waited for with a time limit on Windows.

    Args:
        lines: A pipe.
        at_end: Called in the thread when the other side has closed it.
    """
    found: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()

    def read() -> None:
        with lines:
            for line in lines:
                found.put(line)
        found.put(None)
        if at_end is not None:
            at_end()

    threading.Thread(target=read, daemon=True, name="pipe").start()
    return found
