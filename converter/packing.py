"""How a checkpoint is quantized, in a word, and what its config says of it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from typing_extensions import override

from converter.gptq import GptqRows, Q41Rows
from converter.tensors import Rows

_WHOLE = -1
"""What GPTQ's programs write where all inputs are one group."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Packing:
    """How the linears of a checkpoint are quantized.

    Attributes:
        bits: Bits of a weight, each that occurs.
        group_sizes: Inputs of a full group, each that occurs.
        is_kept: Whether each linear can be kept as it is.
        is_whole: Whether each linear is a single group.
    """

    bits: tuple[int, ...]
    group_sizes: tuple[int, ...]
    is_kept: bool
    is_whole: bool = False

    @override
    def __str__(self) -> str:
        """Returns words like "GPTQ int4 in groups of 128"."""
        bits = " and ".join(f"int{bits}" for bits in self.bits)
        return f"GPTQ {bits} in groups of {_joined(self.group_sizes)}"

    def contradictions(self, config: Mapping[str, Any]) -> Iterable[str]:
        """Yields a warning for each number in which a `config.json` is wrong."""
        for key, what, found in (
            ("wbits", "weights", self.bits),
            ("groupsize", "groups", self.group_sizes),
        ):
            said = config.get(key)
            if key == "groupsize" and said == _WHOLE and self.is_whole:
                continue
            if said is not None and found != (said,):
                unit = "bits" if key == "wbits" else "inputs"
                yield (
                    f"config.json says {key} {said!r:.20}, but the {what} have "
                    f"{_joined(found)} {unit}; config.json is wrong and was not "
                    "followed"
                )


def find_packing(targets: Iterable[Rows]) -> Packing | None:
    """Returns how a checkpoint is quantized, or None where it is not.

    Args:
        targets: All that is made of its tensors.
    """
    found = [source for source in targets if isinstance(source, GptqRows)]
    if not found:
        return None
    return Packing(
        bits=tuple(sorted({source.linear.bits for source in found})),
        group_sizes=tuple(sorted({source.linear.group_size for source in found})),
        is_kept=all(isinstance(source, Q41Rows) for source in found),
        is_whole=all(source.linear.scales.shape[0] == 1 for source in found),
    )


def _joined(numbers: Iterable[int]) -> str:
    return " and ".join(map(str, numbers))
