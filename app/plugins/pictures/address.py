"""Where a server for pictures may be, and what its address looks like.

With TLS it may be anywhere. Without, a description and a picture would pass in the
clear, so the server must be on this computer or in the user's own network: an address
that is not routed on the Internet. A name is resolved once, every one of its addresses
must be such a one, and what was checked is what is connected to.
"""

import ipaddress
from dataclasses import dataclass
from typing import Final, Self
from urllib.parse import urlsplit

from app.domain.tools import ToolFailure
from app.plugins.api import ToolError

_PORTS: Final = {"https": 443, "http": 80}
_NEAR: Final = tuple(
    ipaddress.ip_network(network)
    for network in (
        "127.0.0.0/8",
        "10.0.0.0/8",  # RFC 1918, this and the next two
        "172.16.0.0/12",
        "192.168.0.0/16",
        "169.254.0.0/16",  # RFC 3927, link-local
        "::1/128",
        "fc00::/7",  # RFC 4193, unique local
        "fe80::/10",  # RFC 4291, link-local
    )
)


@dataclass(frozen=True, slots=True)
class ServerAddress:
    """A server with AUTOMATIC1111's interface.

    Attributes:
        scheme: "https", or "http" for one nearby.
        host: Name or address, an IPv6 address without brackets.
        port: Its port.
        path: What stands before `/sdapi`; empty or `/…`.
    """

    scheme: str
    host: str
    port: int
    path: str = ""

    @classmethod
    def parse(cls, text: str) -> Self:
        """Reads what the user wrote, such as `http://192.168.1.20:7860`.

        Raises:
            ToolError: `SERVER_ADDRESS`: it is none, it holds a name and password, a
                query or a fragment, or it is neither encrypted nor nearby.
        """
        written = text.strip()
        try:
            found = urlsplit(written)
            port = found.port
        except ValueError as error:
            raise ToolError(ToolFailure.SERVER_ADDRESS, written) from error
        if "@" in found.netloc:
            # It may hold a password, which no message repeats.
            secretless = f"{found.scheme}://…@{found.hostname or ''}"
            raise ToolError(ToolFailure.SERVER_ADDRESS, secretless)
        plain = written.isprintable() and not found.query and not found.fragment
        if found.scheme not in _PORTS or not _is_host(found.hostname) or not plain:
            raise ToolError(ToolFailure.SERVER_ADDRESS, written)
        host = _ascii(found.hostname or "")
        if port == 0 or (found.scheme == "http" and _is_far(host)):
            raise ToolError(ToolFailure.SERVER_ADDRESS, written)
        path = found.path.rstrip("/").removesuffix("/sdapi/v1").removesuffix("/docs")
        if not path.isascii() or " " in path:
            raise ToolError(ToolFailure.SERVER_ADDRESS, written)
        return cls(found.scheme, host, port or _PORTS[found.scheme], path)

    @property
    def authority(self) -> str:
        """Host and port as they stand in an address."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def text(self) -> str:
        """What `parse` reads."""
        return f"{self.scheme}://{self.authority}{self.path}"

    @property
    def is_encrypted(self) -> bool:
        """Whether it speaks TLS."""
        return self.scheme == "https"


def is_here(text: str) -> bool:
    """Whether an address that the user wrote is one of this very computer."""
    try:
        host = ServerAddress.parse(text).host
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except (ToolError, ValueError):
        return False


def is_near(address: str) -> bool:
    """Whether an IP address is this computer's or of the user's own network."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    mapped = ip.ipv4_mapped if isinstance(ip, ipaddress.IPv6Address) else None
    found = mapped or ip
    return any(found in net for net in _NEAR if net.version == found.version)


def _is_host(host: str | None) -> bool:
    if not host or " " in host:
        return False
    try:
        _ascii(host)
    except UnicodeError:
        return False
    return True


def _ascii(host: str) -> str:
    """A name as the Internet knows it (IDNA)."""
    return host if ":" in host else host.encode("idna").decode("ascii")


def _is_far(host: str) -> bool:
    """Whether this is an address far away; what a name means is seen later."""
    try:
        return not is_near(host)
    except ValueError:
        return False
