"""Llama, the architecture of moss-base-7b, as llama.cpp's own `llama`.

llama.cpp computes what `transformers/models/llama/modeling_llama.py` does; only the
rows of queries and keys come in another order, see
`converter.tensors.interleaved_order`. Source on the other side: llama.cpp's
`src/models/llama.cpp`.

What is known of fnlp/moss-base-7b, from its pages on the hub (state 4e94a7a, August
2023, with its `config.json` and `tokenizer_config.json`) and from an adapter that loads
its weights into vLLM: it calls itself `moss`, as MOSS-003 does, and brings code of its
own, which is Llama's; its config has Llama's keys, without `num_key_value_heads` and
anything about rotary embedding (base 10000 in its code); 32 layers of 4096, 32 heads,
11008 within the MLP, 92494 tokens, untied, epsilon 1e-5. Three shards of float32 with
an index of 26.8 kB: just what Llama's names of 7B take, buffers `inv_freq` included and
biases not. Its `tokenizer.model` was not seen.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from converter.architectures.config import (
    MAX_CONTEXT,
    MAX_COUNT,
    MAX_LAYERS,
    count,
    flag,
    number,
    table,
)
from converter.errors import CheckpointError, UnsupportedError
from converter.intake import Target
from converter.metadata import Entry
from converter.tensors import interleaved_order
from converter.vocabulary import Tokenizer

# What transformers takes where a config does not say, and what a float32 can hold.
_ROPE_BASE = 10000.0
_EPSILON = 1e-6
_LARGEST = 1e30

_UNSCALED = "default"
_ACTIVATIONS = ("silu", "swish")
# Tables of sines, made anew by whoever runs the model.
_BUFFER = re.compile(
    r"model\.(layers\.\d+\.self_attn\.)?rotary_emb\.(inv_freq|(cos|sin)_cached)"
)
_OUTPUT = "lm_head.weight"


@dataclass(frozen=True, slots=True, kw_only=True)
class Llama:
    """The numbers that fix a model's shape.

    Attributes:
        width: `hidden_size`.
        layers: `num_hidden_layers`.
        heads: `num_attention_heads`.
        key_heads: `num_key_value_heads`, which divides `heads`.
        head_size: `head_dim`, even.
        inner: `intermediate_size`.
        context: `max_position_embeddings`.
        vocabulary: `vocab_size`, rows of the embedding, padding included.
        epsilon: `rms_norm_eps`.
        rope_base: `rope_theta`.
        rope_factor: Positions are divided by it: 1 without scaling.
        is_tied: `tie_word_embeddings`.
        has_attention_bias: `attention_bias`.
        has_mlp_bias: `mlp_bias`.
    """

    width: int
    layers: int
    heads: int
    key_heads: int
    head_size: int
    inner: int
    context: int
    vocabulary: int
    epsilon: float
    rope_base: float = _ROPE_BASE
    rope_factor: float = 1.0
    is_tied: bool = False
    has_attention_bias: bool = False
    has_mlp_bias: bool = False

    @property
    def name(self) -> str:
        """llama.cpp's name of what computes it."""
        return "llama"

    @property
    def title(self) -> str:
        """Its own name."""
        return "Llama"

    @property
    def tokenizer(self) -> Tokenizer:
        """How it splits text."""
        return Tokenizer.SENTENCEPIECE

    @property
    def group(self) -> int:
        """Heads that share a key head."""
        return self.heads // self.key_heads

    @classmethod
    def from_config(cls, config: Mapping[str, Any], file: Path) -> Self:
        """Reads and checks a `config.json`.

        Args:
            config: Its contents.
            file: Where it is, for messages.

        Raises:
            UnsupportedError: It describes what llama.cpp's llama cannot compute.
            CheckpointError: A number is missing or does not fit.
        """
        _check_kind(config, file)
        width = count(config, file, "hidden_size")
        heads = count(config, file, "num_attention_heads")
        size, rest = divmod(width, heads)
        if config.get("head_dim") is None and (rest or not size):
            raise CheckpointError(
                problem=f"hidden_size {width} does not divide into {heads} heads",
                file=file,
            )
        base, factor = _rope(config, file)
        model = cls(
            width=width,
            layers=count(config, file, "num_hidden_layers", most=MAX_LAYERS),
            heads=heads,
            key_heads=count(config, file, "num_key_value_heads", default=heads),
            head_size=count(config, file, "head_dim", default=size),
            inner=count(config, file, "intermediate_size"),
            context=count(config, file, "max_position_embeddings", most=MAX_CONTEXT),
            vocabulary=count(config, file, "vocab_size"),
            epsilon=number(config, file, "rms_norm_eps", default=_EPSILON),
            rope_base=base,
            rope_factor=factor,
            is_tied=flag(config, file, "tie_word_embeddings"),
            has_attention_bias=flag(config, file, "attention_bias"),
            has_mlp_bias=flag(config, file, "mlp_bias"),
        )
        model._check(file)
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
            ("attention.head_count_kv", self.key_heads),
            ("attention.key_length", self.head_size),
            ("attention.value_length", self.head_size),
            ("rope.dimension_count", self.head_size),
        ):
            yield Entry.count(f"{self.name}.{key}", value)
        norm = f"{self.name}.attention.layer_norm_rms_epsilon"
        yield Entry.number(norm, self.epsilon)
        yield Entry.number(f"{self.name}.rope.freq_base", self.rope_base)
        if self.rope_factor != 1:
            yield Entry.text(f"{self.name}.rope.scaling.type", "linear")
            yield Entry.number(f"{self.name}.rope.scaling.factor", self.rope_factor)

    def targets(self) -> Iterator[Target]:
        """Yields the tensors of the GGUF, in order."""
        table_shape = (self.vocabulary, self.width)
        yield Target(
            name="token_embd.weight",
            shape=table_shape,
            source="model.embed_tokens.weight",
        )
        for layer in range(self.layers):
            yield from self._norms(layer)
            yield from self._linears(layer)
        yield Target(
            name="output_norm.weight", shape=(self.width,), source="model.norm.weight"
        )
        if not self.is_tied:
            yield Target(name="output.weight", shape=table_shape, source=_OUTPUT)

    def is_buffer(self, name: str) -> bool:
        """Returns whether a tensor of a checkpoint is no weight and is left out.

        Where embedding and output are one, PyTorch stores that one twice.
        """
        return _BUFFER.fullmatch(name) is not None or (self.is_tied and name == _OUTPUT)

    def _check(self, file: Path) -> None:
        """Makes sure that the numbers fit together."""
        if self.heads * self.head_size > MAX_COUNT or self.head_size % 2:
            raise CheckpointError(
                problem=f"{self.heads} heads of {self.head_size} dimensions are no "
                f"heads of an even size, or more than {MAX_COUNT} dimensions",
                file=file,
            )
        if self.heads % self.key_heads:
            raise CheckpointError(
                problem=f"num_key_value_heads {self.key_heads} does not divide "
                f"num_attention_heads {self.heads}",
                file=file,
            )

    def _norms(self, layer: int) -> Iterator[Target]:
        for name, source in (
            ("attn_norm", "input_layernorm"),
            ("ffn_norm", "post_attention_layernorm"),
        ):
            yield Target(
                name=f"blk.{layer}.{name}.weight",
                shape=(self.width,),
                source=f"model.layers.{layer}.{source}.weight",
                layer=layer,
            )

    def _linears(self, layer: int) -> Iterator[Target]:
        width, inner, size = self.width, self.inner, self.head_size
        orders = {
            "attn_q": interleaved_order(heads=self.heads, head_size=size),
            "attn_k": interleaved_order(heads=self.key_heads, head_size=size),
        }
        for name, source, shape in (
            ("attn_q", "self_attn.q_proj", (self.heads * size, width)),
            ("attn_k", "self_attn.k_proj", (self.key_heads * size, width)),
            ("attn_v", "self_attn.v_proj", (self.key_heads * size, width)),
            ("attn_output", "self_attn.o_proj", (width, self.heads * size)),
            ("ffn_gate", "mlp.gate_proj", (inner, width)),
            ("ffn_up", "mlp.up_proj", (inner, width)),
            ("ffn_down", "mlp.down_proj", (width, inner)),
        ):
            is_mlp = source.startswith("mlp")
            has_bias = self.has_mlp_bias if is_mlp else self.has_attention_bias
            for part, part_shape in (("weight", shape), ("bias", shape[:1])):
                if part == "bias" and not has_bias:
                    continue
                yield Target(
                    name=f"blk.{layer}.{name}.{part}",
                    shape=part_shape,
                    source=f"model.layers.{layer}.{source}.{part}",
                    order=orders.get(name),
                    layer=layer,
                )


