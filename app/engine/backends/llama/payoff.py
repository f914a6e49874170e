"""Whether drafts pay: measured times against measured luck.

A batch of n rows, one token and n - 1 drafted ones, costs more than a single token:
little where weights are waited for, n times as much where the processor is at its
limit. It yields the tokens up to the first that was not meant. Both change with the
machine, its load and the text, so both are measured while writing.
"""

import statistics
from collections import deque
from collections.abc import Iterable
from typing import Final

from app.engine.backends.llama.drafts import LONGEST

ROWS: Final = (8, 4, 2)
"""Rows of a batch: a token, and drafted ones. ggml's kernels work on such numbers."""
MOST_ROWS: Final = max(ROWS)
_LEAST_GAIN: Final = 1.1
_UNMEASURED: Final = 0.25
"""What a further row is taken to cost before it is known, in single tokens."""
_TIMES: Final = 9
_ENOUGH: Final = 3
"""Measurements that a verdict takes."""
_FIRST_GUESS: Final = 0.4
_FORGETTING: Final = 0.1
_AGAIN: Final = 1000
"""Single tokens after which a batch that did not pay is measured once more."""
_ASK_AGAIN: Final = 32
"""Generations after which drafts that could never pay are tried again."""


class Luck:
    """How often the looked-up token was the next one, in one generation.

    Known for each length of what was in common. It is learned without evaluating
    anything: every token shows what a draft would have been worth.
    """

    def __init__(self) -> None:
        self._chances = [_FIRST_GUESS] * (LONGEST + 1)

    def met(self, length: int, *, hit: bool) -> None:
        """Takes the outcome of a lookup with so many tokens in common."""
        self._chances[length] += _FORGETTING * (hit - self._chances[length])

    def tokens(self, length: int, rows: int) -> float:
        """What a batch of so many rows can be expected to yield."""
        chance = self._chances[length]
        return sum(chance**row for row in range(rows))


class Payoff:
    """What batches cost on this machine, for one model."""

    def __init__(self) -> None:
        self._single: deque[float] = deque(maxlen=_TIMES)
        self._batches: dict[int, deque[float]] = {
            rows: deque(maxlen=_TIMES) for rows in ROWS
        }
        self._age = dict.fromkeys(ROWS, 0)
        self._refused = 0

    def took(self, rows: int, seconds: float) -> None:
        """Takes the time of a batch; one row is a single token."""
        if rows == 1:
            self._single.append(seconds)
            for count in ROWS:
                self._age[count] += 1
                if self._age[count] == _AGAIN:
                    self._batches[count].clear()
            return
        self._age[rows] = 0
        self._batches[rows].append(seconds)

    def cost(self, rows: int) -> float:
        """A batch of so many rows, in single tokens; estimated from other numbers.

        Of several estimates the lowest: it is soon corrected if it is wrong.
        """
        if not self._single:
            return 1 + _UNMEASURED * (rows - 1)
        single = statistics.median(self._single)
        slopes = {
            count: (statistics.median(times) / single - 1) / (count - 1)
            for count, times in self._batches.items()
            if times
        }
        slope = slopes.get(rows, min(slopes.values(), default=_UNMEASURED))
        return 1 + slope * (rows - 1)

    def best(self, choice: Iterable[int], luck: Luck, length: int) -> int:
        """The numbers of rows that gains most; 0 when none pays.

        Args:
            choice: Those that come into question.
            luck: What lookups have been worth.
            length: Tokens in common with the place that was found.
        """
        best, most = 0, _LEAST_GAIN
        for rows in choice:
            gain = luck.tokens(length, rows) / self.cost(rows)
            if gain > most:
                best, most = rows, gain
        return best

    def hopeless(self) -> bool:
        """Whether no draft pays even if all of it is right; asked once a generation.

        Then nothing needs to be looked up at all. From time to time the answer is
        False nevertheless.
        """
        if any(
            len(self._batches[rows]) < _ENOUGH or rows / self.cost(rows) > _LEAST_GAIN
            for rows in ROWS
        ):
            return False
        self._refused += 1
        if self._refused % _ASK_AGAIN:
            return True
        for times in self._batches.values():
            times.clear()
        return False
