"""Tensors as they are stored, and what is done to them, in pure NumPy.

Everything is read by rows, so that a tensor is never in memory as a whole: a
transform of this family only orders rows, and that is an array of row numbers.
"""

import mmap
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol, TypeAlias, runtime_checkable

import numpy as np
from gguf.constants import GGMLQuantizationType
from numpy.typing import NDArray

from converter.dtypes import DType, FloatArray, to_float

Bytes: TypeAlias = NDArray[np.uint8]
MAX_DIMENSIONS = 32
"""Of a stored tensor: what every version of NumPy can hold."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredTensor:
    """A tensor in a checkpoint's file.

    Attributes:
        name: The checkpoint's name for it.
        file: Where it is.
        dtype: Type of its elements.
        array: Read-only view of the mapped file, of `dtype.stored`.
    """

    name: str
    file: Path
    dtype: DType
    array: NDArray[Any]

    @property
    def shape(self) -> tuple[int, ...]:
        """Size of each dimension, outermost first."""
        return self.array.shape

    def load(self) -> NDArray[np.float32]:
        """Returns the whole tensor as float32."""
        return to_float(self.array, self.dtype).astype(np.float32)

    def fetch(self) -> None:
        """Asks the system to read the tensor from the disk, and does not wait."""
        self._advise(getattr(mmap, "MADV_WILLNEED", None))

    def release(self, start: int = 0, stop: int | None = None) -> None:
        """Lets the system take back the memory of some rows, or of all.

        The mapped file's pages would count as this process's own although they are
        only cached; whoever reads on gets them again.
        """
        part = replace(self, array=self.array[start:stop])
        part._advise(getattr(mmap, "MADV_DONTNEED", None))  # noqa: SLF001 -- its own

    def _advise(self, advice: int | None) -> None:
        """Tells the system something about the pages that the array lies in."""
        owner: object = self.array
        while owner is not None and not isinstance(owner, mmap.mmap):
            owner = getattr(owner, "base", None)
        if owner is None or advice is None or not self.array.flags.c_contiguous:
            return
        start = self.array.ctypes.data - np.frombuffer(owner, np.uint8).ctypes.data
        past = start % mmap.PAGESIZE
        owner.madvise(advice, start - past, self.array.nbytes + past)


class Rows(Protocol):
    """What the pipeline reads: a tensor that yields some of its rows at a time."""

    @property
    def shape(self) -> tuple[int, ...]:
        """Size of each dimension, outermost first; one or two dimensions."""
        ...

    @property
    def origin(self) -> StoredTensor | None:
        """The stored tensor to name when a number is bad; None where none is read."""
        ...

    def read(self, start: int, stop: int) -> FloatArray:
        """Returns rows `start` to `stop` (elements of a vector) as floats."""
        ...

    def fetch(self) -> None:
        """Says that it will be read soon."""
        ...

    def release(self, start: int, stop: int) -> None:
        """Says that these rows, and all before them, will not be read again."""
        ...


@runtime_checkable
class BlockRows(Rows, Protocol):
    """Rows that are stored in a block type of GGUF already, but for their packing."""

    @property
    def block_type(self) -> GGMLQuantizationType:
        """That type."""
        ...

    def read_blocks(self, start: int, stop: int) -> Bytes:
        """Returns the bytes of rows `start` to `stop` in that type."""
        ...


@dataclass(frozen=True, slots=True)
class StoredRows:
    """The rows of a stored tensor, as they are or in another order.

    Attributes:
        tensor: Where the rows come from.
        order: Number of the stored row for each row, or None for all as they are.
    """

    tensor: StoredTensor
    order: NDArray[np.intp] | None = None

    @property
    def shape(self) -> tuple[int, ...]:
        """Size of each dimension, outermost first."""
        return self.tensor.shape

    @property
    def origin(self) -> StoredTensor:
        """The tensor itself."""
        return self.tensor

    def read(self, start: int, stop: int) -> FloatArray:
        """Returns rows `start` to `stop` as floats."""
        index = slice(start, stop) if self.order is None else self.order[start:stop]
        return to_float(self.tensor.array[index], self.tensor.dtype)

    def fetch(self) -> None:
        """Has the tensor read ahead."""
        self.tensor.fetch()

    def release(self, start: int, stop: int) -> None:
        """Gives the memory of what was read back."""
        if self.order is None:
            self.tensor.release(start, stop)
        elif stop == self.shape[0]:
            self.tensor.release()


@dataclass(frozen=True, slots=True)
class ZeroRows:
    """A tensor of zeros, for a bias that llama.cpp wants and the model has not.

    Attributes:
        shape: Size of each dimension.
    """

    shape: tuple[int, ...]

    @property
    def origin(self) -> None:
        """Nothing is read."""

    def read(self, start: int, stop: int) -> FloatArray:
        """Returns rows `start` to `stop`: zeros."""
        return np.zeros((stop - start, *self.shape[1:]), np.float32)

    def fetch(self) -> None:
        """Has nothing to read."""

    def release(self, start: int, stop: int) -> None:
        """Has nothing to give back."""


def rotary_order(head_size: int, rotary: int) -> NDArray[np.intp]:
    """Returns the order of a head's dimensions that makes rotary pairs half-split.

    GPT-J and CodeGen rotate neighbours (0, 1), (2, 3), ...; NeoX and llama.cpp's phi2
    rotate (0, r/2), (1, r/2 + 1), .... The same order in queries and keys leaves every
    attention score as it is.

    Args:
        head_size: Dimensions of a head.
        rotary: How many of them rotate, the first ones; even.
    """
    return np.concatenate(
        [
            np.arange(0, rotary, 2),
            np.arange(1, rotary, 2),
            np.arange(rotary, head_size),
        ]
    )


def qkv_order(
    *, heads: int, head_size: int, rotary: int, parts: int
) -> NDArray[np.intp]:
    """Returns the order of a CodeGen `qkv_proj`'s rows that phi2's `attn_qkv` wants.

    CodeGen stores `parts` blocks (a relic of model parallelism), each with its share
    of the heads' queries, values and keys, in that order. phi2 wants all queries, all
    keys, all values; queries and keys with half-split rotary pairs.

    Args:
        heads: Number of heads, a multiple of `parts`.
        head_size: Dimensions of a head.
        rotary: How many of them rotate.
        parts: CodeGen's `mp_num`.

    Returns:
        For each of the 3·heads·head_size new rows the number of the stored one.
    """
    rows = np.arange(3 * heads * head_size).reshape(parts, 3, heads // parts, head_size)
    queries, values, keys = (rows[:, n].reshape(heads, head_size) for n in range(3))
    order = rotary_order(head_size, rotary)
    return np.concatenate(
        [queries[:, order].ravel(), keys[:, order].ravel(), values.ravel()]
    )


def interleaved_order(*, heads: int, head_size: int) -> NDArray[np.intp]:
    """Returns the order of rows that makes half-split rotary pairs neighbours.

    It is the inverse of `rotary_order`, head by head: transformers' Llama rotates
    (0, h/2), (1, h/2 + 1), ..., llama.cpp's (0, 1), (2, 3), ....

    Args:
        heads: Number of heads.
        head_size: Dimensions of a head, all of which rotate; even.

    Returns:
        For each of the heads·head_size new rows the number of the stored one.
    """
    rows = np.arange(heads * head_size).reshape(heads, 2, head_size // 2)
    return rows.swapaxes(1, 2).ravel()
