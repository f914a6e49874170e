"""Linear layers quantized with GPTQ, to 4 or 8 bits, in pure NumPy.

A layer of `in` inputs and `out` outputs is four tensors (see `quantization.py` of
MOSS and `quant/quant_linear.py` of GPTQ-for-LLaMa):

* `qweight`, int32 [in·bits/32, out]: the weights, low bits first along the inputs
* `qzeros`, int32 [groups, out·bits/32]: a zero for each group, stored minus one
* `scales`, float16 [groups, out]
* `g_idx`, int32 [in]: the group of each input; in order, or in any ("activation order")

and `W[i, o] = scales[g_idx[i], o] · (q[i, o] − (zero[g_idx[i], o] + 1))`, which
float32 holds exactly. What a configuration says about bits and groups is not read here:
the shapes say it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

import numpy as np
from gguf.constants import GGMLQuantizationType
from numpy.typing import NDArray

from converter.dtypes import DType, to_float
from converter.errors import TensorError, UnsupportedError
from converter.tensors import Bytes, StoredTensor

PARTS = ("qweight", "qzeros", "scales", "g_idx")
"""Last parts of the names of a linear's tensors."""

_WORD = 32
_NIBBLE = 4
_BYTE = 8
_BLOCK = 32  # weights of a Q4_1 block: scale, minimum, then two weights in each byte
_BLOCK_BYTES = 20
_REMEDY = "check that config.json belongs to these weights, or download them again"


