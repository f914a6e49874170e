"""Which tokens of a new prompt need no evaluation, because the cache holds them.

A pure function over token ids. Two things make it more than a common prefix:

* **Turns were dropped.** What follows the gap still stands in the cache, further to the
  right: a run of tokens that is kept by moving it to the left. Its keys and values
  still know of the dropped turns, as in StreamingLLM (arXiv:2309.17453). That is fine
  for turns that grew too old and wrong for a text that was changed. So both sides of
  a gap follow a control token, the constant prefix must be there unchanged, and the
  caller says when turns have been dropped at all.
* **A text has many spellings.** A model that samples writes "hel" + "lo" where the
  tokenizer reads "hello". The same bytes between the same control tokens are the same
  text: the model's own spelling is kept, and the prompt is taken as it was written.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

Piece = Callable[[int], bytes | None]
"""A token's bytes; None for one that is no text, such as a control token."""

LEAST_RUN: Final = 16
"""Tokens. A shorter run is as likely a phrase that occurs twice, and cheap to read."""
_MOST_RUNS: Final = 8
_MOST_CANDIDATES: Final = 8
_STRIDE: Final = 64
_LONGEST_SPELLING: Final = 16


@dataclass(frozen=True, slots=True)
class Run:
    """Tokens that are kept.

    Attributes:
        source: Where they stand in the cache.
        target: Where they stand in the new prompt, at or left of `source`.
        length: How many they are.
    """

    source: int
    target: int
    length: int


@dataclass(frozen=True, slots=True)
class Plan:
    """How a cache becomes a prompt.

    Attributes:
        tokens: The whole prompt, with the cache's spelling where that is kept.
        runs: What is kept, from left to right in cache and prompt alike. Together
            they are the beginning of `tokens`; the rest is to be evaluated.
    """

    tokens: tuple[int, ...]
    runs: tuple[Run, ...]

    @property
    def kept(self) -> int:
        """Tokens that need no evaluation."""
        return sum(run.length for run in self.runs)

    @property
    def shifted(self) -> int:
        """Of these, tokens that move."""
        return sum(run.length for run in self.runs if run.source != run.target)


def plan(
    cached: Sequence[int],
    wanted: Sequence[int],
    *,
    piece: Piece,
    fixed: int | None = None,
    complete: bool = False,
) -> Plan:
    """Finds what can be kept.

    Greedy from left to right, linear in both lengths for each run.

    Args:
        cached: The tokens in the cache.
        wanted: The prompt as the tokenizer reads it.
        piece: The bytes of a token.
        fixed: None when nothing may be moved; else the length of the prompt's constant
            prefix, which is then not moved either.
        complete: Whether all may be kept. Otherwise the last token is evaluated again
            in any case, because its logits are needed.
    """
    end = len(wanted) if complete else len(wanted) - 1
    match = _Match(cached, wanted[:end], piece)
    source, read = match.extend(0, 0)
    runs = [Run(0, 0, source)] if source else []
    if fixed is not None and list(cached[:fixed]) == list(wanted[:fixed]):
        read = match.add_moved(runs, read, fixed=fixed)
    tokens: list[int] = []
    for run in runs:
        tokens += cached[run.source : run.source + run.length]
    return Plan((*tokens, *wanted[read:]), tuple(runs))


def extend(
    cached: Sequence[int],
    wanted: Sequence[int],
    *,
    piece: Piece,
    start: tuple[int, int] = (0, 0),
) -> tuple[int, int]:
    """How far two texts are the same, as places in both.

    Args:
        cached: Tokens of the one.
        wanted: Tokens of the other.
        piece: The bytes of a token.
        start: Where to begin; what is before is known to be the same.
    """
    more = _Match(cached, wanted, piece).extend(*start)
    return start[0] + more[0], start[1] + more[1]


