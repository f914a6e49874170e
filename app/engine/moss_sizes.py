"""The sizes of MOSS-003's tensors in the types that are converted most.

For saying what would fit before anything is downloaded. Shapes are those of the
published checkpoints (16.7 B parameters), types those that `moss-convert` and
llama.cpp's quantizer choose.
"""

from collections.abc import Iterator
from typing import Final

from app.engine.memory import Dimensions, Needs, Tensor, needs_of

QUANTIZATIONS: Final = ("Q4_0", "Q4_K_M", "Q8_0")
"""Those that are told of where there is room for three."""
BUILDS: Final = ("Q4_0", "Q4_1", "Q4_K_M", "Q5_K_M", "Q6_K", "Q8_0")
"""Those that are worth offering. Q4_1 is what becomes of the checkpoints in 4 bits:
their weights as they are, and the rest in float16."""
DIMENSIONS: Final = Dimensions(
    context=2048,
    embedding=6144,
    feed_forward=24576,
    heads=24,
    kv_heads=24,
    key=256,
    value=256,
    vocabulary=107008,
)
LAYERS: Final = 34
_WIDTH: Final = DIMENSIONS.embedding
_INNER: Final = DIMENSIONS.feed_forward
_FLOAT: Final = 4
# Weights in a block and its bytes, as in ggml-common.h.
_BLOCKS: Final = {
    "f16": (1, 2),
    "q4_0": (32, 18),
    "q4_1": (32, 20),
    "q8_0": (32, 34),
    "q4_K": (256, 144),
    "q5_K": (256, 176),
    "q6_K": (256, 210),
}
_BASE: Final = {
    "Q4_0": "q4_0",
    "Q4_1": "q4_1",
    "Q4_K_M": "q4_K",
    "Q5_K_M": "q5_K",
    "Q6_K": "q6_K",
    "Q8_0": "q8_0",
}
_OUTPUT: Final = {"q4_1": "f16", "q8_0": "q8_0"}
_GROWING: Final = frozenset({"q4_K", "q5_K"})
_MIXED: Final = frozenset({"attn_qkv", "ffn_down"})


def moss_tensors(quantization: str) -> Iterator[Tensor]:
    """All tensors of a converted MOSS.

    Args:
        quantization: One of `BUILDS`.
    """
    base = _BASE[quantization]
    most = DIMENSIONS.vocabulary * _WIDTH
    yield _matrix("token_embd", "f16" if base == "q4_1" else base, most)
    yield from _vectors("output_norm", ("weight", "bias"), _WIDTH)
    yield _matrix("output", _OUTPUT.get(base, "q6_K"), most)
    yield from _vectors("output", ("bias",), DIMENSIONS.vocabulary)
    shapes = {
        "attn_qkv": (3 * _WIDTH, _WIDTH),
        "attn_output": (_WIDTH, _WIDTH),
        "ffn_up": (_INNER, _WIDTH),
        "ffn_down": (_WIDTH, _INNER),
    }
    for layer in range(LAYERS):
        prefix = f"blk.{layer}."
        yield from _vectors(f"{prefix}attn_norm", ("weight", "bias"), _WIDTH)
        for name, (rows, row) in shapes.items():
            more = base in _GROWING and name in _MIXED and _gets_more(layer)
            kind = "q6_K" if more else base
            yield _matrix(f"{prefix}{name}", kind, rows * row)
            yield from _vectors(f"{prefix}{name}", ("bias",), rows)


def moss_needs(quantization: str, repacked_types: frozenset[str]) -> Needs:
    """What a converted MOSS needs.

    Args:
        quantization: One of `BUILDS`.
        repacked_types: The types that this computer's processor rearranges.
    """
    return needs_of(DIMENSIONS, moss_tensors(quantization), repacked_types)


def _gets_more(layer: int) -> bool:
    """`use_more_bits` of llama.cpp's `llama-quant.cpp`: both ends, and every third."""
    eighth = LAYERS // 8
    inside = eighth <= layer < 7 * LAYERS // 8
    return not inside or (layer - eighth) % 3 == 2  # noqa: PLR2004


def _matrix(name: str, kind: str, count: int) -> Tensor:
    weights, size = _BLOCKS[kind]
    return Tensor(f"{name}.weight", kind, 2, count // weights * size)


def _vectors(name: str, parts: tuple[str, ...], count: int) -> Iterator[Tensor]:
    for part in parts:
        yield Tensor(f"{name}.{part}", "f32", 1, count * _FLOAT)
