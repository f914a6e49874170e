"""What was measured, as values, and what follows from it by arithmetic."""

import math
import statistics
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum

from app.domain.generation import Usage


class Better(Enum):
    """Which way a ratio of times is to be read."""

    SPEED = "baseline / ours"
    COST = "ours / baseline"


@dataclass(frozen=True, slots=True, kw_only=True)
class Duel:
    """The same work done by the engine and by llama.cpp alone, in turns.

    Attributes:
        what: What was done.
        model: With which model.
        ours: Seconds that each round took in the engine.
        baseline: Seconds that it took in llama.cpp alone, round by round.
        units: Into how many parts a round's time is divided for the tables, such as
            tokens.
        better: How the ratio is formed.
        target: At least (SPEED) or at most (COST) this; None is for information.
        others: The most that other programs had of a core in a round, from 0; None
            where the system does not say.
    """

    what: str
    model: str
    ours: tuple[float, ...]
    baseline: tuple[float, ...]
    units: int = 1
    better: Better
    target: float | None = None
    others: float | None = None

    @property
    def ratio(self) -> float:
        """That of the medians."""
        return self._ratio(
            statistics.median(self.ours), statistics.median(self.baseline)
        )

    @property
    def spread(self) -> tuple[float, float]:
        """The lower and the upper quartile of the rounds' own ratios."""
        ratios = sorted(map(self._ratio, self.ours, self.baseline))
        if len(ratios) == 1:
            return ratios[0], ratios[0]
        low, _, high = statistics.quantiles(ratios, n=4, method="inclusive")
        return low, high

    @property
    def fastest(self) -> float:
        """That of each side's fastest round: what other programs disturb least."""
        return self._ratio(min(self.ours), min(self.baseline))

    @property
    def is_met(self) -> bool | None:
        """Whether the target is met; None where there is none."""
        if self.target is None:
            return None
        if self.better is Better.SPEED:
            return self.ratio >= self.target
        return self.ratio <= self.target

    def _ratio(self, ours: float, baseline: float) -> float:
        return baseline / ours if self.better is Better.SPEED else ours / baseline


@dataclass(frozen=True, slots=True)
class Turn:
    """One generation of a chat, in tokens.

    Attributes:
        number: Of the turn, from 1.
        new: What the prompt has that the engine had not read or written before; the
            last token that it wrote counts as new, because nothing had to read it.
        usage: What the engine says.
    """

    number: int
    new: int
    usage: Usage

    @property
    def excess(self) -> int:
        """Tokens evaluated that were not new."""
        return self.usage.evaluated_tokens - self.new


def turns(usages: Iterable[tuple[int, Usage]]) -> Iterator[Turn]:
    """Tells what is new in each prompt of a chat whose window is never full.

    Args:
        usages: The number of the turn, and what the engine says.
    """
    known = 0
    for number, usage in usages:
        yield Turn(number, usage.prompt_tokens - known, usage)
        known = usage.prompt_tokens + usage.generated_tokens - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """A chat that is much longer than its window; its first turn is left out.

    Attributes:
        model: With which model.
        tokens: Size of the window.
        turns: Its turns.
        generations: Generations of these turns.
        shifted: How many of them left turns out and moved what was kept.
        excess: Most tokens that one evaluated beyond its own new ones.
        prefix: Tokens of the constant prefix; 0 where the form has none.
        prefix_kept: How many prompts began with it and found it in the cache.
        ours: Logarithms of the probabilities of compared tokens in the engine.
        fresh: The same when all that is visible is evaluated afresh.
    """

    model: str
    tokens: int
    turns: int
    generations: int
    shifted: int
    excess: int
    prefix: int
    prefix_kept: int
    ours: tuple[float, ...]
    fresh: tuple[float, ...]

    @property
    def mean(self) -> float:
        """Of ours; 0 where none are compared."""
        return statistics.fmean(self.ours or (0.0,))

    @property
    def mean_difference(self) -> float:
        """Of ours from the fresh ones, with its sign; 0 where none are compared."""
        return statistics.fmean(self._differences or (0.0,))

    @property
    def mean_distance(self) -> float:
        """The same without the differences' signs."""
        return statistics.fmean(map(abs, self._differences or (0.0,)))

    @property
    def _differences(self) -> list[float]:
        return [a - b for a, b in zip(self.ours, self.fresh, strict=True)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stops:
    """How long it took until a stop was obeyed.

    Attributes:
        model: With which model.
        during: What was stopped.
        seconds: From the command to the last event, one for each try.
    """

    model: str
    during: str
    seconds: tuple[float, ...]


def percentile(values: Sequence[float], percent: float) -> float:
    """The smallest value that so many percent are not above (nearest rank)."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(len(ordered) * percent / 100) - 1)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Residence:
    """What is resident of an engine, in bytes.

    Attributes:
        kind: Type of the weights.
        layers: Layers of the model.
        model: Its weights.
        kv: Keys and values of the whole window.
        loaded: Resident after loading.
        read: Resident after a long prompt.
        peak: The most that ever was (VmHWM).
        mapped: Of `read`, pages of files.
    """

    kind: str
    layers: int
    model: int
    kv: int
    loaded: int
    read: int
    peak: int
    mapped: int

    @property
    def excess(self) -> int:
        """What was ever resident beyond weights, keys and values."""
        return self.peak - self.model - self.kv


def extrapolated(few: Residence, many: Residence, layers: int) -> tuple[float, float]:
    """Peak and excess of as many layers, by the straight line through two sizes."""
    steps = (layers - few.layers) / (many.layers - few.layers)
    return (
        few.peak + steps * (many.peak - few.peak),
        few.excess + steps * (many.excess - few.excess),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Results:
    """Everything that one run measured.

    Attributes:
        duels: What is compared with llama.cpp alone.
        chats: Ten turns of a chat, by model.
        windows: Long chats.
        stops: Stops.
        residences: Memory.
    """

    duels: tuple[Duel, ...] = ()
    chats: tuple[tuple[str, tuple[Turn, ...]], ...] = ()
    windows: tuple[Window, ...] = ()
    stops: tuple[Stops, ...] = ()
    residences: tuple[Residence, ...] = ()
