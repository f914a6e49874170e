"""Measured conversions, their medians, and what they say about more layers."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import reduce
from statistics import median as middle
from typing import Self

from benchmarks.conversion.size import MOSS_LAYERS
from benchmarks.measure import Usage, median


class Way(StrEnum):
    """A way from a checkpoint to a quantized GGUF."""

    OURS = "moss-convert"
    TWO_STEPS = "f16, then quantize"
    DIRECT = "--outtype"


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """One conversion that was made.

    Attributes:
        layers: Layers of the model.
        kind: Type of the file.
        way: How it was made.
        steps: What each of its steps cost.
        to_disk: Seconds it then took until the file was on the disk; not in `steps`.
        written: Bytes of all files written.
    """

    layers: int
    kind: str
    way: Way
    steps: tuple[Usage, ...]
    to_disk: float
    written: int

    @property
    def usage(self) -> Usage:
        """What all steps cost."""
        return reduce(Usage.then, self.steps)


@dataclass(frozen=True, slots=True)
class Summary:
    """The median of equal trials.

    Attributes:
        layers: Layers of the model.
        way: How the files were made.
        usage: What one cost.
        to_disk: Seconds until it was on the disk.
        written: Bytes of all files written.
    """

    layers: int
    way: Way
    usage: Usage
    to_disk: float
    written: int


@dataclass(frozen=True, slots=True)
class Duel:
    """Ours and the peer's ways to one type, for one number of layers.

    Attributes:
        layers: Layers of the model.
        kind: Type of the file.
        ours: Ours.
        peers: The peer's ways, each by its name.
    """

    layers: int
    kind: str
    ours: Summary
    peers: Mapping[Way, Summary]

    @property
    def peer(self) -> Summary:
        """That way of the peer's that took the least wall time."""
        return min(self.peers.values(), key=lambda summary: summary.usage.wall)

    @property
    def speedup(self) -> float:
        """The peer's wall time divided by ours."""
        return self.peer.usage.wall / self.ours.usage.wall


def duels(trials: Sequence[Trial]) -> list[Duel]:
    """Returns all duels, in the order of the trials."""
    equal: dict[tuple[int, str], dict[Way, list[Trial]]] = {}
    for trial in trials:
        ways = equal.setdefault((trial.layers, trial.kind), {})
        ways.setdefault(trial.way, []).append(trial)
    found = []
    for (layers, kind), ways in equal.items():
        peers = {way: _summary(made) for way, made in ways.items()}
        ours = peers.pop(Way.OURS)
        found.append(Duel(layers, kind, ours, peers))
    return found


def _summary(trials: Sequence[Trial]) -> Summary:
    return Summary(
        trials[0].layers,
        trials[0].way,
        median([trial.usage for trial in trials]),
        middle(trial.to_disk for trial in trials),
        trials[0].written,
    )


@dataclass(frozen=True, slots=True)
class Line:
    """What a way costs by the number of layers, if that is a straight line.

    Attributes:
        wall: Seconds for each further layer.
        peak: Bytes of memory for each further layer.
        whole: Seconds for as many layers as MOSS has.
    """

    wall: float
    peak: float
    whole: float

    @classmethod
    def through(cls, less: Summary, more: Summary) -> Self:
        """Returns the line through two numbers of layers.

        Args:
            less: What few layers cost.
            more: What more layers cost.
        """
        layers = more.layers - less.layers
        wall = (more.usage.wall - less.usage.wall) / layers
        return cls(
            wall=wall,
            peak=(more.usage.peak - less.usage.peak) / layers,
            whole=less.usage.wall + wall * (MOSS_LAYERS - less.layers),
        )


def ends(found: Sequence[Duel]) -> Iterator[tuple[Duel, Duel]]:
    """Yields for each type the duels with the fewest and the most layers."""
    for kind in dict.fromkeys(duel.kind for duel in found):
        of_kind = [duel for duel in found if duel.kind == kind]
        few, *_, many = sorted(of_kind, key=lambda duel: duel.layers)
        yield few, many
