"""CodeGen's forward pass in NumPy, to measure a converted file against.

Written after `transformers/models/codegen/modeling_codegen.py`, on the checkpoint's own
tensors, and on purpose without the transforms of `converter.tensors` and
`converter.gptq`: qkv in its four blocks, interleaved rotary pairs. Weights are read a
slice at a time; what is kept is the state of all tokens between two layers.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from converter.architectures.codegen import PARTS, ROPE_BASE, CodeGen
from converter.reference_weights import Floats, ReferenceWeights
from converter.tensors import StoredTensor


@dataclass(frozen=True, slots=True)
class Reference:
    """A CodeGen model that computes in float32.

    Attributes:
        parameters: Its shape.
        tensors: The checkpoint's tensors.
    """

    parameters: CodeGen
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
        states = self._weights.rows("transformer.wte.weight", tokens)
        for layer in range(self.parameters.layers):
            name = f"transformer.h.{layer}."
            normed = self._normed(states, name + "ln_1")
            # One norm feeds both, and both are added to the unnormed input.
            states = states + self._attention(normed, name) + self._mlp(normed, name)
            if passed is not None:
                passed(layer + 1)
        return self._normed(states, "transformer.ln_f")

    def output(self, states: Floats) -> Floats:
        """Returns the logits that follow from some states.

        Args:
            states: Some or all rows of what `states` returned.

        Returns:
            An array of shape [rows, vocabulary].
        """
        return self._linear(states, "lm_head")

    def _linear(self, values: Floats, name: str) -> Floats:
        result = self._weights.product(values, name)
        result += self._weights.vector(name + ".bias")
        return result

    def _normed(self, values: Floats, name: str) -> Floats:
        centred = values - values.mean(axis=-1, keepdims=True)
        variance = np.square(centred).mean(axis=-1, keepdims=True)
        normed = centred / np.sqrt(variance + np.float32(self.parameters.epsilon))
        scaled: Floats = normed * self._weights.vector(name + ".weight")
        return scaled + self._weights.vector(name + ".bias")

    def _mlp(self, values: Floats, name: str) -> Floats:
        inner = _gelu(self._linear(values, name + "mlp.fc_in"))
        return self._linear(inner, name + "mlp.fc_out")

    def _attention(self, values: Floats, name: str) -> Floats:
        heads, size = self.parameters.heads, self.parameters.head_size
        count = len(values)
        projected = self._weights.product(values, name + "attn.qkv_proj")
        blocks = projected.reshape(count, PARTS, 3, heads // PARTS, size)
        queries, all_values, keys = (
            blocks[:, :, part].reshape(count, heads, size).swapaxes(0, 1)
            for part in range(3)
        )
        mixed = np.empty((count, heads, size), np.float32)
        for head in range(heads):
            scores = self._rotated(queries[head]) @ self._rotated(keys[head]).T
            mixed[:, head] = _attended(scores, all_values[head])
        return self._weights.product(
            mixed.reshape(count, heads * size), name + "attn.out_proj"
        )

    def _rotated(self, values: Floats) -> Floats:
        """Turns neighbouring pairs of the first dimensions by their position."""
        rotary = self.parameters.rotary
        frequency = ROPE_BASE ** (-np.arange(0, rotary, 2) / rotary)
        angle = np.outer(np.arange(len(values)), frequency)
        cosine, sine = np.cos(angle).astype("f4"), np.sin(angle).astype("f4")
        even, odd = values[:, 0:rotary:2], values[:, 1:rotary:2]
        result = values.copy()
        result[:, 0:rotary:2] = even * cosine - odd * sine
        result[:, 1:rotary:2] = odd * cosine + even * sine
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


def _gelu(values: Floats) -> Floats:
    """The tanh form of GELU that CodeGen calls `gelu_new`."""
    root = np.float32(np.sqrt(2 / np.pi))
    cubed = np.float32(0.044715) * values * values * values
    result: Floats = np.float32(0.5) * values * (1 + np.tanh(root * (values + cubed)))
    return result
