"""ggml's types of tensors and files, by the numbers that GGUF files have for them.

From `ggml.h`, `ggml-common.h` and `llama.h` of llama.cpp; the names are those that
`ggml_type_name` gives. A test compares the numbers with those of the package `gguf`,
which is too slow to import where a window is about to be shown.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final


@dataclass(frozen=True, slots=True)
class BlockType:
    """How a tensor's numbers are stored.

    Attributes:
        name: ggml's name, such as "q4_K".
        count: Numbers in a block.
        size: Bytes of a block.
    """

    name: str
    count: int
    size: int


TYPES: Final[Mapping[int, BlockType]] = MappingProxyType(
    {
        0: BlockType("f32", 1, 4),
        1: BlockType("f16", 1, 2),
        2: BlockType("q4_0", 32, 18),
        3: BlockType("q4_1", 32, 20),
        6: BlockType("q5_0", 32, 22),
        7: BlockType("q5_1", 32, 24),
        8: BlockType("q8_0", 32, 34),
        9: BlockType("q8_1", 32, 40),
        10: BlockType("q2_K", 256, 84),
        11: BlockType("q3_K", 256, 110),
        12: BlockType("q4_K", 256, 144),
        13: BlockType("q5_K", 256, 176),
        14: BlockType("q6_K", 256, 210),
        15: BlockType("q8_K", 256, 292),
        16: BlockType("iq2_xxs", 256, 66),
        17: BlockType("iq2_xs", 256, 74),
        18: BlockType("iq3_xxs", 256, 98),
        19: BlockType("iq1_s", 256, 50),
        20: BlockType("iq4_nl", 32, 18),
        21: BlockType("iq3_s", 256, 110),
        22: BlockType("iq2_s", 256, 82),
        23: BlockType("iq4_xs", 256, 136),
        24: BlockType("i8", 1, 1),
        25: BlockType("i16", 1, 2),
        26: BlockType("i32", 1, 4),
        27: BlockType("i64", 1, 8),
        28: BlockType("f64", 1, 8),
        29: BlockType("iq1_m", 256, 56),
        30: BlockType("bf16", 1, 2),
        34: BlockType("tq1_0", 256, 54),
        35: BlockType("tq2_0", 256, 66),
        39: BlockType("mxfp4", 32, 17),
        40: BlockType("nvfp4", 64, 36),
        41: BlockType("q1_0", 128, 18),
    }
)
"""By `ggml_type`."""

FILE_TYPES: Final[Mapping[int, str]] = MappingProxyType(
    {
        0: "F32",
        1: "F16",
        2: "Q4_0",
        3: "Q4_1",
        7: "Q8_0",
        8: "Q5_0",
        9: "Q5_1",
        10: "Q2_K",
        11: "Q3_K_S",
        12: "Q3_K_M",
        13: "Q3_K_L",
        14: "Q4_K_S",
        15: "Q4_K_M",
        16: "Q5_K_S",
        17: "Q5_K_M",
        18: "Q6_K",
        19: "IQ2_XXS",
        20: "IQ2_XS",
        21: "Q2_K_S",
        22: "IQ3_XS",
        23: "IQ3_XXS",
        24: "IQ1_S",
        25: "IQ4_NL",
        26: "IQ3_S",
        27: "IQ3_M",
        28: "IQ2_S",
        29: "IQ2_M",
        30: "IQ4_XS",
        31: "IQ1_M",
        32: "BF16",
        36: "TQ1_0",
        37: "TQ2_0",
        38: "MXFP4_MOE",
        39: "NVFP4",
        40: "Q1_0",
    }
)
"""By `llama_ftype`, which `general.file_type` holds."""
