"""Questions to servers: names, proxies, TLS, redirects, within limits.

A name is resolved once, and what was checked is what is connected to. A token goes to
the server that it is for, and to no other that this one sends us to. The system's
certificates decide whom to trust.
"""

import http.client
import socket
import ssl
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

from app import __version__
from app.catalogue.downloads import proxy
from app.catalogue.downloads.address import Address
from app.catalogue.downloads.answers import (
    PassingError,
    code_of,
    passes,
    retry_after,
)
from app.catalogue.downloads.halt import Halt
from app.domain.errors import ErrorCode, UserError
from app.domain.remote import is_loopback

USER_AGENT: Final = f"MOSS-Desktop/{__version__}"
_MOST_REDIRECTS: Final = 8
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_WHOLE: Final = frozenset({200, 206, 416})
"""Answers that a question for a range has; the caller looks at them."""


@dataclass(frozen=True, slots=True)
class Token:
    """A key, and for whom it is."""

    text: str = field(repr=False)
    origin: tuple[str, str, int]


class Answer:
    """What a server says.

    Args:
        response: Its head, read.
        address: Who said it.

    Attributes:
        status: The HTTP status.
        headers: The HTTP headers.
        address: Who said it, after all redirects.
        length: Bytes of the body as they are announced; None where they are not.
    """

    def __init__(self, response: http.client.HTTPResponse, address: Address) -> None:
        self._response = response
        self.status = response.status
        self.headers = response.headers
        self.address = address
        self.length: int | None = response.length
        self._left = response.length

    def read(self, most: int) -> bytes:
        """The next bytes, as soon as there are any; none at the end.

        Raises:
            PassingError: The connection broke, or nothing came for too long.
        """
        # The `read1` of early Pythons 3.11 forgets what it has read of the announced
        # bytes, and would wait for more than there are.
        wanted = most if self._left is None else min(most, self._left)
        try:
            data = self._response.read1(wanted) if wanted else b""
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise PassingError(
                ErrorCode.DOWNLOAD_LOST, f"{self.address.authority}: {reason(error)}"
            ) from error
        if self._left is not None:
            self._left -= len(data)
        return data


