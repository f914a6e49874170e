"""Access tokens for repositories that are not for everybody, in the system's keyring.

They stand in no file of ours. Where the system has no keyring that keeps secrets, a
token holds until the program ends.
"""

from typing import Final
from urllib.parse import urlsplit

from app.domain.errors import ErrorCode, UserError

_SERVICE: Final = "MOSS Desktop"
_LOWEST_PRIORITY: Final = 1
"""Keyrings below keep secrets as plain text, or not at all."""


class TokenStore:
    """Tokens by the server that they are for. May wait for the user's password."""

    def __init__(self) -> None:
        self._tokens: dict[str, str] = {}

    def load(self, endpoint: str) -> str:
        """The token for a server; empty where none is kept."""
        host = _host(endpoint)
        if host in self._tokens:
            return self._tokens[host]
        # Imported late: 0.3 s, which only those pay who need it.
        import keyring  # noqa: PLC0415
        from keyring.errors import KeyringError  # noqa: PLC0415

        if keyring.get_keyring().priority < _LOWEST_PRIORITY:
            return ""
        try:
            found = keyring.get_password(_SERVICE, host) or ""
        except KeyringError:
            # The user did not unlock it: then there is none.
            return ""
        self._tokens[host] = found
        return found

    def hold(self, endpoint: str, token: str) -> None:
        """Takes a token until the program ends, without keeping it."""
        self._tokens[_host(endpoint)] = token.strip()

    def held(self, endpoint: str) -> str:
        """The token for a server, without asking the keyring; may be empty."""
        return self._tokens.get(_host(endpoint), "")

    def save(self, endpoint: str, token: str) -> None:
        """Keeps a token; an empty one is forgotten.

        Raises:
            UserError: `TOKEN_NOT_KEPT`; it holds until the program ends.
        """
        host = _host(endpoint)
        self._tokens[host] = token.strip()
        import keyring  # noqa: PLC0415
        from keyring.errors import KeyringError, PasswordDeleteError  # noqa: PLC0415

        found = keyring.get_keyring()
        if found.priority < _LOWEST_PRIORITY:
            raise UserError(ErrorCode.TOKEN_NOT_KEPT, found.name)
        try:
            if token.strip():
                keyring.set_password(_SERVICE, host, token.strip())
            else:
                keyring.delete_password(_SERVICE, host)
        except PasswordDeleteError:
            return  # There was none.
        except KeyringError as error:
            raise UserError(ErrorCode.TOKEN_NOT_KEPT, str(error)) from error


def _host(endpoint: str) -> str:
    address = urlsplit(endpoint)
    port = f":{address.port}" if address.port else ""
    return f"{address.hostname or ''}{port}"
