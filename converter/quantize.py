"""Encodes rows in GGUF's number types; the one module that reaches ggml.

The quantizers are those of `libggml-base`, the library that llama-cpp-python brings
along: called through ctypes, which releases the interpreter lock, so that rows are
quantized on all cores. Importing llama_cpp itself is not needed and not done.
F32, F16 and BF16 are NumPy's work and need no library.
"""

import ctypes
import os
import sys
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from importlib.util import find_spec
from math import prod
from pathlib import Path
from typing import Self, TypeGuard

import numpy as np
from gguf.constants import GGML_QUANT_SIZES, GGMLQuantizationType
from numpy.typing import NDArray

from converter.dtypes import FloatArray
from converter.errors import QuantizerError, TensorError
from converter.tensors import BlockRows, Bytes, Rows

_CHUNK = 1 << 20  # elements: 4 MB of float32, which mostly stay in the cache
_FLOATS = {
    GGMLQuantizationType.F32,
    GGMLQuantizationType.F16,
    GGMLQuantizationType.BF16,
}


def row_bytes(kind: GGMLQuantizationType, elements: int) -> int:
    """Returns the size of a row.

    Args:
        kind: Type of the row; its blocks divide the elements.
        elements: Length of the row.
    """
    block, size = GGML_QUANT_SIZES[kind]
    return elements // block * size


def tensor_bytes(kind: GGMLQuantizationType, shape: tuple[int, ...]) -> int:
    """Returns the size of a tensor."""
    return prod(shape[:-1]) * row_bytes(kind, shape[-1])


class Encoder:
    """Turns rows into bytes, several groups of rows at a time.

    At most two groups for each thread are under way, so memory does not grow with the
    tensor. Reading from the mapped checkpoint happens in the threads too.
    """

    def __init__(
        self, threads: int | None = None, *, package: str = "llama_cpp"
    ) -> None:
        """Starts the threads.

        Args:
            threads: How many; None for one on each core.
            package: The Python package that has ggml's library in its folder `lib`.
        """
        self._package = package
        self._threads = threads or os.cpu_count() or 1
        self._pool = ThreadPoolExecutor(self._threads, "quantize")
        self._quantize: _Quantize | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown(cancel_futures=True)

    def encode(self, rows: Rows, kind: GGMLQuantizationType) -> Iterator[Bytes]:
        """Yields a tensor's bytes in order, group by group.

        Rows that are stored in blocks of this very type are passed through.

        Args:
            rows: The tensor.
            kind: Type to encode it in.

        Raises:
            TensorError: A number is not finite, or too large for the type.
            QuantizerError: ggml's library is not there.
        """
        if not (kind in _FLOATS or _is_encoded(rows, kind) or self._quantize):
            self._quantize = _load_ggml(self._package)
        count = rows.shape[0]
        step = max(1, _CHUNK // prod(rows.shape[1:]))
        waiting: deque[Future[Bytes]] = deque()
        try:
            for start in range(0, count, step):
                stop = min(start + step, count)
                waiting.append(
                    self._pool.submit(self._encode, rows, kind, slice(start, stop))
                )
                if len(waiting) > 2 * self._threads:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()

    def _encode(self, rows: Rows, kind: GGMLQuantizationType, part: slice) -> Bytes:
        if _is_encoded(rows, kind):
            return rows.read_blocks(part.start, part.stop)
        values = rows.read(part.start, part.stop)
        encoded = self._encode_values(values, kind)
        # A sum is finite only if all of its terms are, and is quicker than to look.
        with np.errstate(over="ignore", invalid="ignore"):
            total = values.sum(dtype=np.float32)
        if not np.isfinite(total):
            _check_finite(values)
        return encoded.reshape(-1)

    def _encode_values(self, values: FloatArray, kind: GGMLQuantizationType) -> Bytes:
        if kind is GGMLQuantizationType.F32:
            return values.astype("<f4", order="C").view(np.uint8)
        if kind is GGMLQuantizationType.F16:
            return _to_half(values).view(np.uint8)
        if kind is GGMLQuantizationType.BF16:
            return _to_bfloat(values).view(np.uint8)
        assert self._quantize is not None  # noqa: S101 -- encode() has loaded it
        return self._quantize(kind, values.astype(np.float32))


def _is_encoded(rows: Rows, kind: GGMLQuantizationType) -> TypeGuard[BlockRows]:
    return isinstance(rows, BlockRows) and rows.block_type is kind


def _check_finite(values: FloatArray) -> None:
    if not np.isfinite(values).all():
        raise TensorError(
            problem="it holds a number that is not finite",
            remedy="the weights are damaged; download them again",
        )


def _to_half(values: FloatArray) -> NDArray[np.float16]:
    with np.errstate(over="ignore"):
        half = values.astype("<f2", order="C")
    if half is not values and np.isinf(half).any():
        _check_finite(values)
        raise TensorError(
            problem="it holds a number too large for float16",
            remedy="choose --type BF16, F32 or Q8_0",
        )
    return half


def _to_bfloat(values: FloatArray) -> NDArray[np.uint16]:
    """Rounds to the nearest bfloat16, ties to even, as ggml does."""
    bits = values.astype("<f4", order="C").view("<u4")
    odd = (bits >> np.uint32(16)) & np.uint32(1)
    rounded: NDArray[np.uint32] = (bits + np.uint32(0x7FFF) + odd) >> np.uint32(16)
    return rounded.astype("<u2")


class _Quantize:
    """ggml's quantization of float32 rows."""

    def __init__(self, library: ctypes.CDLL) -> None:
        self._function = library.ggml_quantize_chunk
        self._function.restype = ctypes.c_size_t
        self._function.argtypes = [
            ctypes.c_int,  # type
            ctypes.c_void_p,  # source, float32
            ctypes.c_void_p,  # target
            ctypes.c_int64,  # first element
            ctypes.c_int64,  # rows
            ctypes.c_int64,  # elements of a row
            ctypes.c_void_p,  # importance of each column, or none
        ]

    def __call__(
        self, kind: GGMLQuantizationType, values: NDArray[np.float32]
    ) -> Bytes:
        count, row = values.shape
        values = np.ascontiguousarray(values)
        target = np.empty((count, row_bytes(kind, row)), np.uint8)
        written = self._function(
            int(kind), values.ctypes.data, target.ctypes.data, 0, count, row, None
        )
        if written != target.size:
            message = f"ggml wrote {written} of {target.size} bytes"
            raise QuantizerError(problem=message)
        return target


def _load_ggml(package: str) -> _Quantize:
    names = {"win32": ("ggml-base.dll", "libggml-base.dll")}.get(
        sys.platform, ("libggml-base.so", "libggml-base.dylib")
    )
    spec = find_spec(package)  # finds the folder, imports nothing
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        for name in names:
            path = Path(folder) / "lib" / name
            if path.is_file():
                return _open(path)
    raise QuantizerError(
        problem="ggml's library is not there, which quantized types need",
        remedy="install llama-cpp-python, or choose --type F16",
    )


def _open(path: Path) -> _Quantize:
    try:
        return _Quantize(ctypes.CDLL(str(path)))
    except (OSError, AttributeError) as error:
        raise QuantizerError(
            problem="the library cannot be used",
            file=path,
            remedy="install llama-cpp-python again, or choose --type F16",
        ) from error
