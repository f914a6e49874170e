"""Lines of a pipe, read without anybody's waiting."""

import queue
import threading
from collections.abc import Callable
from typing import IO


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
