"""Finding something by a few letters of its name: pure.

Every word of the query must be in the name, in any order: as it stands, or letter by
letter where the letters are the beginnings of words ("nc" finds "New chat") or follow
each other. A letter of a script without spaces is a word by itself, so that "新聊"
finds "新的聊天".
"""

import unicodedata
from dataclasses import dataclass
from typing import Final

from app.domain.excerpt import is_spaced

_WHOLE: Final = 100
_BEGINNING: Final = 80
_INSIDE: Final = 50
_LETTERS: Final = 30
_BREAK: Final = 6
"""What each gap between letters costs; letters in more gaps than four find nothing."""
_LENGTH: Final = 0.1
"""What each letter of the name costs: of two names that fit, the shorter is meant."""


@dataclass(frozen=True, slots=True)
class Match:
    """How a name fits.

    Attributes:
        score: The larger, the better.
        places: Positions of the letters that were found, in order.
    """

    score: float
    places: tuple[int, ...] = ()

    @property
    def marks(self) -> tuple[tuple[int, int], ...]:
        """The same as stretches: first and end of each."""
        marks: list[tuple[int, int]] = []
        for place in self.places:
            if marks and marks[-1][1] == place:
                marks[-1] = (marks[-1][0], place + 1)
            else:
                marks.append((place, place + 1))
        return tuple(marks)


def folded(text: str) -> str:
    """A text without differences of case and width, letter by letter as long."""
    return "".join(map(_folded, text))


def match(query: str, name: str) -> Match | None:
    """How a name fits a query; None where it does not.

    Args:
        query: Folded.
        name: Folded.
    """
    score, places = 0.0, set[int]()
    for word in query.split():
        found = _word(word, name)
        if found is None:
            return None
        score += found.score
        places.update(found.places)
    return Match(score - _LENGTH * len(name), tuple(sorted(places)))


def _word(word: str, name: str) -> Match | None:
    inside = name.find(word)
    if inside < 0:
        return _letters(word, name)
    first = _beginning(word, name, inside)
    place = inside if first < 0 else first
    score = _INSIDE if first < 0 else _WHOLE if word == name else _BEGINNING
    return Match(score, tuple(range(place, place + len(word))))


def _letters(word: str, name: str) -> Match | None:
    """Letters in their order, each behind the last or at the beginning of a word."""
    places: list[int] = []
    score = _LETTERS
    for letter in word:
        last = places[-1] if places else -1
        behind = last + 1
        if not (places and name[behind : behind + 1] == letter):
            behind = _beginning(letter, name, behind)
            score -= _BREAK if places else 0
        if behind < 0 or score <= 0:
            return None
        places.append(behind)
    return Match(score, tuple(places))


def _beginning(letters: str, name: str, start: int) -> int:
    """Where the next word begins with these letters; -1 where none does."""
    place = name.find(letters, start)
    while place >= 0 and not _begins(name, place):
        place = name.find(letters, place + 1)
    return place


def _begins(name: str, place: int) -> bool:
    """Whether a word begins there."""
    return place == 0 or is_spaced(name[place]) or not name[place - 1].isalnum()


def _folded(letter: str) -> str:
    found = unicodedata.normalize("NFKC", letter).casefold()
    return found if len(found) == 1 else letter
