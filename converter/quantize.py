"""Encodes rows in GGUF's number types; the one module that reaches ggml.

The quantizers are those of `libggml-base`, the library that llama-cpp-python brings
along: called through ctypes, which releases the interpreter lock, so that rows are
quantized on all cores. Importing llama_cpp itself is not needed and not done.
F32, F16 and BF16 are NumPy's work and need no library.
"""

import ctypes
import os
import sys
import threading
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from importlib.util import find_spec
from itertools import islice, tee, zip_longest
from math import prod
from pathlib import Path
from typing import Self, TypeAlias, TypeGuard

import numpy as np
from gguf.constants import GGML_QUANT_SIZES, GGMLQuantizationType
from numpy.typing import NDArray

from converter.dtypes import FloatArray, are_finite, to_single
from converter.errors import QuantizerError, TensorError
from converter.tensors import BlockRows, Bytes, Rows

Importance: TypeAlias = NDArray[np.float32]
"""How much each column of a tensor matters: finite, not negative."""

_CHUNK = 1 << 20  # elements: 4 MB of float32, which mostly stay in the cache
_BFLOAT_INFINITY = np.uint32(0x7F80)
_NOTHING = np.empty(0, np.float32)
_FLOATS = {
    GGMLQuantizationType.F32,
    GGMLQuantizationType.F16,
    GGMLQuantizationType.BF16,
}
# Where a block has its scales and minima, in float16s from its beginning.
_SCALES = {
    GGMLQuantizationType.Q8_0: (0,),
    GGMLQuantizationType.Q6_K: (104,),
    GGMLQuantizationType.Q5_K: (0, 1),
    GGMLQuantizationType.Q5_1: (0, 1),
    GGMLQuantizationType.Q5_0: (0,),
    GGMLQuantizationType.Q4_K: (0, 1),
    GGMLQuantizationType.Q4_1: (0, 1),
    GGMLQuantizationType.Q4_0: (0,),
    GGMLQuantizationType.IQ4_NL: (0,),
    GGMLQuantizationType.IQ4_XS: (0,),
    GGMLQuantizationType.Q3_K: (54,),
    GGMLQuantizationType.Q2_K: (40, 41),
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A tensor to encode.

    Attributes:
        name: Its name.
        rows: The tensor.
        kind: Type to encode it in.
        importance: Of its columns, or None where all matter the same.
    """

    name: str
    rows: Rows
    kind: GGMLQuantizationType
    importance: Importance | None = None


@dataclass(frozen=True, slots=True)
class _Part:
    """Some rows of a tensor on their way."""

    job: Job
    start: int
    stop: int
    encoded: Future[Bytes]


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
        self._reader = ThreadPoolExecutor(1, "read ahead")
        self._scratch = threading.local()
        self._quantize: _Quantize | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._reader.shutdown(cancel_futures=True)
        self._pool.shutdown(cancel_futures=True)

    def encode(self, jobs: Iterable[Job]) -> Iterator[tuple[Job, Bytes]]:
        """Yields the bytes of tensors in order, group of rows by group of rows.

        The threads go on with the next tensor while the last one is still being
        written, and the one behind it is read ahead. Rows that are stored in blocks of
        the very type are passed through.

        Args:
            jobs: The tensors.

        Raises:
            TensorError: A number is not finite, or too large for the type; the
                importance is that of another number of columns.
            QuantizerError: ggml's library is not there.
        """
        under_way: deque[_Part] = deque()
        try:
            for part in self._parts(jobs):
                under_way.append(part)
                if len(under_way) > 2 * self._threads:
                    yield self._finished(under_way[0])
                    self._release(under_way.popleft())
            while under_way:
                yield self._finished(under_way[0])
                self._release(under_way.popleft())
        finally:
            for part in under_way:
                part.encoded.cancel()

    def _parts(self, jobs: Iterable[Job]) -> Iterator[_Part]:
        for job, following in _with_next(jobs):
            _check_importance(job)
            if not (_is_plain(job) or self._quantize):
                self._quantize = _load_ggml(self._package)
            if following is not None:
                self._reader.submit(following.rows.fetch)
            count, *rest = job.rows.shape
            step = max(1, _CHUNK // prod(rest))
            for start in range(0, count, step):
                stop = min(start + step, count)
                encoded = self._pool.submit(self._encode, job, start, stop)
                yield _Part(job, start, stop, encoded)

    @staticmethod
    def _finished(part: _Part) -> tuple[Job, Bytes]:
        try:
            return part.job, part.encoded.result()
        except TensorError as error:
            origin = part.job.rows.origin
            error.tensor = origin.name if origin else part.job.name
            error.file = origin.file if origin else None
            raise

    @staticmethod
    def _release(part: _Part) -> None:
        part.job.rows.release(part.start, part.stop)

    def _encode(self, job: Job, start: int, stop: int) -> Bytes:
        if _is_encoded(job.rows, job.kind):
            return job.rows.read_blocks(start, stop)
        values = job.rows.read(start, stop)
        if not are_finite(values):
            raise TensorError(
                problem="it holds a number that is not finite",
                remedy="the weights are damaged; download them again",
            )
        if job.kind is GGMLQuantizationType.F16:
            return _to_half(values).view(np.uint8).reshape(-1)
        if job.kind is GGMLQuantizationType.F32:
            return to_single(values).view(np.uint8).reshape(-1)
        if job.kind is GGMLQuantizationType.BF16:
            return _to_bfloat(to_single(values)).view(np.uint8).reshape(-1)
        assert self._quantize is not None  # noqa: S101 -- encode() has loaded it
        wide = to_single(values, self._buffer(values.shape))
        encoded = self._quantize(job.kind, wide, job.importance)
        if encoded is None:
            with_it = "" if job.importance is None else " with this importance matrix"
            raise TensorError(
                problem=f"{job.kind.name} cannot hold its numbers{with_it}",
                remedy="choose --type BF16 or F32",
            )
        return encoded

    def _buffer(self, shape: tuple[int, ...]) -> NDArray[np.float32]:
        """Returns memory that this thread uses again and again."""
        size = prod(shape)
        if getattr(self._scratch, "memory", _NOTHING).size < size:
            self._scratch.memory = np.empty(size, np.float32)
        memory: NDArray[np.float32] = self._scratch.memory
        return memory[:size].reshape(shape)


def _with_next(jobs: Iterable[Job]) -> Iterator[tuple[Job, Job | None]]:
    """Yields each job and the one behind it."""
    ahead, behind = tee(jobs)
    return zip_longest(behind, islice(ahead, 1, None))


def _check_importance(job: Job) -> None:
    """Makes sure that ggml does not read past the end."""
    columns = job.rows.shape[-1]
    if job.importance is not None and job.importance.shape != (columns,):
        raise TensorError(
            problem=f"it has {columns} columns, and the importance matrix speaks of "
            f"{job.importance.size}",
            tensor=job.name,
        )


def _is_plain(job: Job) -> bool:
    """Returns whether ggml is not needed."""
    return job.kind in _FLOATS or _is_encoded(job.rows, job.kind)


def _is_encoded(rows: Rows, kind: GGMLQuantizationType) -> TypeGuard[BlockRows]:
    return isinstance(rows, BlockRows) and rows.block_type is kind


def _to_half(values: FloatArray) -> NDArray[np.float16]:
    with np.errstate(over="ignore"):
        half = values.astype("<f2", order="C", copy=False)
    if half is not values and np.isinf(half).any():
        raise TensorError(
            problem="it holds a number too large for float16",
            remedy="choose --type BF16, F32 or Q8_0",
        )
    return half


def _to_bfloat(values: NDArray[np.float32]) -> NDArray[np.uint16]:
    """Rounds to the nearest bfloat16, ties to even, as ggml does."""
    bits = values.view("<u4")
    odd = (bits >> np.uint32(16)) & np.uint32(1)
    rounded: NDArray[np.uint32] = (bits + np.uint32(0x7FFF) + odd) >> np.uint32(16)
    if (rounded & _BFLOAT_INFINITY).max(initial=0) == _BFLOAT_INFINITY:
        raise TensorError(
            problem="it holds a number too large for bfloat16",
            remedy="choose --type F32 or Q8_0",
        )
    return rounded.astype("<u2")


class _Quantize:
    """ggml's quantization of float32 rows.

    Safe in several threads. `ggml_quantize_init`, which builds tables for the smallest
    IQ types under a lock, does nothing for the types of this program, and
    `ggml_quantize_chunk` calls it by itself.
    """

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
        self,
        kind: GGMLQuantizationType,
        values: NDArray[np.float32],
        importance: Importance | None,
    ) -> Bytes | None:
        """Returns the blocks, or None where the scale of one is not finite."""
        count, row = values.shape
        weights = None if importance is None else np.ascontiguousarray(importance, "f4")
        target = np.empty(count * row_bytes(kind, row), np.uint8)
        written = self._function(
            int(kind),
            values.ctypes.data,
            target.ctypes.data,
            0,
            count,
            row,
            None if weights is None else weights.ctypes.data,
        )
        if written != target.size:
            message = f"ggml wrote {written} of {target.size} bytes"
            raise QuantizerError(problem=message)
        return target if _are_scales_finite(kind, target) else None


def _are_scales_finite(kind: GGMLQuantizationType, blocks: Bytes) -> bool:
    """Does what `ggml_validate_row_data` does, which prints what it finds."""
    _, size = GGML_QUANT_SIZES[kind]
    halves = blocks.view("<f2").reshape(-1, size // 2)
    return all(np.isfinite(halves[:, place]).all() for place in _SCALES[kind])


def ggml_build(package: str = "llama_cpp") -> str:
    """Returns what tells one build of ggml's library from another, or nothing."""
    path = _find_ggml(package)
    if path is None:
        return ""
    status = path.stat()
    return f"{path.name} {status.st_size} {status.st_mtime_ns}"


def _load_ggml(package: str) -> _Quantize:
    path = _find_ggml(package)
    if path is None:
        raise QuantizerError(
            problem="ggml's library is not there, which quantized types need",
            remedy="install llama-cpp-python, or choose --type F16",
        )
    return _open(path)


def _find_ggml(package: str) -> Path | None:
    names = {"win32": ("ggml-base.dll", "libggml-base.dll")}.get(
        sys.platform, ("libggml-base.so", "libggml-base.dylib")
    )
    spec = find_spec(package)  # finds the folder, imports nothing
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        for name in names:
            path = Path(folder) / "lib" / name
            if path.is_file():
                return path
    return None


def _open(path: Path) -> _Quantize:
    try:
        return _Quantize(ctypes.CDLL(str(path)))
    except (OSError, AttributeError) as error:
        raise QuantizerError(
            problem="the library cannot be used",
            file=path,
            remedy="install llama-cpp-python again, or choose --type F16",
        ) from error
