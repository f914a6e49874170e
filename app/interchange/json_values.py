"""JSON values of a file one after another: a list's, or one a line.

An export may have hundreds of megabytes: the values of a list are made one at a time,
and those before a damage are found. A value that is too large is not made at all.
"""

import json
import re
from collections.abc import Iterator
from typing import Final

from app.interchange.limits import MOST_VALUE

_BETWEEN: Final = re.compile(r"[\s,]*")
_WINDOW: Final = 1 << 16
_GROWTH: Final = 8
_decode: Final = json.JSONDecoder().raw_decode


class Broken:
    """Stands for what is no JSON."""


BROKEN: Final = Broken()


def values(data: bytes) -> Iterator[object]:
    """The values of a list, or of a file with one or several, a line each.

    Yields:
        Values; `BROKEN` in the place of what cannot be read. In a list nothing after
        that is found; among lines the next one is.
    """
    text = data.decode("utf-8-sig", "replace")
    if text[:1].isspace():
        text = text.lstrip()
    if text.startswith("["):
        yield from _entries(text)
    else:
        yield from _lines(text)


def _entries(text: str) -> Iterator[object]:
    position = 1
    while True:
        position = _after_gap(text, position)
        if text[position : position + 1] == "]":
            return
        value, position = _entry(text, position)
        yield value
        if value is BROKEN:
            return


def _entry(text: str, position: int) -> tuple[object, int]:
    """The value at a place and where it ends, looked for in more and more of the text.

    A number may be cut in two where the part that is looked at ends, but a list of
    numbers holds no chats.
    """
    size = _WINDOW
    while True:
        window = text[position : position + size]
        try:
            value, end = _decode(window)
        except (ValueError, RecursionError):
            if size >= MOST_VALUE or len(window) < size:
                return BROKEN, position
            size = min(size * _GROWTH, MOST_VALUE)
        else:
            return value, position + end


def _lines(text: str) -> Iterator[object]:
    """One value over all lines, or else one in each."""
    whole = _line(text)
    if whole is not BROKEN:
        yield whole
        return
    position = 0
    while position < len(text):
        end = text.find("\n", position)
        end = len(text) if end < 0 else end
        if line := text[position:end].strip():
            # Alone, so that an error counts the lines of this one only.
            yield _line(line)
        position = end + 1


def _line(line: str) -> object:
    if len(line) > MOST_VALUE:
        return BROKEN
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        return BROKEN


def _after_gap(text: str, position: int) -> int:
    gap = _BETWEEN.match(text, position)
    return position if gap is None else gap.end()
