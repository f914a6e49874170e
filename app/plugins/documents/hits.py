"""Where a passage answers a question: marked by SQLite, weighed here.

`highlight()` of FTS5 marks what matched with the tokenizer's own idea of a word, so
that "lighthouses" counts for "lighthouse".
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from app.plugins.documents.analysis import SEPARATOR

BEGIN: Final = "\x02"
END: Final = "\x03"
_MARKED: Final = re.compile(f"{BEGIN}([^{END}]*){END}")


@dataclass(frozen=True, slots=True)
class Hit:
    """A part of a passage that matched.

    Attributes:
        begin: Its first character.
        end: Behind its last.
        terms: The terms of the question that it answers.
    """

    begin: int
    end: int
    terms: frozenset[str]


@dataclass(frozen=True, slots=True)
class Marked:
    """A passage and its hits."""

    text: str
    hits: tuple[Hit, ...]

    def weight(self, weights: Mapping[str, float], begin: int, *, end: int) -> float:
        """What all the terms that are found between two places weigh, each once."""
        found = {
            term for hit in self.hits if begin <= hit.begin < end for term in hit.terms
        }
        return sum(weights[term] for term in found)


def read_marks(marked: str, terms: Sequence[str]) -> Marked:
    """Takes SQLite's marks and our separators out of a passage."""
    marked = marked.replace(SEPARATOR, "")
    parts: list[str] = []
    hits: list[Hit] = []
    last = position = 0
    for found in _MARKED.finditer(marked):
        before = marked[last : found.start()]
        begin = position + len(before)
        position = begin + len(found[1])
        parts += (before, found[1])
        hits.append(Hit(begin, position, _answered(found[1].lower(), terms)))
        last = found.end()
    parts.append(marked[last:])
    return Marked("".join(parts), tuple(hits))


def _answered(hit: str, terms: Sequence[str]) -> frozenset[str]:
    """The terms that stand in a hit, or the one it is a form of."""
    within = frozenset(term for term in terms if term in hit)
    if within:
        return within
    return frozenset({max(terms, key=lambda term: _in_common(term, hit))})


def _in_common(term: str, hit: str) -> int:
    """How many characters both begin with."""
    pairs = enumerate(zip(term, hit, strict=False))
    differ = (at for at, (one, other) in pairs if one != other)
    return next(differ, min(len(term), len(hit)))
