"""Questions and answers in HTTP/1.1, on `http.client` over our own wires.

The standard library and not a package, because what matters here is what such packages
hide: one connection that another thread can cut, limits on every wait and every size,
no redirect that is followed, no password file that is looked up, and nothing sent a
second time that could be carried out twice.

Small questions share a connection while the server keeps it open. One that the server
has closed in the meantime is asked again on a fresh one. A completion has a connection
of its own and is never asked for twice.
"""

import http.client
import re
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Final, TypeVar, cast

import msgspec

from app import __version__
from app.domain.errors import ErrorCode, UserError
from app.domain.remote import RemoteModel, ServerKey
from app.engine.backend import CancelFlag
from app.engine.backends.remote import failures, sse
from app.engine.backends.remote.failures import RequestCancelledError
from app.engine.backends.remote.wire import Limits, Wire

if TYPE_CHECKING:
    import socket

_T = TypeVar("_T")
_KEY: Final = re.compile(r"[!-~]+")
_JSON: Final = "application/json"
_EVENTS: Final = "text/event-stream"
_MOST_BODY: Final = 32 * 1024 * 1024
_MOST_ERROR: Final = 65536
_SHORTEST_SECRET: Final = 8
"""Characters of a key that is looked for in what a server says; a shorter one, such as
a trial's "k", is in every other word."""
_STALE: Final = (ConnectionError, ssl.SSLError)


@dataclass(frozen=True, slots=True)
class _Question:
    """What is asked.

    Attributes:
        path: Below the server's address.
        body: What is sent as JSON; None asks with GET.
        answer: The kind of content that is expected.
    """

    path: str
    body: Mapping[str, object] | None
    answer: str = _JSON


