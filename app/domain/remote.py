"""A model on a server: where it is and how a link names it.

A link is what `--model`, the settings file and `Load.path` hold in the place of a
file's path::

    https://host:8443/prefix#MODEL&form=sft&context=4096

The part after `#` is ours and never sent anywhere: the model's name, percent-encoded
where it holds `%`, `&`, `#` or white space, and two wishes that may be left out.
"""

import ipaddress
import re
from dataclasses import dataclass, field
from typing import Final, Self

from app.domain.errors import ErrorCode, UserError
from app.domain.moss import Form

_LINK: Final = re.compile(
    r"(?P<scheme>https?)://(?P<host>\[[0-9a-f:.]+\]|[^\s/?#@:\[\]]+)"
    r"(?::(?P<port>[0-9]{1,5}))?(?P<path>/[!-~]*)?",
    re.IGNORECASE,
)
_PORTS: Final = {"https": 443, "http": 80}
_MOST_PORT: Final = 65535
_MOST_TOKENS: Final = 2**31
_ENCODED: Final = re.compile(rb"%([0-9A-Fa-f]{2})")
_WISHES: Final = ("form", "context")
_FORMS: Final = ("", *Form)


@dataclass(frozen=True, slots=True)
class ServerKey:
    """A server's API key: no log, error or `repr` shows it."""

    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class RemoteModel:
    """A model that somebody's server runs.

    Attributes:
        scheme: "https", or "http" for a server on this computer.
        host: Name or address, an IPv6 address without brackets.
        port: Its port.
        path: What stands before the interface's own paths; empty or `/…`.
        model: The model's name on the server; empty for the only one there.
        form: The model's `Form` as the user knows it; empty to find it out.
        context: Tokens of the window as the user knows them; None to find them out.
    """

    scheme: str
    host: str
    port: int
    path: str = ""
    model: str = ""
    form: str = ""
    context: int | None = None

    @classmethod
    def parse(cls, link: str) -> Self:
        """Reads a link.

        A path that ends in `/v1`, as OpenAI's clients want it, is understood too.

        Raises:
            UserError: `ErrorCode.SERVER_ADDRESS`: it is none, it holds a name and a
                password, or it is neither encrypted nor on this computer.
        """
        address, _, fragment = link.strip().partition("#")
        found = _LINK.fullmatch(address)
        if found is None or "?" in address:
            raise UserError(ErrorCode.SERVER_ADDRESS, _without_secret(address))
        scheme = found["scheme"].lower()
        port = int(found["port"] or _PORTS[scheme])
        host = found["host"].strip("[]").lower()
        if not 0 < port <= _MOST_PORT or (scheme == "http" and _is_elsewhere(host)):
            raise UserError(ErrorCode.SERVER_ADDRESS, address)
        path = (found["path"] or "").rstrip("/").removesuffix("/v1")
        model, *wishes = fragment.split("&")
        known = dict(wish.partition("=")[::2] for wish in wishes)
        form, context = (known.get(name, "") for name in _WISHES)
        if form not in _FORMS:
            raise UserError(ErrorCode.SERVER_ADDRESS, f"{address}, form={form}")
        return cls(
            scheme=scheme,
            host=host,
            port=port,
            path=path,
            model=_decoded(model),
            form=form,
            context=_tokens(context, address) if context else None,
        )

    @property
    def authority(self) -> str:
        """Host and port as they stand in a link."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def is_here(self) -> bool:
        """Whether it is on this computer, so that nothing leaves it."""
        return self.host == "localhost" or not _is_elsewhere_or_named(self.host)

    @property
    def address(self) -> str:
        """The link without what is ours."""
        return f"{self.scheme}://{self.authority}{self.path}"

    @property
    def link(self) -> str:
        """What `parse` reads."""
        wishes = (self.form, "" if self.context is None else str(self.context))
        parts = [_encoded(self.model)]
        parts += [f"{n}={v}" for n, v in zip(_WISHES, wishes, strict=True) if v]
        fragment = "&".join(parts)
        return f"{self.address}#{fragment}" if fragment else self.address


def is_link(text: str) -> bool:
    """Whether this names a server and not a file."""
    return text.strip().lower().startswith(("https://", "http://"))


def is_loopback(address: str) -> bool:
    """Whether an IP address is this computer's own."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    mapped = ip.ipv4_mapped if isinstance(ip, ipaddress.IPv6Address) else None
    return (mapped or ip).is_loopback


def _is_elsewhere(host: str) -> bool:
    """Whether this is an address of another computer; a name may be anything."""
    try:
        return not is_loopback(host)
    except ValueError:
        return False


def _is_elsewhere_or_named(host: str) -> bool:
    """Whether this may be another computer."""
    try:
        return not is_loopback(host)
    except ValueError:
        return True


def _tokens(text: str, address: str) -> int:
    if text.isascii() and text.isdecimal() and 0 < int(text) < _MOST_TOKENS:
        return int(text)
    raise UserError(ErrorCode.SERVER_ADDRESS, f"{address}, context={text}")


def _without_secret(address: str) -> str:
    """The address less a name and password that somebody put into it."""
    return f"…@{address.rpartition('@')[2]}" if "@" in address else address


def _encoded(name: str) -> str:
    return "".join(
        "".join(f"%{byte:02X}" for byte in character.encode())
        if character in "%&#" or character.isspace()
        else character
        for character in name
    )


def _decoded(name: str) -> str:
    data = _ENCODED.sub(lambda found: bytes([int(found[1], 16)]), name.encode())
    return data.decode("utf-8", "replace")
