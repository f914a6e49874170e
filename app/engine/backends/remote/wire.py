"""Connections: names, proxies and TLS, within limits, with an end from another thread.

What may be connected to is decided here: any server by TLS, with its certificate
checked, and without TLS only an address of this computer. A name is resolved once, and
what was checked is what is connected to.

A proxy is used for TLS only, and only where the user's environment names one.
"""

import io
import math
import queue
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Final

from typing_extensions import Buffer, override

from app.domain.errors import ErrorCode, UserError
from app.domain.remote import RemoteModel, is_loopback
from app.engine.backend import CancelFlag
from app.engine.backends.remote import proxies
from app.engine.backends.remote.failures import RequestCancelledError
from app.engine.backends.remote.proxies import Proxy

_MOST_PROXY_ANSWER: Final = 65536
_PART_BYTES: Final = 4096

_Address = tuple[socket.AddressFamily, tuple[str, int]]


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds after which a server is given up.

    Attributes:
        connect: For a connection, TLS included.
        answer: For the whole answer to a small question.
        silence: Without a byte while an answer is written.
    """

    connect: float = 10.0
    answer: float = 30.0
    silence: float = 300.0


class Wire:
    """A connection; `http.client` takes it for a socket.

    Args:
        server: Where to.
        cancelled: Cuts it when set, while it is opened too.
        limits: How long each step may take.
    """

    def __init__(
        self, server: RemoteModel, cancelled: CancelFlag, limits: Limits
    ) -> None:
        self._server = server
        self._cancelled = cancelled
        self._limits = limits
        self._socket: socket.socket | None = None
        self._guard = threading.Lock()
        self.allow(limits.connect, in_all=True)

    def allow(self, seconds: float, *, in_all: bool) -> None:
        """Sets how long may be waited from now: in all, or each time for a byte."""
        self._silence = seconds
        self._deadline = time.monotonic() + seconds if in_all else math.inf

    def open(self) -> None:
        """Connects.

        Raises:
            UserError: Nobody is there, or it cannot be trusted.
            RequestCancelledError: The cancel flag was set.
        """
        name = self._server.authority
        with self._cancelled.calling(self.cut), self._ended_when_it_fails():
            try:
                self._connect()
            except ssl.SSLError as error:
                reason = getattr(error, "verify_message", "") or error.reason or error
                raise UserError(
                    ErrorCode.SERVER_UNTRUSTED, f"{name}: {reason}"
                ) from error
            except (OSError, ValueError) as error:
                raise UserError(
                    ErrorCode.SERVER_UNREACHABLE, f"{name}: {_reason(error)}"
                ) from error

    def cut(self) -> None:
        """Ends it from any thread: whoever waits for bytes hears the end of them."""
        with self._guard:
            if self._socket is not None:
                _shut(self._socket)

    def hang_up(self) -> None:
        """Ends it and gives it back to the system."""
        with self._guard:
            connected, self._socket = self._socket, None
            if connected is not None:
                _shut(connected)
                connected.close()

    def close(self) -> None:
        """For `http.client`, which closes a socket that is still read from."""

    def makefile(self, _mode: str) -> io.BufferedReader:
        """What comes, for `http.client`."""
        return io.BufferedReader(_Bytes(self))

    def sendall(self, data: Buffer) -> None:
        """Sends everything."""
        connected = self._connected()
        connected.settimeout(self._seconds())
        connected.sendall(data)

    def receive_into(self, buffer: Buffer) -> int:
        """Waits for bytes; 0 at the end."""
        connected = self._connected()
        connected.settimeout(self._seconds())
        return connected.recv_into(buffer)

    # -- opening ---------------------------------------------------------------------

    def _connect(self) -> None:
        encrypted = self._server.scheme == "https"
        proxy = proxies.proxy_for(self._server) if encrypted else None
        addresses = self._resolve(proxy or self._server)
        if not encrypted and not all(is_loopback(at[0]) for _, at in addresses):
            raise UserError(ErrorCode.SERVER_ADDRESS, self._server.address)
        self._dial(addresses)
        if proxy is not None:
            self._pass_proxy(proxy)
        if encrypted:
            self._encrypt()

    def _resolve(self, target: Proxy | RemoteModel) -> list[_Address]:
        """The addresses of a name.

        The system's resolver cannot be interrupted, so it is asked in a thread that
        may outlive the question.
        """
        host, port = target.host, target.port
        found: queue.SimpleQueue[list[_Address] | Exception | None]
        found = queue.SimpleQueue()

        def ask() -> None:
            try:
                answers = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
                found.put([(a[0], (str(a[4][0]), port)) for a in answers])
            except (OSError, UnicodeError) as error:
                found.put(error)

        threading.Thread(target=ask, daemon=True, name="resolver").start()
        with self._cancelled.calling(lambda: found.put(None)):
            try:
                answer = found.get(timeout=self._seconds())
            except queue.Empty as error:
                raise TimeoutError from error
        if isinstance(answer, Exception):
            raise answer
        return answer or []

    def _dial(self, addresses: list[_Address]) -> None:
        """Connects to the first address that answers; each has its share of time."""
        failure: OSError = ConnectionAbortedError()
        for tried, (family, address) in enumerate(addresses):
            self._check()
            self._socket = dialled = socket.socket(family, socket.SOCK_STREAM)
            try:
                dialled.settimeout(self._seconds() / (len(addresses) - tried))
                dialled.connect(address)
            except OSError as error:
                self.hang_up()
                failure = error
                continue
            dialled.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            dialled.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
            return
        raise failure

    def _encrypt(self) -> None:
        context = ssl.create_default_context()
        connected = self._connected()
        connected.settimeout(self._seconds())
        encrypted = context.wrap_socket(
            connected,
            server_hostname=self._server.host,
            do_handshake_on_connect=False,
        )
        self._socket = encrypted
        self._check()
        encrypted.do_handshake()

    def _pass_proxy(self, proxy: Proxy) -> None:
        """Has a proxy open a tunnel."""
        self.sendall(proxy.question(self._server))
        answer, part = b"", bytearray(_PART_BYTES)
        # What follows is TLS, where the server waits for us: nothing is read too far.
        while b"\r\n\r\n" not in answer:
            count = self.receive_into(part)
            answer += part[:count]
            if not count or len(answer) > _MOST_PROXY_ANSWER:
                raise ConnectionAbortedError
        proxy.check(answer)

    # -- small things ----------------------------------------------------------------

    def _connected(self) -> socket.socket:
        self._check()
        if self._socket is None:
            raise ConnectionAbortedError
        return self._socket

    def _check(self) -> None:
        if self._cancelled.is_set():
            raise RequestCancelledError

    def _seconds(self) -> float:
        """How long the next step may take."""
        left = min(self._silence, self._deadline - time.monotonic())
        if left <= 0:
            raise TimeoutError
        return left

    @contextmanager
    def _ended_when_it_fails(self) -> Iterator[None]:
        try:
            yield
            self._check()
        except BaseException as error:
            self.hang_up()
            if self._cancelled.is_set() and isinstance(error, UserError):
                raise RequestCancelledError from error
            raise


class _Bytes(io.RawIOBase):
    """A wire's bytes as a file."""

    def __init__(self, wire: Wire) -> None:
        super().__init__()
        self._wire = wire

    @override
    def readable(self) -> bool:
        return True

    @override
    def readinto(self, buffer: Buffer) -> int:
        return self._wire.receive_into(buffer)


def _shut(connected: socket.socket) -> None:
    """Ends a connection without TLS's goodbye, which would wait for an answer."""
    with suppress(OSError):
        socket.socket.shutdown(connected, socket.SHUT_RDWR)


def _reason(error: Exception) -> str:
    """An error in the system's own words, without numbers and file names."""
    if isinstance(error, TimeoutError):
        return "timeout"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return str(error) or type(error).__name__
