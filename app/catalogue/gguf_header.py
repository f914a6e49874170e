"""Reads the header of a GGUF file: what it says of itself and of its tensors.

For lists of models that somebody put somewhere: nothing native is loaded, nothing is
believed. ggml's own reader is the engine's, in a process that may die of a damaged
file; the converter's belongs to another program. Every length is measured against the
file before it is used, and a header has a limit. Arrays are walked over: how long they
are is kept, and the largest number of short ones. The file is read and not mapped,
because another program may cut it off meanwhile.

Format: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md, versions 2 and 3.
"""

import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, Final, TypeAlias

from app.catalogue.ggml_types import TYPES
from app.domain.errors import ErrorCode, UserError

Scalar: TypeAlias = str | bool | int | float

_MAGIC: Final = b"GGUF"
_VERSIONS: Final = (2, 3)
_MOST_BYTES: Final = 64 << 20
"""A vocabulary of 256,000 tokens takes some 20 MB."""
_MOST_ENTRIES: Final = 1 << 16
_MOST_DIMENSIONS: Final = 4
_SHORT: Final = 4096
"""Numbers of an array that is looked at: one for each layer, for example."""
_LONGEST_TEXT: Final = 1 << 20
_AT_ONCE: Final = 1 << 20
_ALIGNMENT: Final = 32
_MOST_ALIGNMENT: Final = 1 << 20
_STRING: Final = 8
_ARRAY: Final = 9
# Of `gguf_type`, the kinds of single numbers.
_NUMBERS: Final = {
    0: struct.Struct("<B"),
    1: struct.Struct("<b"),
    2: struct.Struct("<H"),
    3: struct.Struct("<h"),
    4: struct.Struct("<I"),
    5: struct.Struct("<i"),
    6: struct.Struct("<f"),
    7: struct.Struct("<?"),
    10: struct.Struct("<Q"),
    11: struct.Struct("<q"),
    12: struct.Struct("<d"),
}
_WORD: Final = 4
_LONG: Final = 10


@dataclass(frozen=True, slots=True)
class TensorEntry:
    """A tensor as the header names it.

    Attributes:
        name: Its name, such as "blk.0.ffn_up.weight".
        type: ggml's name of its type, such as "q4_0".
        dimensions: How many dimensions it has.
        count: How many numbers.
        size: Its bytes.
    """

    name: str
    type: str
    dimensions: int
    count: int
    size: int


@dataclass(frozen=True, slots=True)
class GgufHeader:
    """What a GGUF file says.

    Attributes:
        values: Numbers and texts by key; of a short array of numbers the largest.
        counts: Entries of arrays by key.
        tensors: The tensors, in order.
        end: Where the last tensor ends: bytes that the file has to have.
    """

    values: Mapping[str, Scalar]
    counts: Mapping[str, int] = field(default_factory=dict)
    tensors: tuple[TensorEntry, ...] = ()
    end: int = 0

    def text(self, key: str) -> str:
        """A text; empty where there is none."""
        value = self.values.get(key)
        return value if isinstance(value, str) else ""

    def number(self, key: str) -> int:
        """A whole number that is not negative; 0 where there is none."""
        value = self.values.get(key)
        return max(value, 0) if isinstance(value, int) else 0


def read_gguf_header(path: Path) -> GgufHeader:
    """Reads a header.

    Whether the file is long enough for its tensors is for the caller to compare.

    Raises:
        UserError: `MODEL_UNREADABLE`: it is no GGUF file, or damaged;
            `MODEL_UNSUPPORTED`: its version or a type is unknown;
            `MODEL_NOT_FOUND`: it is not there, or must not be read.
    """
    try:
        with path.open("rb") as file:
            return _read(_Cursor(file), path)
    except OSError as error:
        raise UserError(ErrorCode.MODEL_NOT_FOUND, f"{path.name} ({error})") from error
    except (ValueError, struct.error) as error:
        raise UserError(ErrorCode.MODEL_UNREADABLE, path.name) from error


