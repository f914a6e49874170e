"""How far a weight in a GGUF may be from the checkpoint's, by the type it is in.

A limit is a share of the largest weight of the same block, `a`, as all types but floats
keep a scale for a block of weights. Where it follows from the type it is derived:

* floats: half a unit in the last place, a share of the weight itself;
* Q8_0, Q5_0, Q4_0: the weight that is `a` becomes 127, -16 or -8 steps exactly. Half a
  step is a/254, a/32, a/16; but an opposite of `a` would be +16 or +8 steps, and ends a
  whole step lower. The step is rounded to float16, which moves a weight by a/2048.
* Q5_1, Q4_1: the step is a 31st or 15th of the range, which is 2·a at most. Half a step
  is a/31 or a/15; step and minimum are rounded to float16.

The quantizers of the others search for scales with the least squared error, and may cut
the largest weight off. Their limits are about twice the largest error that ggml made in
numbers of 21 kinds: normal, Laplace, Student, uniform, sparse, one-sided, constant,
two-valued and others, 400,000 of each. With an importance matrix these quantizers, and
those of Q4_0 to Q5_1, give up weights that matter little; how far has no end in the
format.

A step so small that float16 holds it with fewer digits has an error of 2⁻²⁵ at most,
which counts as often as the type multiplies it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import inf

from gguf.constants import GGML_QUANT_SIZES, GGMLQuantizationType as T

UNRELATED = 0.75
"""Share of a tensor's root mean square that its errors' must be below.

A tensor of zeros has 1, one that has nothing to do with the checkpoint's √2. Of the
numbers above, ggml's worst was 0.39 (Q2_K), and 0.51 with an importance matrix.
"""

_HALF = 2.0**-11  # of float16: half a unit in the last place
_SMALLEST = 2.0**-25  # half the smallest float16
_WEIGHTED = 4.0
_UNWEIGHTED = {T.F32, T.F16, T.BF16, T.Q8_0}  # whatever the importance

_SHARES: Mapping[T, float] = {
    T.F32: 0.0,
    T.F16: _HALF,
    T.BF16: 2.0**-8,
    T.Q8_0: 1 / 254 + _HALF,
    T.Q5_0: 1 / 16 + _HALF,
    T.Q4_0: 1 / 8 + _HALF,
    T.Q5_1: 1 / 31 + 3 * _HALF,
    T.Q4_1: 1 / 15 + 3 * _HALF,
    T.Q6_K: 0.06,  # measured: 0.028
    T.Q5_K: 0.14,  # 0.064
    T.Q4_K: 0.25,  # 0.118
    T.Q3_K: 0.55,  # 0.276
    T.Q2_K: 0.95,  # 0.616; below 1, so that a block of zeros is found out
    T.IQ4_NL: 0.3,  # 0.136
    T.IQ4_XS: 0.3,  # 0.138
}
# What a block's float16 scales are multiplied with at most.
_FACTORS: Mapping[T, int] = {
    T.F16: 1,
    T.Q8_0: 127,
    T.Q5_0: 16,
    T.Q4_0: 8,
    T.Q5_1: 31 + 1,
    T.Q4_1: 15 + 1,
    T.Q6_K: 128 * 32,
    T.Q5_K: 63 * (31 + 1),
    T.Q4_K: 63 * (15 + 1),
    T.Q3_K: 32 * 4,
    T.Q2_K: 15 * (3 + 1),
    T.IQ4_NL: 127,
    T.IQ4_XS: 32 * 127,
}


@dataclass(frozen=True, slots=True)
class Tolerance:
    """How far a weight may be from the checkpoint's.

    Attributes:
        block: Weights that have a scale in common.
        share: Limit as a share of the largest weight of the block.
        floor: What is always allowed.
    """

    block: int
    share: float
    floor: float


def tolerance(kind: T, *, is_weighted: bool = False) -> Tolerance:
    """Returns the tolerance of a type.

    Args:
        kind: The type. Of those that this program does not make nothing is known, and
            they are held to no limit.
        is_weighted: Whether the file was made with an importance matrix.
    """
    block, _ = GGML_QUANT_SIZES[kind]
    share = _SHARES.get(kind, inf)
    if is_weighted and kind not in _UNWEIGHTED:
        share = max(share, _WEIGHTED)
    # The smallest bfloat16 are those of float32, with 16 digits less.
    floor = 2.0**-134 if kind is T.BF16 else _FACTORS.get(kind, 0) * _SMALLEST
    return Tolerance(block, share, floor)
