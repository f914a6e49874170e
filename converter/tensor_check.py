"""Checks the tensors of a GGUF against a checkpoint's, one by one."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from math import prod

from converter.deviation import Deviation
from converter.findings import Finding
from converter.gguf_model import GgufModel
from converter.intake import Ready
from converter.progress import Reporter
from converter.tensor_comparison import Comparer, Pair, can_compare
from converter.tolerance import UNRELATED


@dataclass(frozen=True, slots=True, kw_only=True)
class TypeDeviation:
    """How far all tensors of one type are from the checkpoint's.

    Attributes:
        kind: The type's name.
        tensors: How many.
        weights: Weights in them.
        largest: Largest error of a weight, as a share of the root mean square of its
            tensor's weights.
        mean: Mean absolute error of all weights, likewise.
    """

    kind: str
    tensors: int
    weights: int
    largest: float
    mean: float


@dataclass(frozen=True, slots=True)
class TensorCheck:
    """What has come out.

    Attributes:
        types: How far the tensors are off, by type, most weights first.
        findings: What is wrong.
    """

    types: tuple[TypeDeviation, ...]
    findings: tuple[Finding, ...]

    @property
    def mean_error(self) -> float:
        """Mean error of all weights, as a share of their root mean square."""
        weights = sum(each.weights for each in self.types)
        return sum(each.mean * each.weights for each in self.types) / weights


def check_tensors(
    ready: Sequence[Ready],
    model: GgufModel,
    *,
    reporter: Reporter,
    threads: int | None = None,
) -> TensorCheck:
    """Compares all tensors.

    Args:
        ready: What each tensor is made of, all of the checkpoint's.
        model: The GGUF.
        reporter: Is told how far it is.
        threads: How many to work on; None for one on each core.

    Raises:
        TensorError: The checkpoint's weights are damaged.
    """
    findings = list(_misfits(ready, model))
    wrong = {finding.subject for finding in findings}
    pairs = [
        Pair(found.target.name, found.rows, model.tensors[found.target.name])
        for found in ready
        if found.target.name not in wrong
    ]
    total = sum(pair.size for pair in pairs)
    done = 0
    reporter.started(done, total)
    compared: list[tuple[Pair, Deviation]] = []
    with Comparer(is_weighted=model.is_weighted, threads=threads) as comparer:
        for pair in pairs:
            deviation = Deviation()
            for part in comparer.compare(pair):
                deviation = deviation.plus(part)
                share = pair.size * deviation.weights // prod(pair.stored.shape)
                reporter.advanced(pair.name, done + share, total)
            done += pair.size
            compared.append((pair, deviation))
    findings += filter(None, (_judged(*both) for both in compared))
    return TensorCheck(_by_type(compared), tuple(findings))


def _misfits(ready: Iterable[Ready], model: GgufModel) -> Iterator[Finding]:
    """Yields what is wrong with tensors that cannot be compared."""
    expected = {found.target.name: found.target.shape for found in ready}
    for name, shape in expected.items():
        found = model.tensors.get(name)
        if found is None:
            yield Finding(name, "it is missing")
        elif found.shape != shape:
            yield Finding(
                name, f"its shape is {list(found.shape)} instead of {list(shape)}"
            )
        elif not can_compare(found.kind):
            yield Finding(name, f"its type, {found.kind.name}, cannot be read")
    for name in model.tensors.keys() - expected.keys():
        yield Finding(name, "the checkpoint has nothing that it could be made of")


def _judged(pair: Pair, deviation: Deviation) -> Finding | None:
    """Returns what is wrong with a tensor that was compared, if anything is."""
    kind = pair.stored.kind.name
    if deviation.bad_blocks:
        is_float = deviation.blocks == deviation.weights
        unit = "weights" if is_float else "blocks"
        row = f", the first in row {deviation.first_bad}" * (len(pair.stored.shape) > 1)
        return Finding(
            pair.name,
            f"{deviation.bad_blocks} of {deviation.blocks} {unit} are farther from the "
            f"checkpoint than {kind} accounts for{row}",
        )
    if deviation.relative >= UNRELATED:
        return Finding(
            pair.name,
            f"its errors are {deviation.relative:.0%} of its weights (root mean "
            f"square), more than {kind} accounts for",
        )
    return None


def _by_type(compared: Iterable[tuple[Pair, Deviation]]) -> tuple[TypeDeviation, ...]:
    grouped: dict[str, list[Deviation]] = {}
    for pair, deviation in compared:
        grouped.setdefault(pair.stored.kind.name, []).append(deviation)
    types = []
    for kind, deviations in grouped.items():
        weights = sum(deviation.weights for deviation in deviations)
        total = sum(each.relative_mean * each.weights for each in deviations)
        largest = max(deviation.relative_largest for deviation in deviations)
        types.append(
            TypeDeviation(
                kind=kind,
                tensors=len(deviations),
                weights=weights,
                largest=largest,
                mean=total / weights,
            )
        )
    return tuple(sorted(types, key=lambda each: (-each.weights, each.kind)))
