"""The original model's forward pass in NumPy, to measure a converted file against.

Written after `transformers/models/codegen/modeling_codegen.py`, on the checkpoint's own
tensors, and on purpose without the transforms of `converter.tensors` and
`converter.gptq`: qkv in its four blocks, interleaved rotary pairs. Layers are read one
at a time, so memory is that of one layer.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from converter.architectures.codegen import PARTS, ROPE_BASE, CodeGen
from converter.tensors import StoredTensor

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Reference:
    """A CodeGen model that computes in float32.

    Attributes:
        parameters: Its shape.
        tensors: The checkpoint's tensors.
    """

    parameters: CodeGen
    tensors: Mapping[str, StoredTensor]

    def logits(self, tokens: Sequence[int]) -> Floats:
        """Returns the logits behind each token.

        Args:
            tokens: A text from its beginning on.

        Returns:
            An array of shape [tokens, vocabulary].
        """
        embedding = self.tensors["transformer.wte.weight"]
        rows = embedding.array[np.asarray(tokens)]
        hidden = replace(embedding, array=rows).load()
        for layer in range(self.parameters.layers):
            name = f"transformer.h.{layer}."
            normed = self._normed(hidden, name + "ln_1")
            # One norm feeds both, and both are added to the unnormed input.
            hidden = hidden + self._attention(normed, name) + self._mlp(normed, name)
        return self._linear(self._normed(hidden, "transformer.ln_f"), "lm_head")

    def _load(self, name: str) -> Floats:
        if name not in self.tensors:
            return _dequantized(self.tensors, name.removesuffix("weight"))
        values = self.tensors[name].load()
        self.tensors[name].release()
        return values

    def _linear(self, values: Floats, name: str, *, bias: bool = True) -> Floats:
        result: Floats = values @ self._load(name + ".weight").T
        if bias:
            result += self._load(name + ".bias")
        return result

    def _normed(self, values: Floats, name: str) -> Floats:
        centred = values - values.mean(axis=-1, keepdims=True)
        variance = np.square(centred).mean(axis=-1, keepdims=True)
        normed = centred / np.sqrt(variance + np.float32(self.parameters.epsilon))
        scaled: Floats = normed * self._load(name + ".weight")
        return scaled + self._load(name + ".bias")

    def _mlp(self, values: Floats, name: str) -> Floats:
        inner = _gelu(self._linear(values, name + "mlp.fc_in"))
        return self._linear(inner, name + "mlp.fc_out")

    def _attention(self, values: Floats, name: str) -> Floats:
        heads, size = self.parameters.heads, self.parameters.head_size
        count = len(values)
        projected = self._linear(values, name + "attn.qkv_proj", bias=False)
        blocks = projected.reshape(count, PARTS, 3, heads // PARTS, size)
        query, value, key = (
            blocks[:, :, part].reshape(count, heads, size).swapaxes(0, 1)
            for part in range(3)
        )
        scores = self._rotated(query) @ self._rotated(key).swapaxes(1, 2)
        scores /= np.sqrt(np.float32(size))
        scores[:, ~np.tri(count, dtype=np.bool_)] = -np.inf
        weights = np.exp(scores - scores.max(axis=-1, keepdims=True))
        weights /= weights.sum(axis=-1, keepdims=True)
        mixed = (weights @ value).swapaxes(0, 1).reshape(count, heads * size)
        return self._linear(mixed, name + "attn.out_proj", bias=False)

    def _rotated(self, values: Floats) -> Floats:
        """Turns neighbouring pairs of the first dimensions by their position."""
        rotary = self.parameters.rotary
        frequency = ROPE_BASE ** (-np.arange(0, rotary, 2) / rotary)
        angle = np.outer(np.arange(values.shape[1]), frequency)
        cosine, sine = np.cos(angle).astype("f4"), np.sin(angle).astype("f4")
        even, odd = values[..., 0:rotary:2], values[..., 1:rotary:2]
        result = values.copy()
        result[..., 0:rotary:2] = even * cosine - odd * sine
        result[..., 1:rotary:2] = odd * cosine + even * sine
        return result


def _dequantized(tensors: Mapping[str, StoredTensor], stem: str) -> Floats:
    """Returns a GPTQ linear by its formula, without the code of `converter.gptq`."""
    qweight, qzeros, groups = (
        tensors[stem + part].array for part in ("qweight", "qzeros", "g_idx")
    )
    scales = tensors[stem + "scales"].load()
    bits = 32 * len(qweight) // len(groups)
    most = (1 << bits) - 1
    weights = np.empty((len(groups), scales.shape[1]), np.float32)
    zeros = np.empty_like(scales)
    for place in range(32 // bits):
        weights[place :: 32 // bits] = qweight >> (bits * place) & most
        zeros[:, place :: 32 // bits] = qzeros >> (bits * place) & most
    for group, (zero, scale) in enumerate(zip(zeros, scales, strict=True)):
        weights[groups == group] -= zero + 1
        weights[groups == group] *= scale
    return weights.T


def _gelu(values: Floats) -> Floats:
    """The tanh form of GELU that CodeGen calls `gelu_new`."""
    root = np.float32(np.sqrt(2 / np.pi))
    cubed = np.float32(0.044715) * values**3
    result: Floats = np.float32(0.5) * values * (1 + np.tanh(root * (values + cubed)))
    return result
