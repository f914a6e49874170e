"""Which type each tensor gets: llama.cpp's own choice for dense models.

The rules are those of `llama_tensor_get_type_impl` and `tensor_type_fallback` in
llama.cpp's `src/llama-quant.cpp`, without those for experts and for single
architectures that this program does not convert. None of our types needs an importance
matrix (`tensor_requires_imatrix` there), but a few rules ask whether there is one.
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
    """

    file_type: F
    base: T


OUTPUT_TYPES: Mapping[str, OutputType] = MappingProxyType(
    {
        "F32": OutputType(F.ALL_F32, T.F32),
        "F16": OutputType(F.MOSTLY_F16, T.F16),
        "BF16": OutputType(F.MOSTLY_BF16, T.BF16),
        "Q8_0": OutputType(F.MOSTLY_Q8_0, T.Q8_0),
        "Q6_K": OutputType(F.MOSTLY_Q6_K, T.Q6_K),
        "Q5_K_M": OutputType(F.MOSTLY_Q5_K_M, T.Q5_K),
        "Q5_K_S": OutputType(F.MOSTLY_Q5_K_S, T.Q5_K),
        "Q5_1": OutputType(F.MOSTLY_Q5_1, T.Q5_1),
        "Q5_0": OutputType(F.MOSTLY_Q5_0, T.Q5_0),
        "Q4_K_M": OutputType(F.MOSTLY_Q4_K_M, T.Q4_K),
        "Q4_K_S": OutputType(F.MOSTLY_Q4_K_S, T.Q4_K),
        "Q4_1": OutputType(F.MOSTLY_Q4_1, T.Q4_1),
        "Q4_0": OutputType(F.MOSTLY_Q4_0, T.Q4_0),
        "IQ4_NL": OutputType(F.MOSTLY_IQ4_NL, T.IQ4_NL),
        "IQ4_XS": OutputType(F.MOSTLY_IQ4_XS, T.IQ4_XS),
        "Q3_K_M": OutputType(F.MOSTLY_Q3_K_M, T.Q3_K),
        "Q2_K": OutputType(F.MOSTLY_Q2_K, T.Q2_K),
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
    T.IQ4_XS: T.IQ4_NL,
}
# What llama.cpp calls a 70B model, and a large group of heads.
_SEVENTY_LAYERS = 80
_LARGE_GROUP = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Traits:
    """What the rules ask about a model.

    Attributes:
        layers: Number of its layers.
        group: Query heads that share a key head.
        is_tied: Whether the embedding is the output, too.
        has_imatrix: Whether it is quantized with an importance matrix.
    """

    layers: int
    group: int = 1
    is_tied: bool = False
    has_imatrix: bool = False


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


def tensor_type(wanted: OutputType, tensor: Described, model: Traits) -> T:
    """Returns the type of a tensor.

    Args:
        wanted: What was asked for.
        tensor: The tensor.
        model: The model that it is of.
    """
    if len(tensor.shape) == 1:
        return T.F32
    if wanted.base in _FLOATS:
        return wanted.base
    row = tensor.shape[-1]
    output = "token_embd.weight" if model.is_tied else "output.weight"
    if tensor.name == output:
        return _fitting(_output_type(wanted.base, row), row)
    if tensor.layer < 0:
        return _fitting(wanted.base, row)
    kind = tensor.name.split(".")[2]
    return _fitting(_layer_type(wanted, kind, tensor.layer, model=model), row)


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


def _layer_type(wanted: OutputType, kind: str, layer: int, *, model: Traits) -> T:
    """Returns the type of a layer's matrix, whatever the length of its rows.

    Args:
        wanted: What was asked for.
        kind: What it is, such as `attn_qkv`.
        layer: Number of its layer.
        model: The model that it is of.
    """
    match kind:
        case "attn_v" | "attn_qkv":
            return _value_type(wanted, layer, model)
        case "ffn_down":
            rules = _down_rules(layer, model)
        case "attn_output":
            rules = {F.MOSTLY_Q2_K: T.Q3_K, F.MOSTLY_Q3_K_M: T.Q4_K}
        case _:
            rules = {}
    return rules.get(wanted.file_type, wanted.base)


def _value_type(wanted: OutputType, layer: int, model: Traits) -> T:
    """Returns the type of the values' matrix, or of the one that they are part of."""
    is_large = model.group >= _LARGE_GROUP
    rules = {
        F.MOSTLY_Q2_K: T.Q4_K if is_large else T.Q3_K,
        F.MOSTLY_Q3_K_M: T.Q5_K if layer < 2 else T.Q4_K,  # noqa: PLR2004
    }
    if is_large:
        rules |= {F.MOSTLY_IQ4_NL: T.Q5_K, F.MOSTLY_IQ4_XS: T.Q5_K}
    if _gets_more(layer, model.layers):
        rules |= {F.MOSTLY_Q4_K_M: T.Q6_K, F.MOSTLY_Q5_K_M: T.Q6_K}
    if layer < 4:  # noqa: PLR2004
        rules[F.MOSTLY_Q4_K_S] = T.Q5_K
    chosen = rules.get(wanted.file_type, wanted.base)
    is_seventy = model.layers == _SEVENTY_LAYERS and model.group > 1
    return T.Q5_K if is_seventy and chosen in {T.Q3_K, T.Q4_K} else chosen


def _down_rules(layer: int, model: Traits) -> dict[F, T]:
    """Returns the types of the matrix that leads out of a layer's MLP."""
    rules = {
        F.MOSTLY_Q2_K: T.Q3_K,
        F.MOSTLY_Q3_K_M: T.Q5_K if layer < model.layers // 16 else T.Q4_K,
    }
    if _gets_more(layer, model.layers):
        rules |= {F.MOSTLY_Q4_K_M: T.Q6_K, F.MOSTLY_Q5_K_M: T.Q6_K}
    if layer < model.layers // 8:
        rules[F.MOSTLY_Q4_K_S] = T.Q5_K
        rules |= (
            {F.MOSTLY_Q4_0: T.Q4_1, F.MOSTLY_Q5_0: T.Q5_1}
            if model.has_imatrix
            else {F.MOSTLY_IQ4_NL: T.Q5_K, F.MOSTLY_IQ4_XS: T.Q5_K}
        )
    return rules


def _gets_more(layer: int, layers: int) -> bool:
    """Whether a layer is in the first or last eighth, or every third one between."""
    early = layers // 8
    return layer < early or layer >= 7 * layers // 8 or (layer - early) % 3 == 2  # noqa: PLR2004


def _fitting(chosen: T, row: int) -> T:
    """Returns the type itself, or the next one whose blocks divide a row."""
    for candidate in (chosen, _FALLBACK.get(chosen, chosen)):
        block, _ = GGML_QUANT_SIZES[candidate]
        if row % block == 0:
            return candidate
    return T.F16