class _Cursor:
    """A place in the header; what lies beyond its end raises ValueError."""

    def __init__(self, file: BinaryIO) -> None:
        self.position = 0
        self._file = file
        self._data = bytearray()

    def take(self, size: int) -> int:
        """Goes on by so many bytes, which are then in memory; where they begin."""
        place = self.position
        end = place + size
        if end > len(self._data):
            self._grow(end)
        self.position = end
        return place

    def bytes(self, size: int) -> bytes:
        """The next bytes."""
        place = self.take(size)
        return bytes(self._data[place : place + size])

    def number(self, kind: int) -> Any:  # noqa: ANN401 -- what the kind says
        """The next number; KeyError for a kind that is none."""
        found = _NUMBERS[kind]
        return found.unpack_from(self._data, self.take(found.size))[0]

    def text(self) -> str:
        """The next text."""
        size: int = self.number(_LONG)
        if size > _LONGEST_TEXT:
            message = "no text is so long"
            raise ValueError(message)
        return self.bytes(size).decode("utf-8", "replace")

    def skip_texts(self, count: int) -> None:
        """Goes over so many texts; each takes 8 bytes at least, so this ends."""
        unpack = _NUMBERS[_LONG].unpack_from
        data, position = self._data, self.position
        for _ in range(count):
            if position + 8 > len(data):
                self._grow(position + 8)
            position += 8 + unpack(data, position)[0]
        self.position = position
        self.take(0)

    def _grow(self, end: int) -> None:
        """Reads on until `end` is in memory."""
        if end > _MOST_BYTES:
            message = "no header is so long"
            raise ValueError(message)
        while len(self._data) < end:
            more = self._file.read(_AT_ONCE)
            if not more:
                message = "cut off"
                raise ValueError(message)
            self._data += more


def _read(cursor: _Cursor, path: Path) -> GgufHeader:
    if cursor.bytes(len(_MAGIC)) != _MAGIC:
        message = "not GGUF"
        raise ValueError(message)
    version: int = cursor.number(_WORD)
    if version not in _VERSIONS:
        detail = f"{path.name} (GGUF {version})"
        raise UserError(ErrorCode.MODEL_UNSUPPORTED, detail)
    tensor_count, value_count = _count(cursor), _count(cursor)
    values: dict[str, Scalar] = {}
    counts: dict[str, int] = {}
    for _ in range(value_count):
        _read_value(cursor, values, counts)
    found = [_tensor(cursor, path) for _ in range(tensor_count)]
    alignment = values.get("general.alignment", _ALIGNMENT)
    if not isinstance(alignment, int) or not 0 < alignment <= _MOST_ALIGNMENT:
        message = "no alignment"
        raise ValueError(message)
    start = cursor.position + -cursor.position % alignment
    ends = (start + offset + tensor.size for tensor, offset in found)
    tensors = tuple(tensor for tensor, _ in found)
    return GgufHeader(values, counts, tensors, max(ends, default=0))


def _count(cursor: _Cursor) -> int:
    count: int = cursor.number(_LONG)
    if count > _MOST_ENTRIES:
        message = "nothing has so many"
        raise ValueError(message)
    return count


def _read_value(
    cursor: _Cursor, values: dict[str, Scalar], counts: dict[str, int]
) -> None:
    """Reads a key with its value; of an array its length."""
    key = cursor.text()
    kind: int = cursor.number(_WORD)
    if kind == _STRING:
        values[key] = cursor.text()
    elif kind in _NUMBERS:
        values[key] = cursor.number(kind)
    elif kind == _ARRAY:
        counts[key] = _read_array(cursor, key, values)
    else:
        message = "a kind of value that is unknown"
        raise ValueError(message)


def _read_array(cursor: _Cursor, key: str, values: dict[str, Scalar]) -> int:
    """Goes over an array and returns its length."""
    kind: int = cursor.number(_WORD)
    count: int = cursor.number(_LONG)
    if kind == _STRING:
        cursor.skip_texts(count)
    elif kind not in _NUMBERS:
        message = "an array of what is unknown"
        raise ValueError(message)
    elif 0 < count <= _SHORT:
        values[key] = max(cursor.number(kind) for _ in range(count))
    else:
        cursor.take(count * _NUMBERS[kind].size)
    return count


def _tensor(cursor: _Cursor, path: Path) -> tuple[TensorEntry, int]:
    """Reads the description of a tensor, and where its data begin."""
    name, dimensions = cursor.text(), cursor.number(_WORD)
    if dimensions > _MOST_DIMENSIONS:
        message = "too many dimensions"
        raise ValueError(message)
    count, longer = 1, 1
    for axis in range(dimensions):
        length: int = cursor.number(_LONG)
        count *= length
        # ggml fills up with ones, and so do some writers.
        longer = axis + 1 if length != 1 else longer
    number, offset = cursor.number(_WORD), cursor.number(_LONG)
    kind = TYPES.get(number)
    if kind is None:
        detail = f"{path.name} ({name}: type {number})"
        raise UserError(ErrorCode.MODEL_UNSUPPORTED, detail)
    size = -(-count // kind.count) * kind.size
    return TensorEntry(name, kind.name, longer, count, size), offset
