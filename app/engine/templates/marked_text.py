"""Strings that know which of their characters the template's author wrote.

`MarkedText` is a `str` to everything that reads it. What makes a new string of it
carries the marks along; what it does not know how to carry them through (a C function,
a filter, formatting) leaves them behind. Text without marks counts as a stranger's,
so that whatever a template does, the mistake is on the safe side.
"""

import re
from collections.abc import Iterable, Iterator
from itertools import groupby, pairwise
from string import Formatter
from typing import Final, Self, SupportsIndex

from typing_extensions import override

from app.engine.templates.budget import check_pieces, checked_size

OWN: Final = b"\1"
FOREIGN: Final = b"\0"
_FIELD: Final = re.compile("[a-z_]*|[0-9]", re.IGNORECASE | re.ASCII)


class MarkedText(str):
    """Text, and for each character whether it is the template's own.

    Attributes:
        marks: One byte for each character: `OWN` or `FOREIGN`.
    """

    __slots__ = ("marks",)
    marks: bytes

    def __new__(cls, text: str = "", marks: bytes | None = None) -> Self:
        """Takes text and its marks.

        Args:
            text: The text.
            marks: One byte for each character; None keeps those that `text` has, and
                marks everything else as foreign.
        """
        made = super().__new__(cls, text)
        made.marks = marks_of(text) if marks is None else marks
        return made

    @classmethod
    def own(cls, text: str) -> Self:
        """Text that the template's author wrote."""
        return cls(text, OWN * len(text))

    def runs(self) -> Iterator[tuple[str, bool]]:
        """Stretches of one kind, in order: the text, and whether it is own."""
        start = 0
        for mark, group in groupby(self.marks):
            stop = start + sum(1 for _ in group)
            yield str.__getitem__(self, slice(start, stop)), mark == OWN[0]
            start = stop

    @override
    def __str__(self) -> str:
        # `str(x)` is how Jinja and its filters make sure of a string.
        return self

    @override
    def __getitem__(self, key: SupportsIndex | slice) -> "MarkedText":
        text = super().__getitem__(key)
        marks = self.marks[key]
        return MarkedText(text, bytes((marks,)) if isinstance(marks, int) else marks)

    @override
    def __add__(self, other: str) -> "MarkedText":
        if not isinstance(other, str):
            return NotImplemented
        return MarkedText(super().__add__(other), self.marks + marks_of(other))

    def __radd__(self, other: str) -> "MarkedText":
        """A plain string in front."""
        return MarkedText(str.__add__(other, self), marks_of(other) + self.marks)

    @override
    def __mul__(self, times: SupportsIndex) -> "MarkedText":
        return MarkedText(super().__mul__(times), self.marks * times)

    __rmul__ = __mul__

    @override
    def join(self, parts: Iterable[str]) -> "MarkedText":
        """See `str.join`."""
        pieces = list(parts)
        checked_size(sum(map(len, pieces)) + len(self) * len(pieces))
        marks = self.marks.join(marks_of(piece) for piece in pieces)
        return MarkedText(super().join(pieces), marks)

    @override
    def strip(self, chars: str | None = None) -> "MarkedText":
        """See `str.strip`."""
        return self.lstrip(chars).rstrip(chars)

    @override
    def lstrip(self, chars: str | None = None) -> "MarkedText":
        """See `str.lstrip`."""
        return self[len(self) - len(super().lstrip(chars)) :]

    @override
    def rstrip(self, chars: str | None = None) -> "MarkedText":
        """See `str.rstrip`."""
        return self[: len(super().rstrip(chars))]

    @override
    def removeprefix(self, prefix: str) -> "MarkedText":
        """See `str.removeprefix`."""
        return self[len(self) - len(super().removeprefix(prefix)) :]

    @override
    def removesuffix(self, suffix: str) -> "MarkedText":
        """See `str.removesuffix`."""
        return self[: len(super().removesuffix(suffix))]

    @override
    def split(self, sep: str | None = None, maxsplit: SupportsIndex = -1) -> list[str]:
        """See `str.split`."""
        return self._located(super().split(sep, maxsplit), sep)

    @override
    def rsplit(self, sep: str | None = None, maxsplit: SupportsIndex = -1) -> list[str]:
        """See `str.rsplit`."""
        return self._located(super().rsplit(sep, maxsplit), sep)

    @override
    def splitlines(
        self,
        keepends: bool = False,
    ) -> list[str]:
        """See `str.splitlines`."""
        ends = [0]
        lines = super().splitlines(keepends=True)
        check_pieces(lines)
        for line in lines:
            ends.append(ends[-1] + len(line))
        lines = super().splitlines(keepends)
        starts = pairwise(ends)
        return [
            self[start : start + len(line)]
            for (start, _), line in zip(starts, lines, strict=True)
        ]

    @override
    def partition(self, sep: str) -> "tuple[MarkedText, MarkedText, MarkedText]":
        """See `str.partition`."""
        head, found, _ = super().partition(sep)
        start, stop = len(head), len(head) + len(found)
        return self[:start], self[start:stop], self[stop:]

    @override
    def rpartition(self, sep: str) -> "tuple[MarkedText, MarkedText, MarkedText]":
        """See `str.rpartition`."""
        head, found, _ = super().rpartition(sep)
        start, stop = len(head), len(head) + len(found)
        return self[:start], self[start:stop], self[stop:]

    @override
    def replace(self, old: str, new: str, count: SupportsIndex = -1, /) -> "MarkedText":
        """See `str.replace`; with nothing to look for, all marks are lost."""
        if not old:
            checked_size((len(self) + 1) * (len(new) + 1))
            return MarkedText(super().replace(old, new, count))
        return MarkedText(new).join(self.split(old, count))

    @override
    def upper(self) -> "MarkedText":
        """See `str.upper`."""
        return self._with_letters(super().upper())

    @override
    def lower(self) -> "MarkedText":
        """See `str.lower`."""
        return self._with_letters(super().lower())

    @override
    def capitalize(self) -> "MarkedText":
        """See `str.capitalize`."""
        return self._with_letters(super().capitalize())

    @override
    def title(self) -> "MarkedText":
        """See `str.title`."""
        return self._with_letters(super().title())

    @override
    def format(self, *values: object, **named: object) -> "MarkedText":
        """See `str.format`, of which only bare fields are known: `{}`, `{0}`, `{name}`.

        Raises:
            ValueError: A field with an attribute, a conversion or a width.
            LookupError: A field without a value.
        """
        # Escaped braces shift what follows them, so it is all own text or none.
        mark = OWN if FOREIGN not in self.marks else FOREIGN
        parts, place = [], 0
        for literal, name, width, conversion in Formatter().parse(self):
            parts.append(MarkedText(literal, mark * len(literal)))
            if name is None:
                continue
            if width or conversion or not _FIELD.fullmatch(name):
                msg = f"a format with more than bare fields: {self}"
                raise ValueError(msg)
            key = name or str(place)
            place += not name
            value = values[int(key)] if key.isdecimal() else named[key]
            parts.append(MarkedText(str(value)))
        return MarkedText().join(parts)

    def _located(self, pieces: list[str], sep: str | None) -> list[str]:
        """Pieces of this text, in order, with their marks."""
        check_pieces(pieces)
        located: list[str] = []
        place = 0
        for piece in pieces:
            # A split at white space may leave out more than one character.
            start = place if sep else self.find(piece, place)
            located.append(self[start : start + len(piece)])
            place = start + len(piece) + len(sep or "")
        return located

    def _with_letters(self, text: str) -> "MarkedText":
        """The same text in other letters; where their number changes marks are lost."""
        return MarkedText(text, self.marks if len(text) == len(self) else None)


def marks_of(text: str) -> bytes:
    """A string's marks; all of a plain one is foreign."""
    return text.marks if isinstance(text, MarkedText) else FOREIGN * len(text)
