"""Llama's forward pass in NumPy, to measure a converted file against.

Written after `transformers/models/llama/modeling_llama.py`, on the checkpoint's own
tensors, and on purpose without the transforms of `converter.tensors` and
`converter.gptq`: rotary pairs are half a head apart. Weights are read a slice at a
time; what is kept is the state of all tokens between two layers.
"""

from collections.abc import Mapping, Sequence

import numpy as np
from typing_extensions import override

from converter.architectures.llama import Llama
from converter.original import OriginalModel, attended
from converter.reference_weights import Floats
from converter.tensors import StoredTensor

_EMBEDDING = "model.embed_tokens"


class LlamaReference(OriginalModel):
    """A Llama model."""

    def __init__(self, parameters: Llama, tensors: Mapping[str, StoredTensor]) -> None:
        """Takes a checkpoint.

        Args:
            parameters: Its shape.
            tensors: Its tensors.
        """
        super().__init__(parameters.layers, tensors)
        self._parameters = parameters

    @override
    def output(self, states: Floats) -> Floats:
        """Returns the logits that follow from some states, [rows, vocabulary]."""
        is_tied = self._parameters.is_tied
        return self._weights.product(states, _EMBEDDING if is_tied else "lm_head")

    @override
    def _embedded(self, tokens: Sequence[int]) -> Floats:
        return self._weights.rows(_EMBEDDING + ".weight", tokens)

    @override
    def _passed_through(self, states: Floats, layer: int) -> Floats:
        name = f"model.layers.{layer}."
        normed = self._normed(states, name + "input_layernorm")
        states = states + self._attention(normed, name + "self_attn.")
        normed = self._normed(states, name + "post_attention_layernorm")
        return states + self._mlp(normed, name + "mlp.")

    @override
    def _finished(self, states: Floats) -> Floats:
        return self._normed(states, "model.norm")

    def _linear(self, values: Floats, name: str, *, bias: bool) -> Floats:
        result = self._weights.product(values, name)
        if bias:
            result += self._weights.vector(name + ".bias")
        return result

    def _normed(self, values: Floats, name: str) -> Floats:
        mean = np.square(values).mean(axis=-1, keepdims=True)
        normed = values / np.sqrt(mean + np.float32(self._parameters.epsilon))
        scaled: Floats = normed * self._weights.vector(name + ".weight")
        return scaled

    def _mlp(self, values: Floats, name: str) -> Floats:
        bias = self._parameters.has_mlp_bias
        gate = self._linear(values, name + "gate_proj", bias=bias)
        inner = self._linear(values, name + "up_proj", bias=bias)
        inner *= gate / (1 + np.exp(-gate))
        return self._linear(inner, name + "down_proj", bias=bias)

    def _attention(self, values: Floats, name: str) -> Floats:
        model, count = self._parameters, len(values)
        queries, keys, all_values = (
            self._linear(
                values, f"{name}{part}_proj", bias=model.has_attention_bias
            ).reshape(count, -1, model.head_size)
            for part in "qkv"
        )
        mixed = np.empty_like(queries)
        for head in range(model.heads):
            shared = head // model.group  # neighbours share a head of keys and values
            query, key = (
                self._rotated(part) for part in (queries[:, head], keys[:, shared])
            )
            mixed[:, head] = attended(query @ key.T, all_values[:, shared])
        return self._linear(
            mixed.reshape(count, -1), name + "o_proj", bias=model.has_attention_bias
        )

    def _rotated(self, values: Floats) -> Floats:
        """Turns pairs of dimensions, half a head apart, by their position."""
        size = self._parameters.head_size
        frequency = self._parameters.rope_base ** (-np.arange(0, size, 2) / size)
        position = np.arange(len(values)) / self._parameters.rope_factor
        angle = np.outer(position, frequency)
        cosine, sine = np.cos(angle).astype("f4"), np.sin(angle).astype("f4")
        first, second = values[:, : size // 2], values[:, size // 2 :]
        turned = first * cosine - second * sine, second * cosine + first * sine
        result: Floats = np.concatenate(turned, axis=1)
        return result
