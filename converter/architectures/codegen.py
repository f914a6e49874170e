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

from converter.architectures.config import MAX_CONTEXT, MAX_LAYERS, count, number
from converter.errors import CheckpointError, UnsupportedError
from converter.intake import Target
from converter.metadata import Entry
from converter.tensors import qkv_order
from converter.vocabulary import Tokenizer

ROPE_BASE = 10000.0
PARTS = 4
"""CodeGen's `mp_num`, a constant of its code."""

_ACTIVATIONS = ("gelu_new", "gelu_pytorch_tanh")
# Buffers, not weights: the mask is made anew by whoever runs the model.
_BUFFER = re.compile(
    r"transformer\.h\.\d+\.attn\.(causal_mask|masked_bias|bias|embed_positions)"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeGen:
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
    def name(self) -> str:
        """llama.cpp's name of what computes it."""
        return "phi2"

    @property
    def title(self) -> str:
        """Its own name."""
        return "CodeGen"

    @property
    def tokenizer(self) -> Tokenizer:
        """How it splits text."""
        return Tokenizer.GPT2

    @property
    def group(self) -> int:
        """Heads that share a key head."""
        return 1

    @property
    def is_tied(self) -> bool:
        """Whether the embedding is the output, too."""
        return False

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
            UnsupportedError: It describes what llama.cpp's phi2 cannot compute.
            CheckpointError: A number is missing or does not fit.
        """
        _check_kind(config, file)
        width = count(config, file, "n_embd")
        model = cls(
            width=width,
            layers=count(config, file, "n_layer", most=MAX_LAYERS),
            heads=count(config, file, "n_head"),
            inner=count(config, file, "n_inner", default=4 * width),
            context=count(config, file, "n_positions", "n_ctx", most=MAX_CONTEXT),
            rotary=count(config, file, "rotary_dim"),
            vocabulary=count(config, file, "vocab_size"),
            epsilon=number(config, file, "layer_norm_epsilon"),
        )
        if width % model.heads or model.heads % PARTS:
            raise CheckpointError(
                problem=f"n_embd {width} and n_head {model.heads} do not divide "
                f"into {PARTS} parts",
                file=file,
            )
        if model.rotary % 2 or model.rotary > model.head_size:
            raise CheckpointError(
                problem=f"rotary_dim {model.rotary} does not fit heads of "
                f"{model.head_size} dimensions",
                file=file,
            )
        return model

    def metadata(self) -> Iterator[Entry]:
        """Yields the entries of the GGUF header."""
        for key, value in (
            ("vocab_size", self.vocabulary),
            ("context_length", self.context),
            ("embedding_length", self.width),
            ("feed_forward_length", self.inner),
            ("block_count", self.layers),
            ("attention.head_count", self.heads),
            ("attention.head_count_kv", self.heads),
            ("attention.key_length", self.head_size),
            ("attention.value_length", self.head_size),
            ("rope.dimension_count", self.rotary),
        ):
            yield Entry.count(f"{self.name}.{key}", value)
        yield Entry.number(f"{self.name}.attention.layer_norm_epsilon", self.epsilon)
        yield Entry.number(f"{self.name}.rope.freq_base", ROPE_BASE)

    def targets(self) -> Iterator[Target]:
        """Yields the tensors of the GGUF, in order."""
        width, vocabulary = self.width, self.vocabulary
        yield Target(
            name="token_embd.weight",
            shape=(vocabulary, width),
            source="transformer.wte.weight",
        )
        order = qkv_order(
            heads=self.heads,
            head_size=self.head_size,
            rotary=self.rotary,
            parts=PARTS,
        )
        for layer in range(self.layers):
            yield from self._layer(layer, order)
        for name, source, shape in (
            ("output_norm.weight", "transformer.ln_f.weight", (width,)),
            ("output_norm.bias", "transformer.ln_f.bias", (width,)),
            ("output.weight", "lm_head.weight", (vocabulary, width)),
            ("output.bias", "lm_head.bias", (vocabulary,)),
        ):
            yield Target(name=name, shape=shape, source=source)

    def is_buffer(self, name: str) -> bool:
        """Returns whether a tensor of a checkpoint is no weight and is left out."""
        return _BUFFER.fullmatch(name) is not None

    def _layer(self, layer: int, order: NDArray[np.intp]) -> Iterator[Target]:
        width, inner = self.width, self.inner
        for name, source, shape in (
            ("attn_norm.weight", "ln_1.weight", (width,)),
            ("attn_norm.bias", "ln_1.bias", (width,)),
            ("attn_qkv.weight", "attn.qkv_proj.weight", (3 * width, width)),
            ("attn_output.weight", "attn.out_proj.weight", (width, width)),
            ("ffn_up.weight", "mlp.fc_in.weight", (inner, width)),
            ("ffn_up.bias", "mlp.fc_in.bias", (inner,)),
            ("ffn_down.weight", "mlp.fc_out.weight", (width, inner)),
            ("ffn_down.bias", "mlp.fc_out.bias", (width,)),
            # phi2 insists on this bias; CodeGen has none.
            ("attn_output.bias", "", (width,)),
        ):
            yield Target(
                name=f"blk.{layer}.{name}",
                shape=shape,
                source=source and f"transformer.h.{layer}.{source}",
                order=order if name == "attn_qkv.weight" else None,
                layer=layer,
            )


def _check_kind(config: Mapping[str, Any], file: Path) -> None:
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