@dataclass(frozen=True, slots=True, kw_only=True)
class GptqLinear:
    """A quantized linear, checked.

    Attributes:
        qweight: Packed weights.
        qzeros: Packed zeros.
        scales: Scales.
        g_idx: Groups as they are stored.
        bits: Bits of a weight, 4 or 8.
        groups: The group of each input.
    """

    qweight: StoredTensor
    qzeros: StoredTensor
    scales: StoredTensor
    g_idx: StoredTensor
    bits: int
    groups: NDArray[np.intp]

    @property
    def size(self) -> int:
        """Bytes of all parts as they are stored."""
        parts = (self.qweight, self.qzeros, self.scales, self.g_idx)
        return sum(part.array.nbytes for part in parts)

    @property
    def group_size(self) -> int:
        """Inputs in a full group."""
        return int(np.bincount(self.groups).max())

    @property
    def is_ordered(self) -> bool:
        """Whether the groups follow the inputs, so that there is no activation order.

        All that a block of 32 weights asks for is that it lies in one group.
        """
        if self.groups.size % _BLOCK:
            return False
        blocks = self.groups.reshape(-1, _BLOCK)
        return bool((blocks == blocks[:, :1]).all())

    @classmethod
    def checked(
        cls, parts: Mapping[str, StoredTensor], *, shape: tuple[int, int]
    ) -> Self:
        """Puts a linear together.

        Args:
            parts: A tensor for each of `PARTS`.
            shape: Outputs and inputs that the linear must have.

        Raises:
            TensorError: A tensor has a wrong type, shape or group.
            UnsupportedError: The weights have neither 4 nor 8 bits.
        """
        qweight, qzeros, scales, g_idx = (parts[name] for name in PARTS)
        out, width = shape
        bits = _bits(qweight, out=out, width=width)
        if scales.array.ndim != 2:  # noqa: PLR2004
            raise _wrong_shape(scales, "[groups, outputs]")
        groups = scales.shape[0]
        _check(scales, (groups, out))
        _check(qzeros, (groups, out * bits // _WORD), DType.I32)
        _check(g_idx, (width,), DType.I32)
        if g_idx.array.min() < 0 or g_idx.array.max() >= groups:
            raise TensorError(
                problem=f"it names a group outside 0 to {groups - 1}",
                file=g_idx.file,
                tensor=g_idx.name,
                remedy="the weights are damaged; download them again",
            )
        return cls(
            qweight=qweight,
            qzeros=qzeros,
            scales=scales,
            g_idx=g_idx,
            bits=bits,
            groups=g_idx.array.astype(np.intp),
        )


@dataclass(frozen=True, slots=True)
class GptqRows:
    """The outputs of a quantized linear as rows, dequantized when they are read.

    Attributes:
        linear: Where they come from.
        order: Number of the stored output for each row, or None for all as they are.
    """

    linear: GptqLinear
    order: NDArray[np.intp] | None = None

    @property
    def shape(self) -> tuple[int, ...]:
        """Outputs and inputs."""
        return (self.linear.scales.shape[1], self.linear.groups.size)

    @property
    def origin(self) -> StoredTensor:
        """The scales: the only part that can hold a number that is none."""
        return self.linear.scales

    def read(self, start: int, stop: int) -> NDArray[np.float32]:
        """Returns rows `start` to `stop`, exactly."""
        index = self._index(start, stop)
        groups = self.linear.groups
        values = self._weights(index).astype(np.float32)
        values -= (self._zeros(index) + np.float32(1))[:, groups]
        with np.errstate(invalid="ignore", over="ignore"):  # seen by who encodes
            values *= self._scales(index)[:, groups]
        return values

    def fetch(self) -> None:
        """Has the weights read ahead."""
        self.linear.qweight.fetch()

    def release(self, start: int, stop: int) -> None:  # noqa: ARG002 -- as of `Rows`
        """Gives the memory of what was read back, once that is all."""
        if stop == self.shape[0]:
            for tensor in (self.linear.qweight, self.linear.qzeros, self.linear.scales):
                tensor.release()

    def _index(self, start: int, stop: int) -> NDArray[np.intp]:
        return np.arange(start, stop) if self.order is None else self.order[start:stop]

    def _weights(self, index: NDArray[np.intp]) -> NDArray[np.uint8]:
        """Returns the quantized weights of some outputs, [outputs, inputs]."""
        words = self.linear.qweight.array[:, index].T
        packed = np.ascontiguousarray(words).view(np.uint8)
        if self.linear.bits == _BYTE:
            return packed
        weights = np.empty((len(index), self.linear.groups.size), np.uint8)
        weights[:, 0::2] = packed & np.uint8(15)
        weights[:, 1::2] = packed >> np.uint8(_NIBBLE)
        return weights

    def _zeros(self, index: NDArray[np.intp]) -> NDArray[np.float32]:
        """Returns the zeros of some outputs as they are stored, [outputs, groups]."""
        packed = np.ascontiguousarray(self.linear.qzeros.array).view(np.uint8)
        if self.linear.bits == _BYTE:
            return packed[:, index].T.astype(np.float32)
        shift = (index % 2 * _NIBBLE).astype(np.uint8)
        nibbles = (packed[:, index // 2] >> shift) & np.uint8(15)
        return nibbles.T.astype(np.float32)

    def _scales(self, index: NDArray[np.intp]) -> NDArray[np.float32]:
        """Returns the scales of some outputs, [outputs, groups]."""
        scales = self.linear.scales
        return to_float(scales.array[:, index].T, scales.dtype).astype(np.float32)


@dataclass(frozen=True, slots=True)
class Q41Rows(GptqRows):
    """Rows of 4 bits whose groups hold whole blocks: they are `Q4_1` already.

    A block is 32 weights `d·q + m` with float16 d and m, so d is the scale, q is q, and
    m is `−scale·(zero + 1)`, rounded to float16: the only thing that changes.
    """

    @property
    def block_type(self) -> GGMLQuantizationType:
        """The type in which the rows are kept as they are."""
        return GGMLQuantizationType.Q4_1

    def read_blocks(self, start: int, stop: int) -> Bytes:
        """Returns the bytes of rows `start` to `stop`.

        Raises:
            TensorError: A scale is not finite, or a minimum too large for float16.
        """
        index = self._index(start, stop)
        scales = self._scales(index)
        with np.errstate(invalid="ignore", over="ignore"):
            minima = (-scales * (self._zeros(index) + np.float32(1))).astype("<f2")
        if not np.isfinite(minima).all():
            raise TensorError(
                problem="it holds a number that is not finite or too large",
                remedy="the weights are damaged; download them again",
            )
        group = self.linear.groups[::_BLOCK]
        blocks = np.empty((len(index), group.size, _BLOCK_BYTES), np.uint8)
        blocks[..., 0:2] = _bytes(scales.astype("<f2")[:, group])
        blocks[..., 2:4] = _bytes(minima[:, group])
        halves = self._weights(index).reshape(len(index), group.size, 2, _BLOCK // 2)
        blocks[..., 4:] = halves[..., 0, :] | halves[..., 1, :] << np.uint8(_NIBBLE)
        return blocks.reshape(-1)


def rows(linear: GptqLinear, order: NDArray[np.intp] | None = None) -> GptqRows:
    """Returns the rows of a linear, kept in blocks where they can be."""
    is_exact = linear.scales.dtype is DType.F16
    if linear.bits == _NIBBLE and linear.is_ordered and is_exact:
        return Q41Rows(linear, order)
    return GptqRows(linear, order)


def _bytes(values: NDArray[np.float16]) -> Bytes:
    """Returns the bytes of numbers, in one more dimension."""
    return np.ascontiguousarray(values).view(np.uint8).reshape(*values.shape, -1)


def _bits(qweight: StoredTensor, *, out: int, width: int) -> int:
    """Returns how many bits a weight has, by the shape alone."""
    for bits in (2, 3, 4, 8):
        if qweight.shape == (width * bits // _WORD, out) and not (
            width * bits % _WORD or out * bits % _WORD
        ):
            if bits in {_NIBBLE, _BYTE}:
                if qweight.dtype is not DType.I32:
                    raise _wrong_type(qweight, DType.I32.value)
                return bits
            raise UnsupportedError(
                problem=f"the weights have {bits} bits, and only 4 and 8 are supported",
                file=qweight.file,
                tensor=qweight.name,
                remedy="convert the model that is not quantized",
            )
    raise _wrong_shape(
        qweight,
        f"[{width * 4 // _WORD}, {out}] (4 bits) or "
        f"[{width * 8 // _WORD}, {out}] (8 bits)",
    )


def _check(
    tensor: StoredTensor, shape: tuple[int, ...], dtype: DType | None = None
) -> None:
    """Checks a shape and a type; None stands for any float of 16 or 32 bits."""
    if tensor.shape != shape or 0 in shape:
        raise _wrong_shape(tensor, str(list(shape)))
    if dtype is None and not tensor.dtype.is_weight:
        raise _wrong_type(tensor, "a float of 16 or 32 bits")
    if dtype is not None and tensor.dtype is not dtype:
        raise _wrong_type(tensor, dtype.value)


def _wrong_shape(tensor: StoredTensor, wanted: str) -> TensorError:
    return TensorError(
        problem=f"its shape is {list(tensor.shape)} instead of {wanted}",
        file=tensor.file,
        tensor=tensor.name,
        remedy=_REMEDY,
    )


def _wrong_type(tensor: StoredTensor, wanted: str) -> TensorError:
    return TensorError(
        problem=f"its type is {tensor.dtype.value}, not {wanted}",
        file=tensor.file,
        tensor=tensor.name,
        remedy=_REMEDY,
    )
