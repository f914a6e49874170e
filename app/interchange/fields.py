"""What other programs' values say; anything may stand anywhere."""

import math
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Final

from app.domain.conversation import title_from
from app.interchange.limits import MOST_TITLE

_MILLISECONDS: Final = 1e11
"""A number of seconds beyond this, in the year 5138, is one of milliseconds."""
_LAST: Final = datetime(9999, 1, 1, tzinfo=UTC).timestamp()


def mapping(value: object) -> Mapping[str, object]:
    """An object's fields; none where it is none."""
    return value if isinstance(value, dict) else {}


def entries(value: object) -> Iterator[object]:
    """A list's entries; none where it is none."""
    return iter(value if isinstance(value, list) else ())


def text(value: object) -> str:
    """A text; empty where it is none. Half of a surrogate pair is a question mark."""
    return value.encode("utf-8", "replace").decode() if isinstance(value, str) else ""


def key(value: object) -> str | None:
    """An id, which some programs write as a number; None where there is none."""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return text(value) or None


def name(value: object) -> str:
    """A title or a name: one line, not too long."""
    line = " ".join(text(value)[: 2 * MOST_TITLE].split())
    return line[:MOST_TITLE]


def title(value: object, texts: Iterator[str]) -> str:
    """A chat's title; where it has none, one from its texts."""
    return name(value) or title_from(texts)


def moment(value: object) -> datetime | None:
    """A time: ISO 8601, or seconds or milliseconds since 1970; else None."""
    if isinstance(value, str):
        return _iso(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        seconds = float(value)
    except OverflowError:
        return None
    if seconds > _MILLISECONDS:
        seconds /= 1000
    if not math.isfinite(seconds) or not 0 < seconds < _LAST:
        return None
    return datetime.fromtimestamp(seconds, UTC)


def _iso(value: str) -> datetime | None:
    try:
        when = datetime.fromisoformat(value)
        when = when.replace(tzinfo=UTC) if when.tzinfo is None else when.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return when if 0 < when.timestamp() < _LAST else None
