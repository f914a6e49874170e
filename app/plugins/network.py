"""Each network request of a tool is known, and one that nobody announced fails.

Python tells an audit hook of every connection that its `socket` module is about to
make (PEP 578). A hook cannot be taken out again, so this one is for a process of tools
only. What a library does in native code it does not see.
"""

import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

_OUTWARD: Final = {
    "socket.connect",
    "socket.getaddrinfo",
    "socket.gethostbyname",
    "socket.gethostbyaddr",
    "socket.getnameinfo",
    "socket.sendto",
    "socket.sendmsg",
}
_LOCAL: Final = (str, bytes)
"""What the address of a socket between processes of one computer is."""


class Exchange:
    """One request; fulfils `api.Traffic`.

    Attributes:
        size: Bytes that were counted.
        outcome: How it ended; empty until it is said.
    """

    def __init__(self) -> None:
        self.size = 0
        self.outcome = ""

    def count(self, size: int) -> None:
        """Adds bytes that were sent or received."""
        self.size += size

    def end(self, outcome: str) -> None:
        """Says how it ended."""
        self.outcome = outcome


class Gate:
    """Closed to sockets while no request is announced."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._announced = 0

    def install(self) -> None:
        """Watches this process from now on, for good."""
        sys.addaudithook(self._audit)

    @contextmanager
    def request(self, ended: Callable[[Exchange, float], None]) -> Iterator[Exchange]:
        """Is open to one request.

        Args:
            ended: Is told of the request and its seconds when it is over.
        """
        exchange, begun = Exchange(), time.monotonic()
        with self._lock:
            self._announced += 1
        try:
            yield exchange
        except BaseException as error:
            exchange.outcome = exchange.outcome or _words(error)
            raise
        finally:
            with self._lock:
                self._announced -= 1
            exchange.outcome = exchange.outcome or "done"
            ended(exchange, time.monotonic() - begun)

    def _audit(self, event: str, arguments: tuple[object, ...]) -> None:
        if event not in _OUTWARD or self._announced:
            return
        if event in {"socket.connect", "socket.sendto"} and isinstance(
            arguments[-1], _LOCAL
        ):
            return
        message = f"{event}: a tool may only connect within Run.network"
        raise PermissionError(message)


def _words(error: BaseException) -> str:
    text = str(error)
    return f"{type(error).__name__}: {text}" if text else type(error).__name__
