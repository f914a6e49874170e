"""A GGUF as a verification sees it: its header, and its tensors as rows of bytes."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
from gguf import GGUFReader
from gguf.constants import GGMLQuantizationType

from converter.dtypes import DType
from converter.errors import CheckpointError
from converter.gguf_file import opened_gguf
from converter.quantize import row_bytes
from converter.tensors import StoredTensor


@dataclass(frozen=True, slots=True)
class GgufTensor:
    """A tensor of a GGUF.

    Attributes:
        kind: Its type.
        shape: Its shape, outermost dimension first.
        data: Its bytes in the mapped file, a row of them for each of its rows; a tensor
            of one dimension is one row.
    """

    kind: GGMLQuantizationType
    shape: tuple[int, ...]
    data: StoredTensor


@dataclass(frozen=True, slots=True)
class GgufModel:
    """A GGUF.

    Attributes:
        path: The file.
        header: Values by key; lists for arrays.
        tensors: Tensors by name.
    """

    path: Path
    header: Mapping[str, Any]
    tensors: Mapping[str, GgufTensor]

    @property
    def is_weighted(self) -> bool:
        """Whether it was made with an importance matrix."""
        return any(key.startswith("quantize.imatrix.") for key in self.header)


def read_gguf(path: Path) -> GgufModel:
    """Reads a GGUF without loading its tensors.

    Raises:
        CheckpointError: It is missing, damaged or none.
    """
    with opened_gguf(
        path,
        CheckpointError,
        expected="give the file that was made of the checkpoint",
        mending="download or convert it again",
    ) as reader:
        header = {name: field.contents() for name, field in reader.fields.items()}
        tensors = dict(_tensors(reader, path))
    return GgufModel(path, header, tensors)


def _tensors(reader: GGUFReader, path: Path) -> list[tuple[str, GgufTensor]]:
    raw = reader.data.view(np.ndarray)
    found = []
    for tensor in reader.tensors:
        shape = tuple(int(size) for size in reversed(tensor.shape))
        start, size = int(tensor.data_offset), int(tensor.n_bytes)
        data = raw[start : start + size].reshape(
            prod(shape[:-1]), row_bytes(tensor.tensor_type, shape[-1])
        )
        stored = StoredTensor(name=tensor.name, file=path, dtype=DType.U8, array=data)
        found.append((tensor.name, GgufTensor(tensor.tensor_type, shape, stored)))
    return found
