"""Compares the tensors of a GGUF with a checkpoint's, weight by weight.

Blocks are read by gguf's own NumPy code, not by the library that wrote them. Some rows
at a time, several groups of rows at once, so that memory does not grow with the tensor.
"""

import os
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from math import inf, isinf, prod
from typing import Self, TypeGuard

import numpy as np
from gguf.constants import GGML_QUANT_SIZES, GGMLQuantizationType
from gguf.quants import dequantize
from numpy.typing import NDArray

from converter.deviation import Deviation
from converter.gguf_model import GgufTensor
from converter.tensors import BlockRows, Bytes, Rows
from converter.tolerance import Tolerance, tolerance

_CHUNK = 1 << 18  # weights: 1 MB of float32, so that they stay in the cache
_Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Pair:
    """A tensor of a GGUF and what it should have been made of.

    Attributes:
        name: llama.cpp's name of it.
        rows: The checkpoint's rows.
        stored: The GGUF's tensor, of the same shape.
    """

    name: str
    rows: Rows
    stored: GgufTensor

    @property
    def size(self) -> int:
        """Bytes of the GGUF's tensor."""
        return self.stored.data.array.nbytes


def can_compare(kind: GGMLQuantizationType) -> bool:
    """Returns whether blocks of a type can be read."""
    _, size = GGML_QUANT_SIZES[kind]
    try:
        dequantize(np.zeros((1, size), np.uint8), kind)
    except NotImplementedError:
        return False
    return True


class Comparer:
    """Compares tensors, several groups of rows at a time."""

    def __init__(self, *, is_weighted: bool, threads: int | None = None) -> None:
        """Starts the threads.

        Args:
            is_weighted: Whether the GGUF was made with an importance matrix.
            threads: How many; None for one on each core.
        """
        self._is_weighted = is_weighted
        self._threads = threads or os.cpu_count() or 1
        self._pool = ThreadPoolExecutor(self._threads, "compare")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown(cancel_futures=True)

    def compare(self, pair: Pair) -> Iterator[Deviation]:
        """Yields the deviation of a tensor's groups of rows, in order.

        Args:
            pair: Of a type that can be compared.
        """
        limit = tolerance(pair.stored.kind, is_weighted=self._is_weighted)
        pair.rows.fetch()
        under_way: deque[_Part] = deque()
        for start, stop in _groups(pair):
            rows = slice(start, stop)
            deviation = self._pool.submit(_deviation, pair, limit, rows=rows)
            under_way.append(_Part(rows, deviation))
            if len(under_way) > 2 * self._threads:
                yield _finished(under_way.popleft(), pair)
        while under_way:
            yield _finished(under_way.popleft(), pair)
        _release(pair, slice(0, len(pair.stored.data.array)))


@dataclass(frozen=True, slots=True)
class _Part:
    """Some rows of a tensor on their way."""

    rows: slice
    deviation: Future[Deviation]


def _groups(pair: Pair) -> Iterator[tuple[int, int]]:
    """Yields the first and last row of each group; a vector is one row."""
    count = len(pair.stored.data.array)
    step = max(1, _CHUNK * count // prod(pair.stored.shape))
    for start in range(0, count, step):
        yield start, min(start + step, count)


def _finished(part: _Part, pair: Pair) -> Deviation:
    deviation = part.deviation.result()
    _release(pair, part.rows)
    return deviation


def _release(pair: Pair, rows: slice) -> None:
    """Gives the memory of some rows back.

    Whoever reads the next rows may get a few pages of these again, as the system maps
    pages around the one that is asked for. So at last it has to be done for all.
    """
    pair.stored.data.release(rows.start, rows.stop)
    if len(pair.stored.shape) > 1:
        pair.rows.release(rows.start, rows.stop)


def _deviation(pair: Pair, limit: Tolerance, *, rows: slice) -> Deviation:
    kind, width = pair.stored.kind, pair.stored.shape[-1]
    data = pair.stored.data.array[rows]
    is_vector = len(pair.stored.shape) == 1
    place = slice(0, width) if is_vector else rows
    with np.errstate(over="ignore", invalid="ignore"):
        expected = pair.rows.read(place.start, place.stop).astype(np.float32)
        expected = expected.reshape(len(data), width)
        errors = np.abs(dequantize(data, kind) - expected)
        errors[np.isnan(errors)] = inf
        largest = _by_block(errors, limit.block)
        scale = _by_block(np.abs(expected), limit.block)
        allowed = limit.share * scale + np.float32(limit.floor)
        if isinf(limit.share):
            allowed[:] = np.finfo(np.float32).max
        is_bad = ~(largest <= allowed)  # of what is no number too
        if _is_kept(pair.rows, kind):
            # A minimum rounded to float16 may be far off where all weights are zero.
            is_bad &= _differing_blocks(pair.rows, data, rows=rows)
        bad_rows = np.flatnonzero(is_bad.any(axis=1))
        return Deviation(
            weights=errors.size,
            largest=float(errors.max()),
            total=float(errors.sum(dtype=np.float64)),
            squares=_squares(errors),
            power=_squares(expected),
            blocks=is_bad.size,
            bad_blocks=int(is_bad.sum()),
            first_bad=rows.start + int(bad_rows[0]) if bad_rows.size else -1,
        )


def _by_block(values: _Floats, block: int) -> _Floats:
    """Returns the largest number of each block, [rows, blocks]."""
    if block == 1:
        return values
    largest: _Floats = values.reshape(len(values), -1, block).max(axis=-1)
    return largest


def _squares(values: _Floats) -> float:
    """Returns the sum of the squares; exactly enough, as float64 adds up the rows."""
    return float(np.einsum("ij,ij->i", values, values).sum(dtype=np.float64))


def _is_kept(rows: Rows, kind: GGMLQuantizationType) -> TypeGuard[BlockRows]:
    return isinstance(rows, BlockRows) and rows.block_type is kind


def _differing_blocks(
    blocks: BlockRows, data: Bytes, *, rows: slice
) -> NDArray[np.bool_]:
    """Returns which blocks are not those that keeping the weights would give."""
    _, size = GGML_QUANT_SIZES[blocks.block_type]
    kept = blocks.read_blocks(rows.start, rows.stop)
    shape = (len(data), -1, size)
    differing: NDArray[np.bool_]
    differing = (kept.reshape(shape) != data.reshape(shape)).any(axis=-1)
    return differing