def _rope(config: Mapping[str, Any], file: Path) -> tuple[float, float]:
    """Returns base and factor of the rotary embedding.

    Up to version 4 transformers writes `rope_theta` beside a `rope_scaling`, from 5 on
    both into `rope_parameters`.
    """
    rope = {
        "rope_theta": config.get("rope_theta"),
        "partial_rotary_factor": config.get("partial_rotary_factor"),
        **table(config, file, "rope_scaling"),
        **table(config, file, "rope_parameters"),
    }
    kind = rope.get("rope_type", rope.get("type", _UNSCALED))
    if kind not in (_UNSCALED, "linear"):
        raise UnsupportedError(
            problem=f"rotary positions are scaled by the rule {kind!r:.40}, and only "
            "'linear' is converted",
            file=file,
            remedy="use llama.cpp's own converter for this model",
        )
    part = rope.get("partial_rotary_factor")
    if part not in (None, 1):
        raise UnsupportedError(
            problem=f"only {part!r:.40} of each head rotates, and with llama.cpp's "
            "llama all of it does",
            file=file,
        )
    most = _LARGEST
    base = number(rope, file, "rope_theta", default=_ROPE_BASE, most=most)
    if kind == _UNSCALED:
        return base, 1.0
    return base, number(rope, file, "factor", default=1.0, most=most)


def _check_kind(config: Mapping[str, Any], file: Path) -> None:
    activation = config.get("hidden_act", "silu")
    if activation not in _ACTIVATIONS:
        raise UnsupportedError(
            problem=f"llama.cpp's llama has no activation {activation!r:.40}", file=file
        )
