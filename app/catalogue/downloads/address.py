"""Addresses that may be asked: any server by TLS, and this computer without."""

import ipaddress
from dataclasses import dataclass
from typing import Final, Self
from urllib.parse import quote, urljoin, urlsplit

from app.domain.errors import ErrorCode, UserError
from app.domain.remote import is_loopback

_PORTS: Final = {"https": 443, "http": 80}
_SAFE: Final = "/%:@!$&'()*+,;=~-._"


@dataclass(frozen=True, slots=True)
class Address:
    """Where a question goes.

    Attributes:
        scheme: "https", or "http" for a server on this computer.
        host: Name or address, an IPv6 address without brackets.
        port: Its port.
        target: Path and query as they are sent.
    """

    scheme: str
    host: str
    port: int
    target: str = "/"

    @classmethod
    def parse(cls, url: str) -> Self:
        """Reads an address.

        Raises:
            UserError: `DOWNLOAD_ADDRESS`: it is none, or it may not be asked.
        """
        try:
            parts = urlsplit(url)
            scheme, host = parts.scheme.lower(), parts.hostname or ""
            port = parts.port or _PORTS.get(scheme, 0)
            host = host if host.isascii() else host.encode("idna").decode("ascii")
        except ValueError as error:
            raise UserError(ErrorCode.DOWNLOAD_ADDRESS, url) from error
        if not host or not port or parts.username is not None:
            raise UserError(ErrorCode.DOWNLOAD_ADDRESS, host or url)
        if scheme == "http" and _is_elsewhere(host):
            raise UserError(ErrorCode.DOWNLOAD_ADDRESS, f"http://{host}")
        target = quote(parts.path or "/", safe=_SAFE)
        if parts.query:
            target = f"{target}?{quote(parts.query, safe=_SAFE + '?')}"
        return cls(scheme, host, port, target)

    @property
    def authority(self) -> str:
        """Host and port as they stand in an address."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def origin(self) -> tuple[str, str, int]:
        """What has to be equal for a token to go along."""
        return self.scheme, self.host.lower(), self.port

    def follow(self, location: str) -> "Address":
        """Where a redirect leads.

        Raises:
            UserError: `DOWNLOAD_ADDRESS`: it may not be followed; from a server with
                TLS to one without, for example.
        """
        base = f"{self.scheme}://{self.authority}{self.target}"
        found = Address.parse(urljoin(base, location))
        if self.scheme == "https" and found.scheme != "https":
            raise UserError(ErrorCode.DOWNLOAD_ADDRESS, f"http://{found.host}")
        return found


def _is_elsewhere(host: str) -> bool:
    """Whether this is surely another computer; of a name the resolver decides."""
    try:
        ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return False
    return not is_loopback(host)