class Wire:
    """Asks questions, each on a connection of its own.

    Args:
        halt: Cuts what waits.
        connect: Seconds for a connection, TLS included.
        silence: Seconds without a byte after which a server is given up.
        token: What proves who we are; None is nobody.
    """

    def __init__(
        self, halt: Halt, *, connect: float, silence: float, token: Token | None = None
    ) -> None:
        self._halt = halt
        self._connect = connect
        self._silence = silence
        self._token = token

    @contextmanager
    def get(self, url: str, headers: Mapping[str, str]) -> Iterator[Answer]:
        """Asks for something, wherever redirects lead.

        Args:
            url: The address.
            headers: More than the usual ones.

        Raises:
            UserError: There is no sense in trying again.
            PassingError: There is.
            HaltedError: The halt flag is up.
        """
        address = Address.parse(url)
        for _ in range(_MOST_REDIRECTS):
            with self._asked(address, headers) as response:
                if response.status not in _REDIRECTS:
                    yield Answer(self._checked(response, address), address)
                    return
                address = address.follow(response.getheader("Location") or "")
        raise UserError(ErrorCode.DOWNLOAD_ODD, f"{address.authority}: redirects")

    @contextmanager
    def _asked(
        self, address: Address, headers: Mapping[str, str]
    ) -> Iterator[http.client.HTTPResponse]:
        """One question, and the head of its answer."""
        connection = self._connection(address)
        opened: list[socket.socket] = []
        with closing(connection), self._halt.cutting(lambda: _cut(opened)):
            try:
                opened.append(self._open(connection, address))
                self._halt.check()
                self._send(connection, address, headers=headers)
                response = connection.getresponse()
            except ssl.SSLCertVerificationError as error:
                detail = f"{address.authority}: {error.verify_message}"
                raise UserError(ErrorCode.DOWNLOAD_UNTRUSTED, detail) from error
            except (OSError, http.client.HTTPException, ValueError) as error:
                self._halt.check()
                detail = f"{address.authority}: {reason(error)}"
                raise PassingError(ErrorCode.DOWNLOAD_UNREACHABLE, detail) from error
            try:
                with closing(response):
                    yield response
            except PassingError:
                self._halt.check()
                raise

    def _connection(self, address: Address) -> http.client.HTTPConnection:
        """A connection that is not open yet."""
        if address.scheme == "http":
            return http.client.HTTPConnection(
                address.host, address.port, timeout=self._connect
            )
        try:
            via = proxy.proxy_for(address)
        except ValueError as error:
            raise UserError(ErrorCode.DOWNLOAD_UNREACHABLE, str(error)) from error
        where = via or address
        connection = http.client.HTTPSConnection(
            where.host,
            where.port,
            timeout=self._connect,
            context=ssl.create_default_context(),
        )
        if via is not None:
            # Python before 3.12 does not tell proxies the host.
            host = {"Host": f"{address.host}:{address.port}"}
            connection.set_tunnel(address.host, address.port, host | via.headers)
        return connection

    def _open(
        self, connection: http.client.HTTPConnection, address: Address
    ) -> socket.socket:
        """Connects; without TLS only to this computer."""
        if address.scheme == "http":
            connection.sock = _dial(address, self._connect)
        else:
            connection.connect()
        connected = connection.sock
        connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connected.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        connected.settimeout(self._silence)
        return connected

    def _send(
        self,
        connection: http.client.HTTPConnection,
        address: Address,
        *,
        headers: Mapping[str, str],
    ) -> None:
        connection.putrequest(
            "GET", address.target, skip_host=True, skip_accept_encoding=True
        )
        usual = {
            "Host": address.authority,
            "User-Agent": USER_AGENT,
            "Accept-Encoding": "identity",
        }
        if self._token is not None and self._token.origin == address.origin:
            usual["Authorization"] = f"Bearer {self._token.text}"
        for name, value in {**usual, **headers}.items():
            connection.putheader(name, value)
        connection.endheaders()

    def _checked(
        self, response: http.client.HTTPResponse, address: Address
    ) -> http.client.HTTPResponse:
        """An answer that the caller can use."""
        encoding = response.getheader("Content-Encoding", "identity").lower()
        if response.status in _WHOLE and encoding == "identity":
            return response
        detail = f"{address.authority}: HTTP {response.status}"
        if response.status in _WHOLE:
            raise UserError(ErrorCode.DOWNLOAD_ODD, f"{detail}, {encoding}")
        code = code_of(response.status)
        if passes(code):
            wait = retry_after(response.getheader("Retry-After"), datetime.now(UTC))
            raise PassingError(code, detail, wait)
        raise UserError(code, detail)


def reason(error: Exception) -> str:
    """An error in the system's own words, without numbers and file names."""
    if isinstance(error, TimeoutError):
        return "timeout"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return str(error) or type(error).__name__


def _dial(address: Address, seconds: float) -> socket.socket:
    """A connection within this computer."""
    found = socket.getaddrinfo(address.host, address.port, type=socket.SOCK_STREAM)
    addresses = [str(each[4][0]) for each in found]
    if not all(map(is_loopback, addresses)):
        raise UserError(ErrorCode.DOWNLOAD_ADDRESS, f"http://{address.host}")
    failure: OSError = ConnectionAbortedError()
    for each in addresses:
        try:
            return socket.create_connection((each, address.port), seconds)
        except OSError as error:
            failure = error
    raise failure


def _cut(opened: list[socket.socket]) -> None:
    """Ends a connection from any thread, without TLS's goodbye, which would wait.

    The socket is remembered, because `http.client` forgets one that the server is going
    to close.
    """
    for connected in opened:
        with suppress(OSError):
            socket.socket.shutdown(connected, socket.SHUT_RDWR)
