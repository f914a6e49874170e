"""CodeGen's forward pass in NumPy, to measure a converted file against.

Written after `transformers/models/codegen/modeling_codegen.py`, on the checkpoint's own
tensors, and on purpose without the transforms of `converter.tensors` and
`converter.gptq`: qkv in its four blocks, interleaved rotary pairs. Weights are read a
slice at a time; what is kept is the state of all tokens between two layers.
"""

from collections.abc import Mapping, Sequence

import numpy as np
from typing_extensions import override

from converter.architectures.codegen import PARTS, ROPE_BASE, CodeGen
from converter.original import OriginalModel, attended
from converter.reference_weights import Floats
from converter.tensors import StoredTensor


class Reference(OriginalModel):
    """A CodeGen model."""

    def __init__(
        self, parameters: CodeGen, tensors: Mapping[str, StoredTensor]
    ) -> None:
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
        return self._linear(states, "lm_head")

    @override
    def _embedded(self, tokens: Sequence[int]) -> Floats:
        return self._weights.rows("transformer.wte.weight", tokens)

    @override
    def _passed_through(self, states: Floats, layer: int) -> Floats:
        name = f"transformer.h.{layer}."
        normed = self._normed(states, name + "ln_1")
        # One norm feeds both, and both are added to the unnormed input.
        return states + self._attention(normed, name) + self._mlp(normed, name)

    @override
    def _finished(self, states: Floats) -> Floats:
        return self._normed(states, "transformer.ln_f")

    def _linear(self, values: Floats, name: str) -> Floats:
        result = self._weights.product(values, name)
        result += self._weights.vector(name + ".bias")
        return result

    def _normed(self, values: Floats, name: str) -> Floats:
        centred = values - values.mean(axis=-1, keepdims=True)
        variance = np.square(centred).mean(axis=-1, keepdims=True)
        normed = centred / np.sqrt(variance + np.float32(self._parameters.epsilon))
        scaled: Floats = normed * self._weights.vector(name + ".weight")
        return scaled + self._weights.vector(name + ".bias")

    def _mlp(self, values: Floats, name: str) -> Floats:
        inner = _gelu(self._linear(values, name + "mlp.fc_in"))
        return self._linear(inner, name + "mlp.fc_out")

    def _attention(self, values: Floats, name: str) -> Floats:
        heads, size = self._parameters.heads, self._parameters.head_size
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
            mixed[:, head] = attended(scores, all_values[head])
        return self._weights.product(
            mixed.reshape(count, heads * size), name + "attn.out_proj"
        )

    def _rotated(self, values: Floats) -> Floats:
        """Turns neighbouring pairs of the first dimensions by their position."""
        rotary = self._parameters.rotary
        frequency = ROPE_BASE ** (-np.arange(0, rotary, 2) / rotary)
        angle = np.outer(np.arange(len(values)), frequency)
        cosine, sine = np.cos(angle).astype("f4"), np.sin(angle).astype("f4")
        even, odd = values[:, 0:rotary:2], values[:, 1:rotary:2]
        result = values.copy()
        result[:, 0:rotary:2] = even * cosine - odd * sine
        result[:, 1:rotary:2] = odd * cosine + even * sine
        return result


def _gelu(values: Floats) -> Floats:
    """The tanh form of GELU that CodeGen calls `gelu_new`."""
    root = np.float32(np.sqrt(2 / np.pi))
    cubed = np.float32(0.044715) * values * values * values
    result: Floats = np.float32(0.5) * values * (1 + np.tanh(root * (values + cubed)))
    return result
