"""Questions to a server over HTTP, each on a connection of its own, within limits.

What may be connected to is `address`'s to say; it is said again of every address that
a name has. Redirects are not followed, and no proxy is used: nothing but the server
that the user named is spoken to.
"""

import http.client
import socket
import ssl
import threading
from contextlib import suppress
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

import msgspec

from app import __version__
from app.domain.tools import ToolFailure
from app.plugins.api import ToolError, Traffic
from app.plugins.pictures.address import ServerAddress, is_near
from app.plugins.pictures.strangers import one_line

MOST_ANSWER: Final = 64 * 1024 * 1024
"""Bytes of an answer: a picture of 4096 by 4096 pixels that hardly compresses."""

_MOST_ERROR: Final = 65536
_CONNECT_SECONDS: Final = 10.0
_BUSY: Final = {
    HTTPStatus.TOO_MANY_REQUESTS,
    HTTPStatus.BAD_GATEWAY,
    HTTPStatus.SERVICE_UNAVAILABLE,
    HTTPStatus.GATEWAY_TIMEOUT,
}
_LOCKED: Final = {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}


class StatusError(ToolError):
    """A server refused a question.

    Attributes:
        status: The HTTP status.
    """

    def __init__(self, failure: ToolFailure, detail: str, status: int) -> None:
        super().__init__(failure, detail)
        self.status = status


class _Said(msgspec.Struct):
    """An error's body: `detail` in AUTOMATIC1111 and FastAPI, `error` elsewhere."""

    detail: object = ""
    errors: object = ""
    error: object = ""


@dataclass(frozen=True, slots=True)
class Question:
    """One question.

    Attributes:
        path: Below the server's own path.
        body: What is sent as JSON; None asks with GET.
        seconds: How long may be waited for each byte of the answer.
        most: Bytes that the answer may have.
    """

    path: str
    body: object = None
    seconds: float = 5.0
    most: int = _MOST_ERROR


class Call:
    """One question on its way; `cut` ends it from another thread.

    Args:
        server: Whom to ask.
        question: What to ask.
        traffic: The request that was announced; counts the bytes.
    """

    def __init__(
        self, server: ServerAddress, question: Question, traffic: Traffic
    ) -> None:
        self._server = server
        self._question = question
        self._traffic = traffic
        self._socket: socket.socket | None = None
        self._is_cut = False
        self._guard = threading.Lock()

    def answer(self) -> bytes:
        """Asks and waits.

        Raises:
            ToolError: There is no answer, or it is no success.
        """
        name = self._server.authority
        try:
            connection = self._connect()
            try:
                return self._ask(connection)
            finally:
                connection.close()
        except TimeoutError as error:
            raise ToolError(ToolFailure.SERVER_SILENT, name) from error
        except (OSError, http.client.HTTPException) as error:
            detail = f"{name}: {type(error).__name__}"
            raise ToolError(ToolFailure.SERVER_LOST, detail) from error

    def cut(self) -> None:
        """Ends it: whoever waits in `answer` is told that the server is lost."""
        with self._guard:
            self._is_cut = True
            if self._socket is not None:
                with suppress(OSError):
                    self._socket.shutdown(socket.SHUT_RDWR)

    def _connect(self) -> http.client.HTTPConnection:
        name = self._server.authority
        try:
            connected = self._dial()
            self._keep(connected)
            if self._server.is_encrypted:
                context = ssl.create_default_context()
                host = self._server.host
                connected = context.wrap_socket(connected, server_hostname=host)
                self._keep(connected)
        except ssl.SSLError as error:
            reason = getattr(error, "verify_message", "") or error.reason or ""
            detail = f"{name}: {reason}"
            raise ToolError(ToolFailure.SERVER_UNTRUSTED, detail) from error
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", "") or type(error).__name__
            detail = f"{name}: {reason}"
            raise ToolError(ToolFailure.UNREACHABLE, detail) from error
        connected.settimeout(self._question.seconds)
        connection = http.client.HTTPConnection(self._server.host, self._server.port)
        connection.auto_open = 0
        connection.sock = connected
        return connection

    def _dial(self) -> socket.socket:
        """Connects to the first of the server's addresses that answers."""
        host, port = self._server.host, self._server.port
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        addresses = [(str(at[4][0]), port) for at in found]
        if not self._server.is_encrypted and not all(is_near(a) for a, _ in addresses):
            raise ToolError(ToolFailure.SERVER_ADDRESS, self._server.text)
        failure: OSError = ConnectionAbortedError()
        for address in addresses:
            try:
                return socket.create_connection(address, _CONNECT_SECONDS)
            except OSError as error:
                failure = error
        raise failure

    def _keep(self, connected: socket.socket) -> None:
        with self._guard:
            self._socket = connected
            if self._is_cut:
                connected.close()
                raise ConnectionAbortedError

    def _ask(self, connection: http.client.HTTPConnection) -> bytes:
        question = self._question
        head = {
            "Accept": "application/json",
            "Accept-Encoding": "identity",
            "User-Agent": f"moss-desktop/{__version__}",
            "Host": self._server.authority,
        }
        path = f"{self._server.path}{question.path}"
        if question.body is None:
            connection.request("GET", path, headers=head)
        else:
            head["Content-Type"] = "application/json"
            body = msgspec.json.encode(question.body)
            self._traffic.count(len(body))
            connection.request("POST", path, body, head)
        with connection.getresponse() as response:
            if response.status != HTTPStatus.OK:
                raise self._refusal(response)
            answer = response.read(question.most + 1)
            self._traffic.count(len(answer))
            if len(answer) > question.most:
                detail = f"{self._server.authority}: more than {question.most} bytes"
                raise ToolError(ToolFailure.SERVER_FAILED, detail)
            if response.length:
                raise http.client.IncompleteRead(answer, response.length)
            return answer

    def _refusal(self, response: http.client.HTTPResponse) -> StatusError:
        status = response.status
        detail = f"{self._server.authority}: HTTP {status}"
        if said := _said(response.read(_MOST_ERROR)):
            detail += f", {said}"
        if status in _LOCKED:
            failure = ToolFailure.SERVER_LOCKED
        elif status in _BUSY:
            failure = ToolFailure.SERVER_BUSY
        else:
            failure = ToolFailure.SERVER_FAILED
        return StatusError(failure, detail, status)


def _said(body: bytes) -> str:
    try:
        found = msgspec.json.decode(body, type=_Said)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return ""
    texts = (found.detail, found.errors, found.error)
    return one_line(", ".join(t for t in texts if isinstance(t, str) and t))
