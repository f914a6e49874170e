"""The marks with which an answer cites search results, as it is written.

Taught is `<sup><|1|></sup>`; models also write `<sup>2</sup>`, `<sup>|1|</sup>`,
`<sup><|1|><|3|></sup>` and `<sup><|2|>, <|3|></sup>`, and numbers that no result has.
Other raised text, such as `x<sup>n</sup>`, cites nothing; a raised number cannot be
told from a citation but by whether there is a result of that number.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

_OPENING: Final = "<sup>"
_CITATION: Final = re.compile(
    r"<sup>(?:<\|[0-9]{1,4}\|>|\|[0-9]{1,4}\||[0-9]{1,4}|[,;，、；\s]){1,40}</sup>"
)
_NUMBER: Final = re.compile(r"[0-9]+")
_UNFINISHED: Final = re.compile(r"<sup>[<>|0-9,;，、；\s]{0,200}(?:/s?u?p?)?")


@dataclass(frozen=True, slots=True)
class Citation:
    """A mark in an answer.

    Attributes:
        text: As it was written.
        numbers: The results it names, as they come, each once.
    """

    text: str
    numbers: tuple[int, ...]

    def among(self, results: int) -> tuple[int, ...]:
        """The numbers that exist where a turn has so many results."""
        return tuple(number for number in self.numbers if 1 <= number <= results)


class CitationParser:
    """Cuts an answer into text and citations, piece by piece.

    What may become a citation is held back until it has, or has not.
    """

    def __init__(self) -> None:
        self._pending = ""

    def text(self, text: str) -> list[str | Citation]:
        """Takes text; returns what is known of it."""
        self._pending += text
        whole = len(self._pending) - _held_back(self._pending)
        known, self._pending = self._pending[:whole], self._pending[whole:]
        return list(_cut(known))

    def finish(self) -> list[str | Citation]:
        """Takes the end: what was held back is text."""
        rest, self._pending = self._pending, ""
        return list(_cut(rest))


def parts(answer: str) -> list[str | Citation]:
    """A whole answer's text and citations."""
    return list(_cut(answer))


def _cut(text: str) -> Iterator[str | Citation]:
    position = 0
    for match in _CITATION.finditer(text):
        numbers = dict.fromkeys(int(number) for number in _NUMBER.findall(match[0]))
        if numbers:
            if match.start() > position:
                yield text[position : match.start()]
            yield Citation(match[0], tuple(numbers))
            position = match.end()
    if position < len(text):
        yield text[position:]


def _held_back(text: str) -> int:
    """How many characters at the end may be the beginning of a citation."""
    begin = text.rfind(_OPENING)
    if begin >= 0 and _UNFINISHED.fullmatch(text, begin):
        return len(text) - begin
    return next(
        (
            size
            for size in range(len(_OPENING), 0, -1)
            if text.endswith(_OPENING[:size])
        ),
        0,
    )
