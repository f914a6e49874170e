"""Llama's forward pass in NumPy, to measure a converted file against.

Written after `transformers/models/llama/modeling_llama.py`, on the checkpoint's own
tensors, and on purpose without the transforms of `converter.tensors` and
`converter.gptq`: rotary pairs are half a head apart. Weights are read a slice at a
time; what is kept is the state of all tokens between two layers.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from converter.architectures.llama import Llama
from converter.reference_weights import Floats, ReferenceWeights
from converter.tensors import StoredTensor

_EMBEDDING = "model.embed_tokens"


@dataclass(frozen=True, slots=True)
class LlamaReference:
    """A Llama model that computes in float32.

    Attributes:
        parameters: Its shape.
        tensors: The checkpoint's tensors.
    """

    parameters: Llama
    tensors: Mapping[str, StoredTensor]

    @property
    def _weights(self) -> ReferenceWeights:
        return ReferenceWeights(self.tensors)

    def logits(self, tokens: Sequence[int]) -> Floats:
        """Returns the logits behind each token, all at once.

        Args:
            tokens: A text from its beginning on.

        Returns:
            An array of shape [tokens, vocabulary].
        """
        return self.output(self.states(tokens))

    def states(
        self, tokens: Sequence[int], passed: Callable[[int], None] | None = None
    ) -> Floats:
        """Returns the state behind each token that the output is computed from.

        Args:
            tokens: A text from its beginning on.
            passed: Is called with the number of layers that are done, after each.

        Returns:
            An array of shape [tokens, width].
        """
        states = self._weights.rows(_EMBEDDING + ".weight", tokens)
        for layer in range(self.parameters.layers):
            name = f"model.layers.{layer}."
            normed = self._normed(states, name + "input_layernorm")
            states = states + self._attention(normed, name + "self_attn.")
            normed = self._normed(states, name + "post_attention_layernorm")
            states = states + self._mlp(normed, name + "mlp.")
            if passed is not None:
                passed(layer + 1)
        return self._normed(states, "model.norm")

    def output(self, states: Floats) -> Floats:
        """Returns the logits that follow from some states.

        Args:
            states: Some or all rows of what `states` returned.

        Returns:
            An array of shape [rows, vocabulary].
        """
        is_tied = self.parameters.is_tied
        return self._weights.product(states, _EMBEDDING if is_tied else "lm_head")

    def _linear(self, values: Floats, name: str, *, bias: bool) -> Floats:
        result = self._weights.product(values, name)
        if bias:
            result += self._weights.vector(name + ".bias")
        return result

    def _normed(self, values: Floats, name: str) -> Floats:
        mean = np.square(values).mean(axis=-1, keepdims=True)
        normed = values / np.sqrt(mean + np.float32(self.parameters.epsilon))
        scaled: Floats = normed * self._weights.vector(name + ".weight")
        return scaled

    def _mlp(self, values: Floats, name: str) -> Floats:
        bias = self.parameters.has_mlp_bias
        gate = self._linear(values, name + "gate_proj", bias=bias)
        inner = self._linear(values, name + "up_proj", bias=bias)
        inner *= gate / (1 + np.exp(-gate))
        return self._linear(inner, name + "down_proj", bias=bias)

    def _attention(self, values: Floats, name: str) -> Floats:
        model, count = self.parameters, len(values)
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
            mixed[:, head] = _attended(query @ key.T, all_values[:, shared])
        return self._linear(
            mixed.reshape(count, -1), name + "o_proj", bias=model.has_attention_bias
        )

    def _rotated(self, values: Floats) -> Floats:
        """Turns pairs of dimensions, half a head apart, by their position."""
        size = self.parameters.head_size
        frequency = self.parameters.rope_base ** (-np.arange(0, size, 2) / size)
        position = np.arange(len(values)) / self.parameters.rope_factor
        angle = np.outer(position, frequency)
        cosine, sine = np.cos(angle).astype("f4"), np.sin(angle).astype("f4")
        first, second = values[:, : size // 2], values[:, size // 2 :]
        turned = first * cosine - second * sine, second * cosine + first * sine
        result: Floats = np.concatenate(turned, axis=1)
        return result


def _attended(scores: Floats, values: Floats) -> Floats:
    """Returns one head's mixture of values, [tokens, size].

    Args:
        scores: Queries times keys, [tokens, tokens].
        values: The values, [tokens, size].
    """
    scores = scores / np.sqrt(np.float32(values.shape[1]))
    scores[~np.tri(len(scores), dtype=np.bool_)] = -np.inf
    weights = np.exp(scores - scores.max(axis=-1, keepdims=True))
    weights /= weights.sum(axis=-1, keepdims=True)
    mixed: Floats = weights @ values
    return mixed
