"""What a server says or fails to say, as errors that the user can understand.

What a server says is a stranger's text: one line of it, cut short, without control
characters and without the key.
"""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final

import msgspec

from app.domain.errors import ErrorCode, UserError

_MOST_CHARACTERS: Final = 200
_TOO_LONG: Final = (
    "exceed_context_size",
    "context_length_exceeded",
    "maximum context length",
    "exceed context window",
)
_BUSY: Final = {
    HTTPStatus.TOO_MANY_REQUESTS,
    HTTPStatus.BAD_GATEWAY,
    HTTPStatus.SERVICE_UNAVAILABLE,
    HTTPStatus.GATEWAY_TIMEOUT,
}
_FIRST_REDIRECT: Final = 300
_FIRST_ERROR: Final = 400


class RequestCancelledError(Exception):
    """The cancel flag ended a request."""


class StatusError(UserError):
    """A server refused a request.

    Attributes:
        status: The HTTP status.
    """

    def __init__(self, code: ErrorCode, detail: str, status: int) -> None:
        super().__init__(code, detail)
        self.status = status


def refusal(
    name: str, status: int, body: bytes, *, retry_after: str = ""
) -> StatusError:
    """The error for an answer that is no success.

    Args:
        name: The server, for the detail.
        status: The HTTP status.
        body: What came with it.
        retry_after: The header of that name; empty where there was none.
    """
    said = problem(body)
    detail = f"{name}: HTTP {status}" + (f", {said}" if said else "")
    if retry_after.isascii() and retry_after.isdecimal():
        detail += f", Retry-After: {retry_after[:6]} s"
    return StatusError(_code(status, said), detail, status)


def reported(name: str, said: str) -> UserError:
    """The error for one that a server reports in the midst of an answer."""
    too_long = any(words in said for words in _TOO_LONG)
    code = ErrorCode.PROMPT_TOO_LONG if too_long else ErrorCode.SERVER_FAILED
    return UserError(code, f"{name}: {said}")


def problem(body: bytes) -> str:
    """What an error's body says; empty where that is nothing that can be read.

    Known are `{"error": {"message", "type", "code"}}` (OpenAI, llama.cpp, vLLM),
    `{"message"}` (older vLLM) and `{"detail"}` (FastAPI).
    """
    try:
        found: object = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return ""
    if not isinstance(found, Mapping):
        return ""
    inner = found.get("error") or found
    if isinstance(inner, str):
        return plain(inner)
    if not isinstance(inner, Mapping):
        return ""
    return plain(", ".join(_texts(inner)))


def plain(text: str) -> str:
    """A stranger's text as one short line."""
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    if len(line) > _MOST_CHARACTERS:
        return f"{line[:_MOST_CHARACTERS]}…"
    return line


def _texts(problem: Mapping[Any, Any]) -> list[str]:
    values = (problem.get(name) for name in ("message", "detail", "type", "code"))
    return [value for value in values if isinstance(value, str) and value]


def _code(status: int, said: str) -> ErrorCode:
    if _FIRST_REDIRECT <= status < _FIRST_ERROR:
        return ErrorCode.SERVER_ADDRESS
    if status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
        return ErrorCode.SERVER_KEY
    if status in _BUSY:
        return ErrorCode.SERVER_BUSY
    if any(words in said for words in _TOO_LONG):
        return ErrorCode.PROMPT_TOO_LONG
    if status == HTTPStatus.NOT_FOUND and "model" in said.lower():
        return ErrorCode.SERVER_MODEL
    return ErrorCode.SERVER_FAILED
