"""An HTTP server on this computer that does what a test says, wrong things included."""

import json
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

CERTIFICATE = Path(__file__).with_name("localhost.pem")
"""Key and certificate of a server named localhost, for these tests only."""
_RESET = struct.pack("ii", 1, 0)


@dataclass
class Request:
    """What a client asked."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self):
        return json.loads(self.body)


class Answer:
    """How a script answers one request; `request` is what was asked."""

    def __init__(self, handler: "_Handler", request: Request) -> None:
        self._handler = handler
        self._server = handler.server.script
        self.request = request

    def json(self, value, status=200, **headers) -> None:
        """Answers with JSON."""
        self.raw(json.dumps(value).encode(), "application/json", status, **headers)

    def raw(self, body: bytes, content_type: str, status=200, **headers) -> None:
        """Answers with any body; header names have underscores for hyphens."""
        headers = {"Content-Type": content_type, "Content-Length": len(body), **headers}
        self.head(status, **headers)
        self.send(body)

    def head(self, status=200, **headers) -> None:
        """Answers with a head only."""
        self._handler.send_response(status)
        for name, value in headers.items():
            self._handler.send_header(name.replace("_", "-"), str(value))
        self._handler.end_headers()

    def send(self, data: bytes) -> None:
        """Sends bytes as they are."""
        self._handler.wfile.write(data)
        self._handler.wfile.flush()

    def begin_events(self) -> None:
        """Answers with the head of a stream of events, in chunks."""
        kind = "text/event-stream; charset=utf-8"
        self.head(Content_Type=kind, Transfer_Encoding="chunked")

    def chunk(self, data: bytes) -> None:
        """Sends a chunk."""
        self.send(b"%x\r\n%s\r\n" % (len(data), data))

    def event(self, value) -> None:
        """Sends an event; anything but bytes as JSON."""
        data = value if isinstance(value, bytes) else json.dumps(value).encode()
        self.chunk(b"data: " + data + b"\n\n")

    def end_events(self) -> None:
        """Ends the stream as it should be."""
        self.send(b"0\r\n\r\n")

    def events(self, *values) -> None:
        """Answers with a whole stream of events."""
        self.begin_events()
        for value in values:
            self.event(value)
        self.end_events()

    def hang_up(self) -> None:
        """Closes the connection in an orderly way, wherever the answer stands."""
        self._handler.close_connection = True
        with suppress(OSError):
            self._handler.connection.shutdown(socket.SHUT_RDWR)

    def reset(self) -> None:
        """Breaks the connection off."""
        linger = socket.SO_LINGER
        self._handler.connection.setsockopt(socket.SOL_SOCKET, linger, _RESET)
        self._handler.close_connection = True
        self._handler.connection.close()

    def silence(self) -> None:
        """Says nothing until the test is over."""
        self._server.over.wait()

    def until_closed(self) -> None:
        """Waits until the client has closed the connection."""
        with suppress(ConnectionError):
            while self._handler.connection.recv(4096):
                pass
        self._handler.close_connection = True
        self._server.client_left.set()


Script = Callable[[Answer], None]


@dataclass
class ScriptedServer:
    """Answers each path by a script; 404 where there is none.

    A context manager, which serves while it is entered.

    Attributes:
        scripts: By path, without its query.
        encrypted: Whether it speaks TLS.
        requests: What was asked so far.
        client_left: Set when `until_closed` saw the client go.
        over: Set when the test is over.
    """

    scripts: dict[str, Script] = field(default_factory=dict)
    encrypted: bool = False
    requests: list[Request] = field(default_factory=list)
    client_left: threading.Event = field(default_factory=threading.Event)
    over: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> Self:
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.script = self
        if self.encrypted:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(CERTIFICATE)
            self._server.socket = context.wrap_socket(
                self._server.socket, server_side=True, do_handshake_on_connect=False
            )
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()
        return self

    def __exit__(self, *_exception) -> None:
        self.over.set()
        self._server.shutdown()
        self._thread.join()
        for connection in tuple(self._server.connections):
            with suppress(OSError):  # a client may keep it for its next question
                socket.socket.shutdown(connection, socket.SHUT_RDWR)
        self._server.server_close()

    @property
    def port(self) -> int:
        return self._server.server_address[1]

    @property
    def address(self) -> str:
        host = "https://localhost" if self.encrypted else "http://127.0.0.1"
        return f"{host}:{self.port}"

    def paths(self) -> list[str]:
        return [request.path for request in self.requests]


class _Server(ThreadingHTTPServer):
    script: ScriptedServer
    daemon_threads = False

    def __init__(self, *arguments) -> None:
        super().__init__(*arguments)
        self.connections: set[socket.socket] = set()

    def handle_error(self, request, client_address) -> None:
        """A client that leaves in the midst of an answer is what tests are about."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Server

    def setup(self) -> None:
        super().setup()
        self.server.connections.add(self.connection)

    def finish(self) -> None:
        self.server.connections.discard(self.connection)
        super().finish()

    def do_GET(self) -> None:
        size = int(self.headers.get("Content-Length", 0))
        request = Request(self.command, self.path, self.headers, self.rfile.read(size))
        script = self.server.script
        script.requests.append(request)
        answer = Answer(self, request)
        run = script.scripts.get(urlsplit(self.path).path)
        if run is None:
            answer.json({"detail": "Not Found"}, 404)
        else:
            run(answer)

    def do_POST(self) -> None:
        self.do_GET()

    def log_message(self, *_arguments) -> None:
        """Nothing."""