class _Match:
    """Two sequences of tokens, compared as texts."""

    def __init__(
        self, cached: Sequence[int], wanted: Sequence[int], piece: Piece
    ) -> None:
        self._cached = tuple(cached)
        self._wanted = tuple(wanted)
        self._piece = piece

    def extend(self, source: int, target: int) -> tuple[int, int]:
        """How far the texts from here on are the same, in tokens of each."""
        cached, wanted = self._cached, self._wanted
        i, j = source, target
        # Mostly they begin with hundreds of the same tokens: these in large steps.
        while (part := cached[i : i + _STRIDE]) and part == wanted[j : j + _STRIDE]:
            i, j = i + len(part), j + len(part)
        while i < len(cached) and j < len(wanted):
            if cached[i] == wanted[j]:
                i, j = i + 1, j + 1
                continue
            spelled = self._respelled(i, j)
            if spelled is None:
                break
            i, j = i + spelled[0], j + spelled[1]
        return i - source, j - target

    def add_moved(self, runs: list[Run], read: int, *, fixed: int) -> int:
        """Appends runs from behind gaps.

        Args:
            runs: What is kept at the beginning.
            read: How much of the prompt that is.
            fixed: Tokens that both begin with and that are no part of a gap.

        Returns:
            How much of the prompt is covered.
        """
        source = runs[-1].length if runs else 0
        while len(runs) <= _MOST_RUNS:
            # What gap and run both begin with moves with the run.
            cut = max(self._boundary(self._cached, source), fixed)
            begin = max(self._boundary(self._wanted, read), fixed)
            start, length, more = self._longest(cut + 1, begin)
            if length < LEAST_RUN or begin + more <= read:
                break
            if runs:
                last = runs.pop()
                if cut > last.source:
                    runs.append(Run(last.source, last.target, cut - last.source))
            target = runs[-1].target + runs[-1].length if runs else 0
            runs.append(Run(start, target, length))
            source, read = start + length, begin + more
        return read

    def _longest(self, source: int, target: int) -> tuple[int, int, int]:
        """The longest run at or right of `source` that is the prompt from `target` on.

        Returns:
            Where it starts, and its length in the cache and in the prompt.
        """
        cached, wanted = self._cached[source:], self._wanted[target:]
        lengths = common_prefixes(wanted, cached)
        starts = [start for start in self._starts() if start >= source]
        starts.sort(key=lambda start: lengths[start - source], reverse=True)
        best = (source, 0, 0)
        for start in starts[:_MOST_CANDIDATES]:
            found = self.extend(start, target)
            if found[0] > best[1]:
                best = (start, *found)
        return best

    def _starts(self) -> Iterator[int]:
        """Where fields begin in the cache."""
        after = False
        for place, token in enumerate(self._cached):
            if after:
                yield place
            piece = self._piece(token)
            after = piece is None or (after and piece.isspace())

    def _boundary(self, tokens: Sequence[int], place: int) -> int:
        """Behind the last control token, and the white space after it."""
        start = place
        while start and self._piece(tokens[start - 1]) is not None:
            start -= 1
        while start < place and (self._piece(tokens[start]) or b"").isspace():
            start += 1
        return start

    def _respelled(self, source: int, target: int) -> tuple[int, int] | None:
        """The shortest stretch from here on that is one text in two spellings."""
        one, other = b"", b""
        i, j = source, target
        most = _LONGEST_SPELLING
        while i - source < most and j - target < most:
            if len(one) <= len(other):
                piece = self._piece(self._cached[i]) if i < len(self._cached) else None
                one, i = one + (piece or b""), i + 1
            else:
                piece = self._piece(self._wanted[j]) if j < len(self._wanted) else None
                other, j = other + (piece or b""), j + 1
            if not piece or not (one.startswith(other) or other.startswith(one)):
                return None
            if one == other:
                return i - source, j - target
        return None


def common_prefixes(pattern: Sequence[int], text: Sequence[int]) -> list[int]:
    """For each place of a text, how much of a pattern's beginning stands there.

    The Z algorithm (Gusfield, Algorithms on Strings, Trees and Sequences, 1.3-1.4),
    linear in both lengths.
    """
    joined: list[int | None] = [*pattern, None, *text]
    lengths = [0] * len(joined)
    left = right = 0
    for place in range(1, len(joined)):
        length = min(right - place, lengths[place - left]) if place < right else 0
        while place + length < len(joined) and joined[length] == joined[place + length]:
            length += 1
        lengths[place] = length
        if place + length > right:
            left, right = place, place + length
    return lengths[len(pattern) + 1 :]
