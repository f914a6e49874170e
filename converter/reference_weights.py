"""What the references read weights with: a slice at a time, as float32.

On purpose without the transforms of `converter.tensors` and `converter.gptq`, which
the references are there to check. A matrix is never in memory as a whole: the largest
of MOSS-003 would take 2.6 GB.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from converter.tensors import StoredTensor

Floats = NDArray[np.float32]

_SLICE = 1 << 23  # weights: 32 MB of float32, and twice that while GPTQ is unpacked
_WORD = 32


@dataclass(frozen=True, slots=True)
class ReferenceWeights:
    """The tensors of a checkpoint, dense ones and those of GPTQ.

    Attributes:
        tensors: By the checkpoint's names.
    """

    tensors: Mapping[str, StoredTensor]

    def vector(self, name: str) -> Floats:
        """Returns a tensor as a whole; for those of one dimension."""
        values = self.tensors[name].load()
        self.tensors[name].release()
        return values

    def rows(self, name: str, numbers: Sequence[int]) -> Floats:
        """Returns some rows of a matrix, one for each number.

        Args:
            name: The matrix's name.
            numbers: Numbers of rows, in any order.
        """
        tensor = self.tensors[name]
        chosen = tensor.array[np.asarray(numbers)]
        tensor.release()
        return replace(tensor, array=chosen).load()

    def product(self, values: Floats, name: str) -> Floats:
        """Returns what a linear makes of some values, without its bias.

        Args:
            values: Shape [tokens, inputs].
            name: The linear's name, without `.weight`.

        Returns:
            Shape [tokens, outputs].
        """
        tensor = self.tensors.get(f"{name}.weight")
        parts = _dequantized(self.tensors, name) if tensor is None else _dense(tensor)
        # Slice by slice into its place: put together later it would be there twice.
        result = np.empty((len(values), self._outputs(name)), np.float32)
        start = 0
        for part in parts:
            stop = start + len(part)
            np.matmul(values, part.T, out=result[:, start:stop])
            start = stop
        return result

    def _outputs(self, name: str) -> int:
        tensor = self.tensors.get(f"{name}.weight")
        if tensor is not None:
            return tensor.shape[0]
        return self.tensors[f"{name}.scales"].shape[1]


def _dense(tensor: StoredTensor) -> Iterator[Floats]:
    """Yields the rows of a matrix, slice by slice."""
    outputs, inputs = tensor.shape
    step = max(1, _SLICE // inputs)
    for start in range(0, outputs, step):
        stop = min(start + step, outputs)
        yield replace(tensor, array=tensor.array[start:stop]).load()
        tensor.release(start, stop)
    tensor.release()  # pages that came along with the next slice


def _dequantized(tensors: Mapping[str, StoredTensor], name: str) -> Iterator[Floats]:
    """Yields the rows of a GPTQ linear by its formula, slice by slice.

    `W[i, o] = scales[g_idx[i], o] · (q[i, o] − (zeros[g_idx[i], o] + 1))`, see
    `converter.gptq` for how the parts are stored.
    """
    qweight, qzeros, groups = (
        tensors[f"{name}.{part}"] for part in ("qweight", "qzeros", "g_idx")
    )
    scales = tensors[f"{name}.scales"].load()
    inputs, outputs = groups.shape[0], scales.shape[1]
    bits = _WORD * qweight.shape[0] // inputs
    zeros = _unpacked(qzeros.array.T, bits).T + np.float32(1)
    step = max(1, _SLICE // inputs)
    for start in range(0, outputs, step):
        part = slice(start, start + step)
        weights = _unpacked(qweight.array[:, part], bits)
        weights -= zeros[groups.array, part]
        weights *= scales[groups.array, part]
        yield weights.T
    for tensor in (qweight, qzeros):
        tensor.release()


def _unpacked(words: NDArray[np.int32], bits: int) -> Floats:
    """Returns the numbers packed in words along the first dimension, low bits first."""
    count = _WORD // bits
    values = np.empty((len(words) * count, words.shape[1]), np.float32)
    for place in range(count):
        values[place::count] = words >> (bits * place) & ((1 << bits) - 1)
    return values
