"""The proxy that the system or the user's environment names, for TLS only.

It is asked for a tunnel, in which TLS ends at the server: a proxy sees the server's
name and nothing else. This computer's own servers are never reached by way of one.
"""

import base64
import urllib.request
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import unquote, urlsplit

from app.catalogue.downloads.address import Address
from app.domain.remote import is_loopback

_PORT: Final = 80


@dataclass(frozen=True, slots=True)
class Proxy:
    """A proxy.

    Attributes:
        host: Its name or address.
        port: Its port.
        headers: What it wants to hear; a password may be among it.
    """

    host: str
    port: int
    headers: dict[str, str] = field(default_factory=dict, repr=False)


def parse(text: str) -> Proxy:
    """Reads `http://NAME:PASSWORD@HOST:PORT`, of which only the host must be there.

    Raises:
        ValueError: It is of a kind that this program does not know.
    """
    found = urlsplit(text if "://" in text else f"http://{text}")
    if found.scheme != "http" or not found.hostname:
        message = f"proxy {found.scheme}://"
        raise ValueError(message)
    headers = {}
    if found.username is not None:
        pair = f"{unquote(found.username)}:{unquote(found.password or '')}"
        secret = base64.b64encode(pair.encode()).decode("ascii")
        headers["Proxy-Authorization"] = f"Basic {secret}"
    return Proxy(found.hostname, found.port or _PORT, headers)


def proxy_for(address: Address) -> Proxy | None:
    """The proxy for a server; None where there is to be none.

    Raises:
        ValueError: It is of a kind that this program does not know.
    """
    named = urllib.request.getproxies()
    text = named.get("https") or named.get("all")
    if address.scheme != "https" or not text or is_own(address.host):
        return None
    if urllib.request.proxy_bypass(address.host):
        return None
    return parse(text)


def is_own(host: str) -> bool:
    """Whether this is surely this computer."""
    try:
        return is_loopback(host)
    except ValueError:
        return host == "localhost"
