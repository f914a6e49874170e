"""Times and texts as the archive holds them."""

from datetime import UTC, datetime, timedelta
from typing import Final

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
_LAST: Final = (datetime.max.replace(tzinfo=UTC) - _EPOCH) // _MICROSECOND


def stamp(moment: datetime) -> int:
    """Microseconds since 1970 in UTC."""
    return (moment - _EPOCH) // _MICROSECOND


def moment(stamp: object) -> datetime:
    """The time of a stamp; the nearest that there is for a damaged one."""
    if not isinstance(stamp, int):
        return _EPOCH
    return _EPOCH + min(max(stamp, 0), _LAST) * _MICROSECOND


def storable(text: str) -> str:
    """Text as UTF-8 can hold it: half of a surrogate pair becomes a question mark."""
    return text.encode("utf-8", "replace").decode()


def readable(value: object) -> str:
    """A record's text; a damaged one may be no text at all."""
    return value if isinstance(value, str) else ""
