"""Whether drafts pay: measured times against measured luck.

A batch of n rows, one token and n - 1 drafted ones, costs more than a single token:
little where weights are waited for, n times as much where the processor is at its
limit. It yields the tokens up to the first that was not meant. Both change with the
machine, its load and the text, so both are measured while writing. What else runs on
the machine makes times longer, never shorter: the least of some is believed.
"""

from collections import deque
from collections.abc import Iterable
from typing import Final

ROWS: Final = (8, 4, 2)
"""Rows of a batch: a token, and drafted ones. ggml's kernels work on such numbers."""
MOST_ROWS: Final = max(ROWS)
_LEAST_GAIN: Final = 1.1
_UNMEASURED: Final = 0.25
"""What a further row is taken to cost before it is known, in single tokens."""
_TIMES: Final = 9
_ENOUGH: Final = 3
"""Measurements that a verdict takes."""
_FIRST_GUESSES: Final = (0.0, 0.0, 0.3, 0.45, 0.6)
"""By the number of tokens in common."""
_FORGETTING: Final = 0.15
_AGAIN: Final = 64
"""Single tokens after which a batch that is not used is measured once more, for the
first time; then after twice as many, and so on."""


class Luck:
    """How often the looked-up token was the next one, in one generation.

    Known for each length of what was in common. It is learned without evaluating
    anything: every token shows what a draft would have been worth.
    """

    def __init__(self) -> None:
        self._chances = list(_FIRST_GUESSES)

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
        self._singles = 0
        self._measured_at = dict.fromkeys(ROWS, 0)
        self._again = dict.fromkeys(ROWS, _AGAIN)
        self._costs: dict[int, float] = {}

    def took(self, rows: int, seconds: float) -> None:
        """Takes the time of a batch; one row is a single token."""
        if rows == 1:
            self._single.append(seconds)
            self._singles += 1
            if self._singles % _TIMES == 0:
                self._costs.clear()
        else:
            self._batches[rows].append(seconds)
            self._measured_at[rows] = self._singles
            self._costs.clear()

    def cost(self, rows: int) -> float:
        """A batch of so many rows, in single tokens.

        Until it has been measured often enough it is estimated by what a row costs in
        other batches. Of several estimates it is the lowest: that one is soon
        corrected if it is wrong.
        """
        if not self._costs:
            self._costs = self._measure()
        return self._costs[rows]

    def _measure(self) -> dict[int, float]:
        for rows, since in self._measured_at.items():
            if self._singles - since >= self._again[rows] and self._batches[rows]:
                self._again[rows] *= 2
                self._batches[rows].clear()
        slopes: dict[int, float] = {}
        if len(self._single) >= _ENOUGH:
            single = min(self._single)
            slopes = {
                rows: (min(times) / single - 1) / (rows - 1)
                for rows, times in self._batches.items()
                if len(times) >= _ENOUGH
            }
        least = min(slopes.values(), default=_UNMEASURED)
        return {rows: 1 + slopes.get(rows, least) * (rows - 1) for rows in ROWS}

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
