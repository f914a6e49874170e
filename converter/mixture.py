"""Which type each tensor gets: llama.cpp's own choice, as far as phi2 needs it.

The rules are those of `llama_tensor_get_type` and `tensor_type_fallback` in llama.cpp's
`src/llama-quant.cpp` for a model with as many key heads as query heads, untied
embeddings and no importance matrix.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Protocol

from gguf.constants import (
    GGML_QUANT_SIZES,
    GGMLQuantizationType as T,
    LlamaFileType as F,
)

from converter.dtypes import DType
from converter.tensors import BlockRows, Rows

_FLOATS = {T.F32, T.F16, T.BF16}


@dataclass(frozen=True, slots=True)
class OutputType:
    """A type that can be asked for.

    Attributes:
        file_type: llama.cpp's number for it, written into the file.
        base: The type of tensors that no rule speaks of.
        mixed: Whether some tensors get more bits.
    """

    file_type: F
    base: T
    mixed: bool = False


OUTPUT_TYPES: Mapping[str, OutputType] = MappingProxyType(
    {
        "F32": OutputType(F.ALL_F32, T.F32),
        "F16": OutputType(F.MOSTLY_F16, T.F16),
        "BF16": OutputType(F.MOSTLY_BF16, T.BF16),
        "Q8_0": OutputType(F.MOSTLY_Q8_0, T.Q8_0),
        "Q6_K": OutputType(F.MOSTLY_Q6_K, T.Q6_K),
        "Q5_K_M": OutputType(F.MOSTLY_Q5_K_M, T.Q5_K, mixed=True),
        "Q5_K_S": OutputType(F.MOSTLY_Q5_K_S, T.Q5_K),
        "Q5_1": OutputType(F.MOSTLY_Q5_1, T.Q5_1),
        "Q5_0": OutputType(F.MOSTLY_Q5_0, T.Q5_0),
        "Q4_K_M": OutputType(F.MOSTLY_Q4_K_M, T.Q4_K, mixed=True),
        "Q4_K_S": OutputType(F.MOSTLY_Q4_K_S, T.Q4_K, mixed=True),
        "Q4_1": OutputType(F.MOSTLY_Q4_1, T.Q4_1),
        "Q4_0": OutputType(F.MOSTLY_Q4_0, T.Q4_0),
        "Q3_K_M": OutputType(F.MOSTLY_Q3_K_M, T.Q3_K, mixed=True),
        "Q2_K": OutputType(F.MOSTLY_Q2_K, T.Q2_K, mixed=True),
    }
)

DEFAULT_TYPE = "Q4_0"
KEPT_TYPE = "Q4_1"
"""The type in which GPTQ's 4 bits can be kept as they are."""
WIDE_TYPE = "Q8_0"
"""The default for weights of 8 bits."""

# For rows that do not divide into blocks of 256.
_FALLBACK = {
    T.Q2_K: T.Q4_0,
    T.Q3_K: T.Q4_0,
    T.Q4_K: T.Q5_0,
    T.Q5_K: T.Q5_1,
    T.Q6_K: T.Q8_0,
}


class Described(Protocol):
    """A tensor as far as the choice of its type goes."""

    @property
    def name(self) -> str:
        """llama.cpp's name of it."""
        ...

    @property
    def shape(self) -> tuple[int, ...]:
        """Its shape; the last dimension is a row."""
        ...

    @property
    def layer(self) -> int:
        """Number of its layer, or -1."""
        ...


def tensor_type(wanted: OutputType, tensor: Described, *, layers: int) -> T:
    """Returns the type of a tensor.

    Args:
        wanted: What was asked for.
        tensor: The tensor.
        layers: Number of layers of the model.
    """
    if len(tensor.shape) == 1:
        return T.F32
    if wanted.base in _FLOATS:
        return wanted.base
    row = tensor.shape[-1]
    if tensor.name == "output.weight":
        return _fitting(_output_type(wanted.base, row), row)
    chosen = None
    if wanted.mixed and tensor.layer >= 0:
        kind = tensor.name.split(".")[2]
        chosen = _mixed_type(wanted, kind, layer=tensor.layer, layers=layers)
    return _fitting(chosen or wanted.base, row)


def kept_type(tensor: Described, rows: Rows) -> T:
    """Returns the type of a tensor in a file that changes no weight.

    Args:
        tensor: The tensor.
        rows: What it is made of.
    """
    if isinstance(rows, BlockRows):
        return rows.block_type
    if len(tensor.shape) == 1 or rows.origin is None:
        return T.F32
    return {DType.F16: T.F16, DType.BF16: T.BF16}.get(rows.origin.dtype, T.F32)


def _output_type(base: T, row: int) -> T:
    block, _ = GGML_QUANT_SIZES[base]
    return T.Q8_0 if base is T.Q8_0 or row % block else T.Q6_K


def _mixed_type(wanted: OutputType, kind: str, *, layer: int, layers: int) -> T | None:
    """Returns the type of a layer's tensor where the mixture has a rule for it."""
    early = layer < layers // 8
    more = early or layer >= 7 * layers // 8 or (layer - layers // 8) % 3 == 2  # noqa: PLR2004
    choice: dict[tuple[F, str], T] = {
        (F.MOSTLY_Q2_K, "attn_qkv"): T.Q3_K,
        (F.MOSTLY_Q2_K, "attn_output"): T.Q3_K,
        (F.MOSTLY_Q2_K, "ffn_down"): T.Q3_K,
        (F.MOSTLY_Q3_K_M, "attn_qkv"): T.Q5_K if layer < 2 else T.Q4_K,  # noqa: PLR2004
        (F.MOSTLY_Q3_K_M, "attn_output"): T.Q4_K,
        (F.MOSTLY_Q3_K_M, "ffn_down"): T.Q5_K if layer < layers // 16 else T.Q4_K,
    }
    if more:
        choice |= {
            (F.MOSTLY_Q4_K_M, "attn_qkv"): T.Q6_K,
            (F.MOSTLY_Q4_K_M, "ffn_down"): T.Q6_K,
            (F.MOSTLY_Q5_K_M, "attn_qkv"): T.Q6_K,
            (F.MOSTLY_Q5_K_M, "ffn_down"): T.Q6_K,
        }
    if layer < 4:  # noqa: PLR2004
        choice[F.MOSTLY_Q4_K_S, "attn_qkv"] = T.Q5_K
    if early:
        choice[F.MOSTLY_Q4_K_S, "ffn_down"] = T.Q5_K
    return choice.get((wanted.file_type, kind))


def _fitting(chosen: T, row: int) -> T:
    """Returns the type itself, or the next one whose blocks divide a row."""
    for candidate in (chosen, _FALLBACK.get(chosen, chosen)):
        block, _ = GGML_QUANT_SIZES[candidate]
        if row % block == 0:
            return candidate
    return T.F16