class Server:
    """One server, asked in turn.

    Attributes:
        name: Host and port, for errors.

    Args:
        server: Where it is.
        key: Its key; None where it wants none.
        cancelled: Ends what is being asked.
        limits: How long each step may take.

    Raises:
        UserError: `ErrorCode.SERVER_KEY`: no server can have such a key.
    """

    def __init__(
        self,
        server: RemoteModel,
        key: ServerKey | None,
        *,
        cancelled: CancelFlag,
        limits: Limits,
    ) -> None:
        self.name: Final = server.authority
        self._server = server
        self._cancelled = cancelled
        self._limits = limits
        self._key = key.text.strip() if key is not None else ""
        if self._key and not _KEY.fullmatch(self._key):
            # http.client would say so too, and repeat it.
            raise UserError(ErrorCode.SERVER_KEY, self.name)
        self._idle: _Line | None = None

    def get(self, path: str, kind: type[_T]) -> _T:
        """Asks for a value.

        Raises:
            UserError: The server does not answer, refuses (`StatusError`), or
                answers something else.
            RequestCancelledError: The cancel flag was set.
        """
        return decoded(self._ask(_Question(path, None)), kind, self.name)

    def post(self, path: str, body: Mapping[str, object], kind: type[_T]) -> _T:
        """Asks a question that changes nothing; raises what `get` raises."""
        return decoded(self._ask(_Question(path, body)), kind, self.name)

    @contextmanager
    def stream(
        self, path: str, body: Mapping[str, object]
    ) -> Iterator[Iterator[bytes]]:
        """Asks for an answer that comes in events (Server-Sent Events).

        The connection is closed when the block is left: a server that still writes
        stops then.

        Yields:
            The events' data; raises what `get` raises.
        """
        line = self._fresh_line()
        try:
            with self._watched(line):
                line.wire.allow(self._limits.silence, in_all=False)
                response = self._asked(line, _Question(path, body, _EVENTS))
                yield sse.event_data(response.read1, self.name)
        finally:
            line.wire.hang_up()

    def close(self) -> None:
        """Closes what is open."""
        line, self._idle = self._idle, None
        if line is not None:
            line.wire.hang_up()

    # -- one question ----------------------------------------------------------------

    def _ask(self, question: _Question) -> bytes:
        """A whole answer."""
        line, self._idle = self._idle, None
        if line is not None:
            try:
                return self._answer(line, question)
            except UserError as error:
                if not isinstance(error.__cause__, _STALE):
                    raise
        return self._answer(self._fresh_line(), question)

    def _answer(self, line: "_Line", question: _Question) -> bytes:
        """A whole answer; the line is kept for the next question or closed."""
        kept = False
        line.wire.allow(self._limits.answer, in_all=True)
        try:
            with self._watched(line):
                response = self._asked(line, question)
                answer = self._whole(response)
            kept = response.isclosed() and not response.will_close
        finally:
            if kept:
                self._idle = line
            else:
                line.wire.hang_up()
        return answer

    def _whole(self, response: http.client.HTTPResponse) -> bytes:
        answer = response.read(_MOST_BODY + 1)
        if len(answer) > _MOST_BODY:
            detail = f"{self.name}: more than {_MOST_BODY} bytes"
            raise UserError(ErrorCode.SERVER_FAILED, detail)
        if response.length:
            raise http.client.IncompleteRead(answer, response.length)
        return answer

    def _fresh_line(self) -> "_Line":
        wire = Wire(self._server, self._cancelled, self._limits)
        wire.open()
        return _Line(self._server, wire)

    def _asked(self, line: "_Line", question: _Question) -> http.client.HTTPResponse:
        """Sends a question and accepts the head of the answer that is expected.

        Raises:
            UserError: It is another one; redirects are not followed.
        """
        head = {
            "Accept": question.answer,
            "Accept-Encoding": "identity",
            "User-Agent": f"moss-desktop/{__version__}",
        }
        if self._key:
            head["Authorization"] = f"Bearer {self._key}"
        response = line.request(question, head)
        if response.status != HTTPStatus.OK:
            raise self._refusal(response)
        content = response.getheader("Content-Type") or ""
        if content.partition(";")[0].strip().lower() != question.answer:
            detail = f"{self.name}: Content-Type {failures.plain(content)}"
            raise UserError(ErrorCode.SERVER_FAILED, detail)
        return response

    def _refusal(self, response: http.client.HTTPResponse) -> UserError:
        said = response.read(_MOST_ERROR)
        if len(self._key) >= _SHORTEST_SECRET:
            said = said.replace(self._key.encode(), b"")
        again = response.getheader("Retry-After") or ""
        return failures.refusal(self.name, response.status, said, retry_after=again)

    @contextmanager
    def _watched(self, line: "_Line") -> Iterator[None]:
        """Cuts the line when the flag is set, and turns failures into errors."""
        with self._cancelled.calling(line.wire.cut):
            try:
                yield
            except (OSError, http.client.HTTPException) as error:
                if self._cancelled.is_set():
                    raise RequestCancelledError from error
                raise self._failure(error) from error

    def _failure(self, error: Exception) -> UserError:
        if isinstance(error, TimeoutError):
            return UserError(ErrorCode.SERVER_SILENT, self.name)
        if isinstance(error, OSError | http.client.IncompleteRead):
            return UserError(ErrorCode.SERVER_LOST, self.name)
        detail = f"{self.name}: no HTTP ({type(error).__name__})"
        return UserError(ErrorCode.SERVER_FAILED, detail)


class _Line:
    """A wire and `http.client`'s state of it."""

    def __init__(self, server: RemoteModel, wire: Wire) -> None:
        self.wire = wire
        self._server = server
        self._http = http.client.HTTPConnection(server.host, server.port)
        self._http.auto_open = 0
        # All that it does with a socket is what Wire offers.
        self._http.sock = cast("socket.socket", wire)

    def request(
        self, question: _Question, head: dict[str, str]
    ) -> http.client.HTTPResponse:
        """Sends a question and waits for the answer's head."""
        path = self._server.path + question.path
        head["Host"] = self._host()
        if question.body is None:
            self._http.request("GET", path, headers=head)
        else:
            head["Content-Type"] = _JSON
            body = msgspec.json.encode(question.body)
            self._http.request("POST", path, body, head)
        return self._http.getresponse()

    def _host(self) -> str:
        authority = self._server.authority
        if authority.isascii():
            return authority
        host, colon, port = authority.partition(":")
        return f"{host.encode('idna').decode('ascii')}{colon}{port}"


def decoded(data: bytes, kind: type[_T], name: str) -> _T:
    """A server's JSON as a value.

    Raises:
        UserError: `ErrorCode.SERVER_FAILED`: it is something else.
    """
    try:
        return msgspec.json.decode(data, type=kind)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        detail = f"{name}: {failures.plain(str(error))}"
        raise UserError(ErrorCode.SERVER_FAILED, detail) from error
