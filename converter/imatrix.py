"""Importance matrices: how much each column of a matrix matters to what a model says.

`llama-imatrix` runs a model over a text and sums up the squares of what each matrix is
multiplied with. Read is llama.cpp's GGUF form (`tools/imatrix/imatrix.cpp`): float32
tensors `NAME.in_sum2` and `NAME.counts` for the tensor NAME. What becomes of them is
what `load_imatrix` in llama.cpp's `tools/quantize/quantize.cpp` makes of them.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from gguf import GGUFReader
from gguf.constants import GGMLQuantizationType as T
from numpy.typing import NDArray

from converter.errors import ImatrixError
from converter.gguf_file import opened_gguf
from converter.metadata import Entry
from converter.printable import printable
from converter.quantize import Importance
from converter.writer import TensorInfo

_SUMS, _COUNTS = ".in_sum2", ".counts"
_DATASETS = "imatrix.datasets"
_CHUNKS = "imatrix.chunk_count"
_KEYS = (_DATASETS, _CHUNKS, "imatrix.chunk_size")
_AGAIN = "make it again with llama-imatrix"
_EXPECTED = (
    "give one from llama-imatrix in its GGUF form; it turns the old binary form (.dat) "
    "into that one with --in-file OLD.dat -o NEW.gguf"
)
_MAX_HEADER = 1 << 20  # 512 layers of a mixture of experts take half of it
# Types whose quantizers do not look at importance.
_BLIND = {T.F32, T.F16, T.BF16, T.Q8_0}


@dataclass(frozen=True, slots=True, kw_only=True)
class Imatrix:
    """An importance matrix.

    Attributes:
        file: Where it is from.
        importance: Importance of the columns of each tensor, by llama.cpp's names.
        dataset: Name of the text that it was computed on, or nothing.
        chunks: Parts of that text, or 0 where the file does not say.
    """

    file: Path
    importance: Mapping[str, Importance]
    dataset: str
    chunks: int

    def header(self) -> Iterator[Entry]:
        """Yields the entries that llama.cpp's quantizer writes for it.

        Other than there, file and text are named without their folders, which are
        nobody's business.
        """
        yield Entry.text("quantize.imatrix.file", printable(self.file.name))
        if self.dataset:
            yield Entry.text("quantize.imatrix.dataset", self.dataset)
        yield Entry.count("quantize.imatrix.entries_count", len(self.importance))
        if self.chunks:
            yield Entry.count("quantize.imatrix.chunks_count", self.chunks)


@dataclass(frozen=True, slots=True, kw_only=True)
class Weighting:
    """What an importance matrix does in a conversion; nothing where there is none.

    Attributes:
        importance: Importance of the columns of each tensor that is quantized with it.
        header: Entries of the output's header.
        warnings: What the user may not expect.
    """

    importance: Mapping[str, Importance] = field(default_factory=dict)
    header: tuple[Entry, ...] = ()
    warnings: tuple[str, ...] = ()


def read_imatrix(path: Path) -> Imatrix:
    """Reads an importance matrix.

    Args:
        path: A GGUF file of `llama-imatrix`.

    Raises:
        ImatrixError: It is damaged, in the old binary form, or none.
    """
    with opened_gguf(
        path, ImatrixError, expected=_EXPECTED, mending=_AGAIN, most=_MAX_HEADER
    ) as reader:
        if any(key not in reader.fields for key in _KEYS):
            raise ImatrixError(
                problem="this GGUF file is no importance matrix",
                file=path,
                remedy="give one from llama-imatrix",
            )
        imatrix = Imatrix(
            file=path,
            importance=_read_importance(path, reader),
            dataset=_dataset(reader.fields[_DATASETS].contents()),
            chunks=_chunks(reader.fields[_CHUNKS].contents()),
        )
    if not imatrix.importance:
        raise ImatrixError(
            problem="it speaks of no tensor at all", file=path, remedy=_AGAIN
        )
    return imatrix


def _read_importance(path: Path, reader: GGUFReader) -> dict[str, Importance]:
    tensors = {
        tensor.name: tensor.data
        for tensor in reader.tensors
        if tensor.name.endswith((_SUMS, _COUNTS))
    }
    found = {}
    for name in sorted({name.rpartition(".")[0] for name in tensors}):
        try:
            sums, counts = tensors[name + _SUMS], tensors[name + _COUNTS]
        except KeyError as error:
            raise ImatrixError(
                problem="it has sums without counts, or counts without sums",
                file=path,
                tensor=name,
                remedy=_AGAIN,
            ) from error
        problem = _problem(sums, counts)
        if problem:
            raise ImatrixError(problem=problem, file=path, tensor=name, remedy=_AGAIN)
        found[name] = _importance(sums, counts)
    return found


def _problem(sums: NDArray[Any], counts: NDArray[Any]) -> str:
    """Returns what is wrong with the two tensors of one entry, or nothing."""
    if {sums.dtype, counts.dtype} != {np.dtype(np.float32)}:
        return "its sums and counts are not float32"
    if not counts.size or not sums.size or sums.size % counts.size:
        return f"it has {sums.size} sums for {counts.size} counts"
    for values in (sums, counts):
        if not (np.isfinite(values).all() and (values >= 0).all()):
            return "it holds a number that is negative or not finite"
    return ""


def _importance(sums: NDArray[np.float32], counts: NDArray[np.float32]) -> Importance:
    """Returns the mean squares; 1 where nothing was counted.

    Counts are whole numbers; like llama.cpp's `lround`, halves go up.
    """
    whole = np.floor(counts.astype(np.float64) + 0.5).astype(np.float32)
    parts = sums.reshape(counts.size, -1)
    divisors = whole.reshape(-1, 1)
    means = np.ones_like(parts)
    np.divide(parts, divisors, out=means, where=divisors > 0)
    return means.reshape(-1)


def _dataset(names: object) -> str:
    """Returns the name of the first text without its folder, or nothing."""
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        return ""
    return re.split(r"[/\\]", names[0])[-1] if names else ""


def _chunks(count: object) -> int:
    """Returns the number of chunks where it is one, else 0."""
    return count if isinstance(count, int) and 0 < count < 1 << 32 else 0


def weigh(
    imatrix: Imatrix | None, tensors: Sequence[TensorInfo], *, is_kept: bool
) -> Weighting:
    """Works out what an importance matrix does to the tensors of a model.

    Args:
        imatrix: The importance matrix, or None where none was given.
        tensors: All tensors and their chosen types.
        is_kept: Whether no weight is quantized, as they all keep their numbers.

    Raises:
        ImatrixError: It is that of another model.
    """
    if imatrix is None:
        return Weighting()
    _check_fit(imatrix, tensors)
    quantized = [
        tensor
        for tensor in tensors
        if len(tensor.shape) > 1 and tensor.kind not in _BLIND and not is_kept
    ]
    used = {
        tensor.name: imatrix.importance[tensor.name]
        for tensor in quantized
        if tensor.name in imatrix.importance
    }
    if not used:
        warning = (
            f"{imatrix.file.name} changes nothing: no weight that it speaks of is "
            "quantized to a type that heeds importance; choose another --type"
        )
        return Weighting(warnings=(warning,))
    return Weighting(
        importance=used,
        header=tuple(imatrix.header()),
        warnings=tuple(_gaps(imatrix, tensors, quantized)),
    )


def _check_fit(imatrix: Imatrix, tensors: Iterable[TensorInfo]) -> None:
    spoken_of = [tensor for tensor in tensors if tensor.name in imatrix.importance]
    if not spoken_of:
        raise ImatrixError(
            problem="it speaks of no tensor of this model",
            file=imatrix.file,
            remedy="give the importance matrix of this model",
        )
    for tensor in spoken_of:
        found, columns = imatrix.importance[tensor.name].size, tensor.shape[-1]
        if found != columns:
            raise ImatrixError(
                problem=f"it speaks of {found} columns, and this model has {columns}",
                file=imatrix.file,
                tensor=tensor.name,
                remedy="give the importance matrix of this model",
            )


def _gaps(
    imatrix: Imatrix, tensors: Sequence[TensorInfo], quantized: Sequence[TensorInfo]
) -> Iterator[str]:
    """Yields warnings about what is in the model or in the matrix only.

    Embeddings and output are often left out on purpose, and never worth a warning.
    """
    silent = [
        tensor.name
        for tensor in quantized
        if tensor.name.startswith("blk.") and tensor.name not in imatrix.importance
    ]
    if silent:
        yield (
            f"{imatrix.file.name} says nothing about {_counted(silent)}; what it does "
            "not speak of is quantized without it"
        )
    unknown = sorted(imatrix.importance.keys() - {tensor.name for tensor in tensors})
    if unknown:
        yield (
            f"{imatrix.file.name} speaks of {_counted(unknown)}, which this model does "
            "not have"
        )


def _counted(names: Sequence[str]) -> str:
    if len(names) == 1:
        return names[0]
    return f"{len(names)} tensors ({names[0]} and so on)"
