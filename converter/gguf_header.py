"""Reads the header of a GGUF file: what it says of itself and of its tensors.

gguf's own reader believes a file. Told of 2**60 values it begins to make them, one
Python object each. Here every length is measured against the file before it is used, so
that time and memory depend on what is there. Arrays are walked over and left out.
Format: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md, versions 2 and 3.
"""

import mmap
import struct
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias, TypeVar

from gguf.constants import (
    GGML_QUANT_SIZES,
    GGUF_DEFAULT_ALIGNMENT,
    GGMLQuantizationType,
    GGUFValueType as V,
)

from converter.errors import CheckpointError, ConversionError, UnsupportedError
from converter.writer import TensorInfo

Scalar: TypeAlias = str | bool | int | float
_Item = TypeVar("_Item")

_MAGIC = b"GGUF"
_VERSIONS = (2, 3)
_MAX_HEADER = 64 << 20  # a vocabulary of 256,000 tokens takes some 20 MB
_MAX_ENTRIES = 1 << 16  # keys, or tensors
_MAX_DIMENSIONS = 4  # ggml's own limit
_ALIGNMENTS = {1 << power for power in range(21)}
_NUMBERS = {
    kind: struct.Struct("<" + code)
    for kind, code in (
        (V.UINT8, "B"),
        (V.INT8, "b"),
        (V.UINT16, "H"),
        (V.INT16, "h"),
        (V.UINT32, "I"),
        (V.INT32, "i"),
        (V.FLOAT32, "f"),
        (V.BOOL, "?"),
        (V.UINT64, "Q"),
        (V.INT64, "q"),
        (V.FLOAT64, "d"),
    )
}


@dataclass(frozen=True, slots=True)
class GgufHeader:
    """What a GGUF says.

    Attributes:
        version: Of the format.
        values: Numbers and texts by key, without arrays.
        tensors: The tensors, in order.
        size: Bytes of the header.
    """

    version: int
    values: Mapping[str, Scalar]
    tensors: tuple[TensorInfo, ...]
    size: int


def read_gguf_header(path: Path) -> GgufHeader:
    """Reads the header and checks that the file holds the tensors it speaks of.

    Raises:
        CheckpointError: The file is no GGUF, or damaged.
        UnsupportedError: Its version or a type is unknown.
        OSError: It cannot be read.
    """
    with path.open("rb") as file:
        if file.read(len(_MAGIC)) != _MAGIC:
            raise CheckpointError(
                problem="this is no GGUF file",
                file=path,
                remedy="give a GGUF file or the folder of a checkpoint",
            )
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            try:
                return _read(_Cursor(data, len(_MAGIC)), len(data))
            except ConversionError as error:
                error.file = path
                raise
            except (ValueError, KeyError) as error:
                raise CheckpointError(
                    problem="the GGUF file is damaged or cut off",
                    file=path,
                    remedy="download or convert it again",
                ) from error


class _Cursor:
    """A place in the file; what lies beyond the end of the header raises ValueError."""

    def __init__(self, data: mmap.mmap, position: int) -> None:
        self.position = position
        self._data = data
        self._end = min(len(data), _MAX_HEADER)

    def number(self, kind: V) -> Any:  # noqa: ANN401 -- what the kind says
        """Reads a number."""
        place = self._take(_NUMBERS[kind].size)
        return _NUMBERS[kind].unpack_from(self._data, place)[0]

    def count(self) -> int:
        """Reads how many keys or tensors there are."""
        count: int = self.number(V.UINT64)
        if count > _MAX_ENTRIES:
            message = "nothing has so many"
            raise ValueError(message)
        return count

    def text(self) -> str:
        """Reads a text."""
        size: int = self.number(V.UINT64)
        place = self._take(size)
        return self._data[place : place + size].decode()

    def value(self) -> Scalar | None:
        """Reads a value of any type; None for an array."""
        kind = V(self.number(V.UINT32))
        if kind is V.ARRAY:
            self._skip_array()
            return None
        value: Scalar = self.text() if kind is V.STRING else self.number(kind)
        return value

    def _skip_array(self) -> None:
        kind, count = V(self.number(V.UINT32)), self.number(V.UINT64)
        if kind is V.STRING:
            for _ in range(count):  # ends with the header, each text takes 8 bytes
                self._take(self.number(V.UINT64))
        else:
            self._take(count * _NUMBERS[kind].size)

    def _take(self, size: int) -> int:
        place = self.position
        if size > self._end - place:
            message = "cut off"
            raise ValueError(message)
        self.position += size
        return place


def _read(cursor: _Cursor, size: int) -> GgufHeader:
    version = cursor.number(V.UINT32)
    if version not in _VERSIONS:
        raise UnsupportedError(
            problem=f"it has version {version} of GGUF, and only 2 and 3 are known",
            remedy="convert the model again",
        )
    tensor_count, value_count = cursor.count(), cursor.count()
    values = dict(_unique((cursor.text(), cursor.value()) for _ in range(value_count)))
    tensors = dict(_unique(_tensor(cursor) for _ in range(tensor_count)))
    alignment = values.get("general.alignment", GGUF_DEFAULT_ALIGNMENT)
    if not isinstance(alignment, int) or alignment not in _ALIGNMENTS:
        message = "no power of two"
        raise ValueError(message)
    start = cursor.position + -cursor.position % alignment
    if any(start + offset + info.size > size for info, offset in tensors.values()):
        message = "cut off"
        raise ValueError(message)
    return GgufHeader(
        version=version,
        values={key: value for key, value in values.items() if value is not None},
        tensors=tuple(info for info, _ in tensors.values()),
        size=start,
    )


def _tensor(cursor: _Cursor) -> tuple[str, tuple[TensorInfo, int]]:
    """Reads name, description and place of a tensor's data."""
    name, dimensions = cursor.text(), cursor.number(V.UINT32)
    if dimensions > _MAX_DIMENSIONS:
        message = "too many dimensions"
        raise ValueError(message)
    shape = tuple(cursor.number(V.UINT64) for _ in range(dimensions))[::-1] or (1,)
    number, offset = cursor.number(V.UINT32), cursor.number(V.UINT64)
    try:
        kind = GGMLQuantizationType(number)
    except ValueError as error:
        raise UnsupportedError(
            problem=f"the type {number} is unknown",
            tensor=name,
            remedy="use a newer version of this program",
        ) from error
    block, _ = GGML_QUANT_SIZES[kind]
    if shape[-1] % block:
        message = "a block is cut off"
        raise ValueError(message)
    return name, (TensorInfo(name, shape, kind), offset)


def _unique(items: Iterable[tuple[str, _Item]]) -> Iterator[tuple[str, _Item]]:
    """Yields keys with their values, each key once."""
    seen: set[str] = set()
    for key, item in items:
        if key in seen:
            message = "a name occurs twice"
            raise ValueError(message)
        seen.add(key)
        yield key, item
