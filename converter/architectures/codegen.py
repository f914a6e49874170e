"""CodeGen, the architecture of MOSS-003, as llama.cpp's `phi2`.

llama.cpp has no CodeGen, but its phi2 graph computes the same function: one LayerNorm
feeds attention and MLP in parallel, rotary embedding turns a part of each head, GELU
by tanh, an output bias. What differs is the order of qkv's rows, see
`converter.tensors.qkv_order`. Source: `transformers/models/codegen/modeling_codegen.py`
and llama.cpp's `src/models/phi2.cpp`.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from converter import gptq
from converter.errors import CheckpointError, TensorError, UnsupportedError
from converter.metadata import Entry
from converter.tensors import Rows, StoredRows, StoredTensor, ZeroRows, qkv_order

NAME = "phi2"
ROPE_BASE = 10000.0
PARTS = 4
"""CodeGen's `mp_num`, a constant of its code."""

_MODEL_TYPES = ("moss", "codegen")
_ACTIVATIONS = ("gelu_new", "gelu_pytorch_tanh")
# Buffers, not weights: the mask is made anew by whoever runs the model.
_BUFFER = re.compile(
    r"transformer\.h\.\d+\.attn\.(causal_mask|masked_bias|bias|embed_positions)"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hyperparameters:
    """The numbers that fix a model's shape.

    Attributes:
        width: `n_embd`.
        layers: `n_layer`.
        heads: `n_head`, a multiple of `PARTS`.
        inner: `n_inner`, the width inside the MLP.
        context: `n_positions`.
        rotary: `rotary_dim`, rotating dimensions of a head; even.
        vocabulary: `vocab_size`, rows of the embedding, padding included.
        epsilon: `layer_norm_epsilon`.
    """

    width: int
    layers: int
    heads: int
    inner: int
    context: int
    rotary: int
    vocabulary: int
    epsilon: float

    @property
    def head_size(self) -> int:
        """Dimensions of a head."""
        return self.width // self.heads

    @classmethod
    def from_config(cls, config: Mapping[str, Any], file: Path) -> Self:
        """Reads and checks a `config.json`.

        Args:
            config: Its contents.
            file: Where it is, for messages.

        Raises:
            UnsupportedError: It describes another architecture.
            CheckpointError: A number is missing or does not fit.
        """
        _check_kind(config, file)
        width = _count(config, file, "n_embd")
        parameters = cls(
            width=width,
            layers=_count(config, file, "n_layer"),
            heads=_count(config, file, "n_head"),
            inner=_count(config, file, "n_inner", default=4 * width),
            context=_count(config, file, "n_positions", "n_ctx"),
            rotary=_count(config, file, "rotary_dim"),
            vocabulary=_count(config, file, "vocab_size"),
            epsilon=_number(config, file, "layer_norm_epsilon"),
        )
        if width % parameters.heads or parameters.heads % PARTS:
            raise CheckpointError(
                problem=f"n_embd {width} and n_head {parameters.heads} do not divide "
                f"into {PARTS} parts",
                file=file,
            )
        if parameters.rotary % 2 or parameters.rotary > parameters.head_size:
            raise CheckpointError(
                problem=f"rotary_dim {parameters.rotary} does not fit heads of "
                f"{parameters.head_size} dimensions",
                file=file,
            )
        return parameters


def _check_kind(config: Mapping[str, Any], file: Path) -> None:
    kind = config.get("model_type")
    if kind not in _MODEL_TYPES:
        raise UnsupportedError(
            problem=f"model_type is {kind!r:.40}, neither moss nor codegen",
            file=file,
            remedy="use llama.cpp's own converter for other models",
        )
    activation = config.get("activation_function", "gelu_new")
    if activation not in _ACTIVATIONS:
        raise UnsupportedError(
            problem=f"llama.cpp's phi2 has no activation {activation!r:.40}",
            file=file,
        )
    if config.get("tie_word_embeddings", False):
        raise UnsupportedError(
            problem="tie_word_embeddings is true, as in no published model",
            file=file,
        )


def _count(
    config: Mapping[str, Any], file: Path, *names: str, default: int | None = None
) -> int:
    for name in names:
        value = config.get(name)
        if value is None:
            continue
        if type(value) is int and 0 < value < 1 << 31:
            return value
        raise CheckpointError(problem=f"{name} is {value!r:.40}, no count", file=file)
    if default is None:
        raise CheckpointError(
            problem=f"{names[0]} is missing",
            file=file,
            remedy="download the file again",
        )
    return default


def _number(config: Mapping[str, Any], file: Path, name: str) -> float:
    value = config.get(name, 1e-5)
    if type(value) in {int, float} and 0 < value < 1:
        return float(value)
    raise CheckpointError(
        problem=f"{name} is {value!r:.40}, no small number", file=file
    )


def metadata(parameters: Hyperparameters) -> Iterator[Entry]:
    """Yields the architecture's entries of the GGUF header."""
    for key, count in (
        ("vocab_size", parameters.vocabulary),
        ("context_length", parameters.context),
        ("embedding_length", parameters.width),
        ("feed_forward_length", parameters.inner),
        ("block_count", parameters.layers),
        ("attention.head_count", parameters.heads),
        ("attention.head_count_kv", parameters.heads),
        ("attention.key_length", parameters.head_size),
        ("attention.value_length", parameters.head_size),
        ("rope.dimension_count", parameters.rotary),
    ):
        yield Entry.count(f"{NAME}.{key}", count)
    yield Entry.number(f"{NAME}.attention.layer_norm_epsilon", parameters.epsilon)
    yield Entry.number(f"{NAME}.rope.freq_base", ROPE_BASE)


@dataclass(frozen=True, slots=True)
class Target:
    """A tensor of the GGUF and where its rows come from.

    Attributes:
        name: llama.cpp's name for it.
        rows: What it is made of.
        layer: Number of its layer, or -1.
    """

    name: str
    rows: Rows
    layer: int = -1

    @property
    def shape(self) -> tuple[int, ...]:
        """Its shape, outermost dimension first."""
        return self.rows.shape


@dataclass(frozen=True, slots=True)
class Plan:
    """What becomes of every tensor of the checkpoint.

    Attributes:
        targets: The tensors to write, in order.
        skipped: Names of the buffers left out.
    """

    targets: tuple[Target, ...]
    skipped: tuple[str, ...]


def plan(parameters: Hyperparameters, tensors: Mapping[str, StoredTensor]) -> Plan:
    """Maps the tensors of a checkpoint to those of the GGUF.

    Every tensor is used exactly once or skipped by name, and every shape is checked.

    Raises:
        TensorError: A tensor is missing, unknown, of a wrong shape or type.
        UnsupportedError: The weights are quantized with GPTQ to other bits than 4 or 8.
    """
    skipped = tuple(name for name in tensors if _BUFFER.fullmatch(name))
    unused = {name: tensors[name] for name in tensors if not _BUFFER.fullmatch(name)}
    targets = tuple(_targets(parameters, unused))
    if unused:
        name, tensor = next(iter(unused.items()))
        raise TensorError(
            problem=f"it has no place in a model of {parameters.layers} layers "
            f"({len(unused)} such tensors)",
            file=tensor.file,
            tensor=name,
            remedy="check that config.json belongs to these weights",
        )
    return Plan(targets, skipped)


def _targets(
    parameters: Hyperparameters, unused: dict[str, StoredTensor]
) -> Iterator[Target]:
    width, vocabulary = parameters.width, parameters.vocabulary

    yield Target(
        "token_embd.weight",
        StoredRows(_take(unused, "transformer.wte.weight", (vocabulary, width))),
    )
    order = qkv_order(
        heads=parameters.heads,
        head_size=parameters.head_size,
        rotary=parameters.rotary,
        parts=PARTS,
    )
    for layer in range(parameters.layers):
        source, target = f"transformer.h.{layer}.", f"blk.{layer}."
        for new, old, shape in _layer_table(parameters):
            rows = _rows(
                unused,
                source + old,
                shape,
                order=order if new == "attn_qkv.weight" else None,
            )
            yield Target(target + new, rows, layer)
        # phi2 insists on this bias; CodeGen has none.
        yield Target(target + "attn_output.bias", ZeroRows((width,)), layer)
    for new, old, shape in (
        ("output_norm.weight", "transformer.ln_f.weight", (width,)),
        ("output_norm.bias", "transformer.ln_f.bias", (width,)),
        ("output.weight", "lm_head.weight", (vocabulary, width)),
        ("output.bias", "lm_head.bias", (vocabulary,)),
    ):
        yield Target(new, _rows(unused, old, shape))


def _layer_table(
    parameters: Hyperparameters,
) -> tuple[tuple[str, str, tuple[int, ...]], ...]:
    """Returns GGUF name, checkpoint name and shape of a layer's tensors."""
    width, inner = parameters.width, parameters.inner
    return (
        ("attn_norm.weight", "ln_1.weight", (width,)),
        ("attn_norm.bias", "ln_1.bias", (width,)),
        ("attn_qkv.weight", "attn.qkv_proj.weight", (3 * width, width)),
        ("attn_output.weight", "attn.out_proj.weight", (width, width)),
        ("ffn_up.weight", "mlp.fc_in.weight", (inner, width)),
        ("ffn_up.bias", "mlp.fc_in.bias", (inner,)),
        ("ffn_down.weight", "mlp.fc_out.weight", (width, inner)),
        ("ffn_down.bias", "mlp.fc_out.bias", (width,)),
    )


def _rows(
    unused: dict[str, StoredTensor],
    name: str,
    shape: tuple[int, ...],
    *,
    order: NDArray[np.intp] | None = None,
) -> Rows:
    """Returns the rows of a weight, dense or quantized with GPTQ."""
    stem = name.removesuffix("weight")
    match shape:
        case (out, width) if name not in unused and any(
            stem + part in unused for part in gptq.PARTS
        ):
            parts = {part: _pop(unused, stem + part) for part in gptq.PARTS}
            linear = gptq.GptqLinear.checked(parts, shape=(out, width))
            return gptq.rows(linear, order)
        case _:
            return StoredRows(_take(unused, name, shape), order)


def _pop(unused: dict[str, StoredTensor], name: str) -> StoredTensor:
    try:
        return unused.pop(name)
    except KeyError as error:
        raise TensorError(
            problem="it is missing in the checkpoint",
            tensor=name,
            remedy="check that all weight files are there and belong together",
        ) from error


def _take(
    unused: dict[str, StoredTensor], name: str, shape: tuple[int, ...]
) -> StoredTensor:
    tensor = _pop(unused, name)
    if tensor.shape != shape:
        raise TensorError(
            problem=f"its shape is {list(tensor.shape)} instead of {list(shape)}",
            file=tensor.file,
            tensor=name,
            remedy="check that config.json belongs to these weights",
        )
    if not tensor.dtype.is_weight:
        raise TensorError(
            problem=f"its type is {tensor.dtype.value}, not a float of 16 or 32 bits",
            file=tensor.file,
            tensor=name,
        )
    return tensor
