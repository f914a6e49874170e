"""Drafts of what comes next: what followed the same words before (prompt lookup).

Code that is changed, a text that is corrected, a name that comes again: much of an
answer stands in the chat already. Saxena, "Prompt Lookup Decoding" (2023), looks the
last tokens up there, and what followed them is tried. The index is that of LZ77's
compressors: for each pair of tokens a chain of the places where it stands.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

LONGEST: Final = 4
"""Tokens that are compared; more in common says nothing more."""
_MOST_TRIED: Final = 16
_NONE: Final = -1


@dataclass(frozen=True, slots=True)
class Match:
    """An earlier place like the present one.

    Attributes:
        place: What followed there begins here.
        length: Tokens in common before it, from 2 to `LONGEST`.
    """

    place: int
    length: int


class DraftIndex:
    """The tokens of a context, and where each pair of them stands.

    A token more costs the same however long the context is.
    """

    def __init__(self, tokens: Iterable[int]) -> None:
        """Takes what is there."""
        self._tokens: list[int] = []
        self._last: dict[tuple[int, int], int] = {}
        self._before: list[int] = []
        for token in tokens:
            self.add(token)

    def add(self, token: int) -> None:
        """Appends a token."""
        tokens, place = self._tokens, len(self._tokens)
        before = _NONE
        if place:
            pair = (tokens[-1], token)
            before = self._last.get(pair, _NONE)
            self._last[pair] = place
        tokens.append(token)
        self._before.append(before)

    def find(self) -> Match | None:
        """The place whose past has most in common with the end; the latest of these.

        None where not even the last two tokens have been there before.
        """
        best: Match | None = None
        place = self._before[-1] if self._before else _NONE
        for _ in range(_MOST_TRIED):
            if place == _NONE:
                break
            length = self._common(place)
            if best is None or length > best.length:
                best = Match(place + 1, length)
            if length == LONGEST:
                break
            place = self._before[place]
        return best

    def draft(self, match: Match, count: int) -> list[int]:
        """So many tokens from a place on; behind the end a repetition goes on."""
        tokens, period = self._tokens, len(self._tokens) - match.place
        return [tokens[match.place + number % period] for number in range(count)]

    def _common(self, place: int) -> int:
        """Tokens up to a place that are those up to the end; two are known to be."""
        tokens, end = self._tokens, len(self._tokens) - 1
        for length in range(2, min(LONGEST, place + 1)):
            if tokens[place - length] != tokens[end - length]:
                return length
        return min(LONGEST, place + 1)
