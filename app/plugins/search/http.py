"""One question to one server: TLS or this computer, bounded in time and size.

A name is resolved once, and what was checked is what is connected to. Redirects are
not followed: a server that sends us elsewhere has said nothing.
"""

import http.client
import socket
import ssl
import time
from typing import Final

from app import __version__
from app.domain.errors import ErrorCode, UserError
from app.domain.remote import RemoteModel, is_loopback
from app.plugins.api import Traffic

SECONDS: Final = 15.0
"""For all of it; the tool's own limit comes after that."""
MOST_BYTES: Final = 4 * 1024 * 1024
_CHUNK: Final = 65536


def get(
    server: RemoteModel, path: str, *, traffic: Traffic, seconds: float = SECONDS
) -> bytes:
    """The body of the answer.

    Args:
        server: Whom to ask.
        path: What, its query included.
        traffic: Is told what came of it.
        seconds: How long it may take in all.

    Raises:
        UserError: The server cannot be reached or trusted, or it refuses.
    """
    name, deadline = server.authority, time.monotonic() + seconds
    connection = http.client.HTTPConnection(server.host, server.port)
    try:
        connection.sock = _connected(server, deadline)
        connection.putrequest("GET", path, skip_accept_encoding=True)
        connection.putheader("Accept", "application/json")
        connection.putheader("User-Agent", f"MOSS-Desktop/{__version__}")
        connection.endheaders()
        traffic.count(len(path))
        answer = connection.getresponse()
        traffic.end(f"HTTP {answer.status}")
        if answer.status != http.client.OK:
            raise UserError(ErrorCode.SERVER_FAILED, f"{name}: HTTP {answer.status}")
        body = _body(connection, answer, deadline)
    except ssl.SSLCertVerificationError as error:
        detail = f"{name}: {error.verify_message}"
        raise UserError(ErrorCode.SERVER_UNTRUSTED, detail) from error
    except TimeoutError as error:
        raise UserError(ErrorCode.SERVER_SILENT, f"{name}: timeout") from error
    except (OSError, http.client.HTTPException, ValueError) as error:
        detail = f"{name}: {_reason(error)}"
        raise UserError(ErrorCode.SERVER_UNREACHABLE, detail) from error
    finally:
        connection.close()
    traffic.count(len(body))
    return body


def _connected(server: RemoteModel, deadline: float) -> socket.socket:
    """A connection to the first of its addresses that answers."""
    encrypted = server.scheme == "https"
    found = socket.getaddrinfo(server.host, server.port, type=socket.SOCK_STREAM)
    addresses = [str(each[4][0]) for each in found]
    if not encrypted and not all(map(is_loopback, addresses)):
        raise UserError(ErrorCode.SERVER_ADDRESS, server.address)
    failure: OSError = ConnectionAbortedError()
    for tried, address in enumerate(addresses):
        wait = _left(deadline) / (len(addresses) - tried)
        try:
            plain = socket.create_connection((address, server.port), wait)
        except OSError as error:
            failure = error
            continue
        plain.settimeout(_left(deadline))
        if not encrypted:
            return plain
        with plain:
            context = ssl.create_default_context()
            return context.wrap_socket(plain, server_hostname=server.host)
    raise failure


def _body(
    connection: http.client.HTTPConnection,
    answer: http.client.HTTPResponse,
    deadline: float,
) -> bytes:
    body = bytearray()
    while chunk := answer.read1(_CHUNK):
        body += chunk
        if len(body) > MOST_BYTES:
            message = f"more than {MOST_BYTES} bytes"
            raise ValueError(message)
        if connection.sock is not None:
            connection.sock.settimeout(_left(deadline))
    return bytes(body)


def _left(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left


def _reason(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return str(error) or type(error).__name__
