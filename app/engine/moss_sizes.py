"""The sizes of MOSS-003's tensors in the types that are converted most.

For saying what would fit before anything is downloaded. Shapes are those of the
published checkpoints (16.7 B parameters), types those that `moss-convert` and
llama.cpp's quantizer choose.
"""

from collections.abc import Iterator
from typing import Final

from app.engine.memory import Dimensions, Needs, Tensor, needs_of

QUANTIZATIONS: Final = ("Q4_0", "Q4_K_M", "Q8_0")
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
    "q4_0": (32, 18),
    "q8_0": (32, 34),
    "q4_K": (256, 144),
    "q6_K": (256, 210),
}
_BASE: Final = {"Q4_0": "q4_0", "Q4_K_M": "q4_K", "Q8_0": "q8_0"}
_MIXED: Final = frozenset({"attn_qkv", "ffn_down"})


def moss_tensors(quantization: str) -> Iterator[Tensor]:
    """All tensors of a converted MOSS.

    Args:
        quantization: One of `QUANTIZATIONS`.
    """
    base = _BASE[quantization]
    most = DIMENSIONS.vocabulary * _WIDTH
    yield _matrix("token_embd", base, most)
    yield from _vectors("output_norm", ("weight", "bias"), _WIDTH)
    yield _matrix("output", "q8_0" if base == "q8_0" else "q6_K", most)
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
            more = base == "q4_K" and name in _MIXED and _gets_more(layer)
            kind = "q6_K" if more else base
            yield _matrix(f"{prefix}{name}", kind, rows * row)
            yield from _vectors(f"{prefix}{name}", ("bias",), rows)


def moss_needs(quantization: str, repacked_types: frozenset[str]) -> Needs:
    """What a converted MOSS needs.

    Args:
        quantization: One of `QUANTIZATIONS`.
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
