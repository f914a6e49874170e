"""How far weights are from those they should be: sums that can be added up."""

from dataclasses import dataclass
from math import inf, sqrt


@dataclass(frozen=True, slots=True, kw_only=True)
class Deviation:
    """How far some weights are from the checkpoint's.

    Attributes:
        weights: How many there are.
        largest: Largest absolute error; infinite where a weight is no number.
        total: Sum of the absolute errors.
        squares: Sum of the squares of the errors.
        power: Sum of the squares of the checkpoint's weights.
        blocks: How many blocks they are in.
        bad_blocks: How many of these are farther off than their type allows.
        first_bad: Number of the first row that holds such a block, or -1.
    """

    weights: int = 0
    largest: float = 0.0
    total: float = 0.0
    squares: float = 0.0
    power: float = 0.0
    blocks: int = 0
    bad_blocks: int = 0
    first_bad: int = -1

    @property
    def rms(self) -> float:
        """Root mean square of the checkpoint's weights."""
        return sqrt(self.power / self.weights)

    @property
    def relative(self) -> float:
        """Root mean square of the errors, as a share of that of the weights."""
        return _share(sqrt(self.squares / self.weights), self.rms)

    @property
    def relative_largest(self) -> float:
        """Largest error, as a share of the root mean square of the weights."""
        return _share(self.largest, self.rms)

    @property
    def relative_mean(self) -> float:
        """Mean absolute error, as a share of the root mean square of the weights."""
        return _share(self.total / self.weights, self.rms)

    def plus(self, other: "Deviation") -> "Deviation":
        """Returns both together; the other's rows are behind these."""
        return Deviation(
            weights=self.weights + other.weights,
            largest=max(self.largest, other.largest),
            total=self.total + other.total,
            squares=self.squares + other.squares,
            power=self.power + other.power,
            blocks=self.blocks + other.blocks,
            bad_blocks=self.bad_blocks + other.bad_blocks,
            first_bad=self.first_bad if self.first_bad >= 0 else other.first_bad,
        )


def _share(part: float, whole: float) -> float:
    """Returns a quotient; nothing of nothing is nothing."""
    if part == 0:
        return 0.0
    return part / whole if whole else inf
