"""What a server's answer means for a download; pure."""

import email.utils
import re
from datetime import UTC, datetime
from typing import Final

from app.domain.errors import ErrorCode

_RANGE: Final = re.compile(r"bytes (\d{1,18})-(\d{1,18})/(\d{1,18}|\*)")
_CODES: Final = {
    401: ErrorCode.DOWNLOAD_GATED,
    403: ErrorCode.DOWNLOAD_GATED,
    404: ErrorCode.DOWNLOAD_NOT_FOUND,
    410: ErrorCode.DOWNLOAD_NOT_FOUND,
    408: ErrorCode.DOWNLOAD_BUSY,
    425: ErrorCode.DOWNLOAD_BUSY,
    429: ErrorCode.DOWNLOAD_BUSY,
    451: ErrorCode.DOWNLOAD_GATED,
}
_SERVER_ERROR: Final = 500


class PassingError(Exception):
    """Something that may be over when it is tried again.

    Attributes:
        code: What it is, if it is not over.
        detail: Whom it concerns.
        retry_after: Seconds that the server asks for; None where it does not.
    """

    def __init__(
        self, code: ErrorCode, detail: str, retry_after: float | None = None
    ) -> None:
        super().__init__(f"{code}: {detail}")
        self.code = code
        self.detail = detail
        self.retry_after = retry_after


def code_of(status: int) -> ErrorCode:
    """What a status that is no success means."""
    if status >= _SERVER_ERROR:
        return ErrorCode.DOWNLOAD_BUSY
    return _CODES.get(status, ErrorCode.DOWNLOAD_ODD)


def passes(code: ErrorCode) -> bool:
    """Whether it makes sense to try again without anybody's doing anything."""
    return code in {
        ErrorCode.DOWNLOAD_BUSY,
        ErrorCode.DOWNLOAD_LOST,
        ErrorCode.DOWNLOAD_UNREACHABLE,
    }


def retry_after(text: str | None, now: datetime) -> float | None:
    """Reads `Retry-After`: seconds, or a date (RFC 9110, 10.2.3)."""
    value = (text or "").strip()
    if value.isascii() and value.isdecimal():
        return float(value[:9])
    try:
        when = email.utils.parsedate_to_datetime(value)
    except (ValueError, TypeError):
        return None
    if when.tzinfo is None:
        when = when.replace(tzinfo=UTC)
    return max(0.0, (when - now).total_seconds())


def content_range(text: str | None) -> tuple[int, int | None] | None:
    """Reads `Content-Range`: the first byte, and the size of the whole.

    Returns:
        None where it is none; the size is None where the server does not know it.
    """
    found = _RANGE.fullmatch((text or "").strip())
    if found is None:
        return None
    return int(found[1]), None if found[3] == "*" else int(found[3])
