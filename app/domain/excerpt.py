"""Searching in texts: what a query looks for, and the part of a text that has it."""

import re
from dataclasses import dataclass
from typing import Final

_SPACED: Final = re.compile(
    "[\u2e80-\u2fdf\u3005-\u3007\u3021-\u3029\u3031-\u3035\u3041-\u30ff\u3105-\u312f"
    "\u31a0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff"
    "\uff66-\uff9f\U00020000-\U000323af]"
)
"""Letters of scripts without spaces between words: each is found on its own."""
_WORD: Final = re.compile(r"[^\W_]+")
_LEAD: Final = 30
_LENGTH: Final = 120


@dataclass(frozen=True, slots=True)
class Excerpt:
    """A part of a text.

    Attributes:
        text: The part on one line; an ellipsis stands where it was cut.
        marks: Where in `text` there is what was looked for: first and end of each.
    """

    text: str
    marks: tuple[tuple[int, int], ...] = ()


def spaced(text: str) -> str:
    """A text in which every letter of a script without spaces is a word."""
    return _SPACED.sub(r" \g<0> ", text)


def terms(query: str) -> tuple[str, ...]:
    """What a query looks for: words, and runs of letters without spaces.

    All of them must be there, in any order. A word may be the beginning of a longer
    one, because the query may be still being typed.
    """
    found: list[str] = []
    for word in _WORD.findall(query):
        start = 0
        for run in re.finditer(f"(?:{_SPACED.pattern})+", word):
            found += [word[start : run.start()], run[0]]
            start = run.end()
        found.append(word[start:])
    return tuple(dict.fromkeys(term for term in found if term))


def is_spaced(term: str) -> bool:
    """Whether a term is a run of letters of a script without spaces."""
    return _SPACED.match(term) is not None


def excerpt(text: str, query: str) -> Excerpt:
    """The part of a text around the first thing that a query looks for."""
    wanted = [_pattern(term) for term in terms(query)]
    line = " ".join(text.split())
    found = [match.start() for p in wanted if (match := p.search(line))]
    start = max(0, min(found, default=0) - _LEAD)
    part = line[start : start + _LENGTH].strip()
    before = "…" if start else ""
    after = "…" if start + _LENGTH < len(line) else ""
    shown = f"{before}{part}{after}"
    marks = sorted(match.span() for p in wanted for match in p.finditer(shown))
    return Excerpt(shown, _merged(marks))


def _pattern(term: str) -> re.Pattern[str]:
    # A word begins after anything but a letter of its own kind.
    begins = rf"(?:(?<![^\W_])|(?<={_SPACED.pattern}))"
    start = "" if is_spaced(term) else begins
    return re.compile(start + re.escape(term), re.IGNORECASE)


def _merged(marks: list[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    merged: list[tuple[int, int]] = []
    for first, end in marks:
        if merged and first <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((first, end))
    return tuple(merged)
