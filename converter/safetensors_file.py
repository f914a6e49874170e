"""Reads the tensors of a `.safetensors` file: a JSON header and raw data.

The format: 8 bytes little-endian header length, the header, the data. See
https://github.com/huggingface/safetensors#format.
"""

import json
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from converter.dtypes import DType
from converter.errors import CheckpointError
from converter.tensors import MAX_DIMENSIONS, StoredTensor

_DTYPES = {
    "F16": DType.F16,
    "BF16": DType.BF16,
    "F32": DType.F32,
    "F64": DType.F64,
    "U8": DType.U8,
    "I8": DType.I8,
    "I16": DType.I16,
    "I32": DType.I32,
    "I64": DType.I64,
    "BOOL": DType.BOOL,
}
_LENGTH = 8
_MAX_HEADER = 16 << 20  # a header of MOSS has 50 kB; as objects ten times as much
_MAX_NUMBER = 1 << 62
_AGAIN = "download the file again"


def read_safetensors(path: Path) -> dict[str, StoredTensor]:
    """Returns the tensors of a safetensors file by name, without loading their data.

    Raises:
        CheckpointError: The file is damaged.
    """
    if path.stat().st_size < _LENGTH:
        raise CheckpointError(problem="the file is cut off", file=path, remedy=_AGAIN)
    raw = np.memmap(path, np.uint8, "r").view(np.ndarray)
    size = int.from_bytes(raw[:_LENGTH].tobytes(), "little")
    if size > min(_MAX_HEADER, raw.size - _LENGTH):
        raise CheckpointError(problem="the header is cut off", file=path, remedy=_AGAIN)
    header = _parse(raw[_LENGTH : _LENGTH + size].tobytes(), path)
    header.pop("__metadata__", None)
    data = raw[_LENGTH + size :]
    return {
        name: _tensor(name, entry, data, file=path) for name, entry in header.items()
    }


def _parse(header: bytes, path: Path) -> dict[str, Any]:
    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        names = dict(pairs)
        if len(names) != len(pairs):
            message = "a name occurs twice"
            raise ValueError(message)
        return names

    try:
        value = json.loads(header.decode(), object_pairs_hook=unique)
    except (ValueError, RecursionError) as error:
        raise CheckpointError(
            problem="the header is no sound JSON", file=path, remedy=_AGAIN
        ) from error
    if not isinstance(value, dict):
        raise CheckpointError(
            problem="the header is no object", file=path, remedy=_AGAIN
        )
    return value


def _tensor(
    name: str, entry: object, data: NDArray[np.uint8], *, file: Path
) -> StoredTensor:
    match entry:
        case {
            "dtype": str(kind),
            "shape": list(shape),
            "data_offsets": [start, end],
        } if (
            kind in _DTYPES
            and len(shape) <= MAX_DIMENSIONS
            and all(type(n) is int and 0 <= n < _MAX_NUMBER for n in shape)
            and type(start) is type(end) is int
            and 0 <= start < end <= data.size
            and end - start == prod(shape) * _DTYPES[kind].size
        ):
            dtype = _DTYPES[kind]
            # A copy-free view even where the writer did not align the data.
            array = data[start:end].view(dtype.stored).reshape(shape)
            return StoredTensor(name=name, file=file, dtype=dtype, array=array)
    raise CheckpointError(
        problem="type, shape and place in the file do not fit",
        file=file,
        tensor=name,
        remedy=_AGAIN,
    )
