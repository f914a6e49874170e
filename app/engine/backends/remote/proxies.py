"""The proxy that the user's environment names: `https_proxy`, `all_proxy`, `no_proxy`.

It is asked for a tunnel, in which TLS ends at the server: a proxy sees the server's
name and nothing else. This computer's own servers are never reached by way of one.
"""

import base64
import urllib.request
from dataclasses import dataclass, field
from typing import Final, Self
from urllib.parse import unquote, urlsplit

from app.domain.remote import RemoteModel, is_loopback

_PORT: Final = 80
_OK: Final = b"200"


@dataclass(frozen=True, slots=True)
class Proxy:
    """A proxy.

    Attributes:
        host: Its name or address.
        port: Its port.
        secret: Name and password for it, as the header wants them; may be empty.
    """

    host: str
    port: int
    secret: str = field(default="", repr=False)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Reads `http://NAME:PASSWORD@HOST:PORT`, of which only the host must be there.

        Raises:
            ValueError: It is of a kind that this program does not know.
        """
        found = urlsplit(text if "://" in text else f"http://{text}")
        if found.scheme != "http":
            msg = f"proxy {found.scheme}://"
            raise ValueError(msg)
        secret = ""
        if found.username is not None:
            pair = f"{unquote(found.username)}:{unquote(found.password or '')}"
            secret = base64.b64encode(pair.encode()).decode("ascii")
        return cls(found.hostname or "", found.port or _PORT, secret)

    def question(self, server: RemoteModel) -> bytes:
        """What asks for a tunnel (RFC 9110, 9.3.6)."""
        host = f"[{server.host}]" if ":" in server.host else _ascii(server.host)
        target = f"{host}:{server.port}"
        lines = [f"CONNECT {target} HTTP/1.1", f"Host: {target}"]
        if self.secret:
            lines.append(f"Proxy-Authorization: Basic {self.secret}")
        return "\r\n".join([*lines, "", ""]).encode("ascii")

    def check(self, answer: bytes) -> None:
        """Reads the head of the answer.

        Raises:
            ValueError: There is no tunnel.
        """
        status = b"".join(answer.split(maxsplit=2)[1:2])
        if status != _OK:
            msg = f"proxy {self.host}: {status[:9].decode('ascii', 'replace')}"
            raise ValueError(msg)


def proxy_for(server: RemoteModel) -> Proxy | None:
    """The proxy for a server; None where the user wants none.

    Raises:
        ValueError: It is of a kind that this program does not know.
    """
    named = urllib.request.getproxies_environment()
    text = named.get("https") or named.get("all")
    own = server.host == "localhost" or _is_own(server.host)
    if not text or own or urllib.request.proxy_bypass(server.authority):
        return None
    return Proxy.parse(text)


def _is_own(host: str) -> bool:
    try:
        return is_loopback(host)
    except ValueError:
        return False


def _ascii(host: str) -> str:
    return host if host.isascii() else host.encode("idna").decode("ascii")
