"""Writes a GGUF: header first, then each tensor in the announced order.

Calls out of order are refused, and the file has its name only when it is whole.
Format: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md, version 3.
"""

import struct
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from gguf.constants import (
    GGUF_DEFAULT_ALIGNMENT,
    GGUF_MAGIC,
    GGUF_VERSION,
    GGMLQuantizationType,
    GGUFValueType,
)

from converter.errors import WriterMisuseError
from converter.metadata import Entry
from converter.output_file import OutputFile
from converter.quantize import tensor_bytes
from converter.tensors import Bytes

_SCALARS = {
    GGUFValueType.UINT32: "<I",
    GGUFValueType.INT32: "<i",
    GGUFValueType.FLOAT32: "<f",
    GGUFValueType.BOOL: "<?",
}


@dataclass(frozen=True, slots=True)
class TensorInfo:
    """What the header says about a tensor.

    Attributes:
        name: Its name.
        shape: Its shape, outermost dimension first.
        kind: Its type.
    """

    name: str
    shape: tuple[int, ...]
    kind: GGMLQuantizationType

    @property
    def size(self) -> int:
        """Bytes of its data, without padding."""
        return tensor_bytes(self.kind, self.shape)


class GgufWriter:
    """One GGUF in the making.

    Use it in a `with` block: `begin`, then `write` for each tensor, then `finish`.
    Leaving the block without `finish` removes what was written.
    """

    def __init__(self, target: Path, *, overwrite: bool = False) -> None:
        """Prepares to write; nothing is on the disk before `begin`.

        Args:
            target: The file to make.
            overwrite: Whether it may replace a file of this name.
        """
        self._output = OutputFile(target, overwrite=overwrite)
        self._left: list[TensorInfo] = []
        self._is_finished = False

    def __enter__(self) -> Self:
        self._output.check()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._output.discard()
        if kind is None and not self._is_finished:
            message = "the writer was left before finish()"
            raise WriterMisuseError(message)

    def begin(self, entries: Sequence[Entry], tensors: Sequence[TensorInfo]) -> int:
        """Writes the header.

        Args:
            entries: Keys and values, each key once.
            tensors: All tensors in the order in which they will be written.

        Returns:
            Bytes the whole file will have.

        Raises:
            OutputError: The file cannot be written.
        """
        if self._output.is_open or self._is_finished:
            message = "begin() was called twice"
            raise WriterMisuseError(message)
        header = encode_header(entries, tensors)
        size = len(header) + _data_size(tensors)
        self._output.open(size)
        self._output.write(header)
        self._left = list(tensors)
        return size

    def write(self, name: str, chunks: Iterable[Bytes]) -> Iterator[int]:
        """Writes a tensor's data and yields the size of each chunk once written.

        Args:
            name: Its name, which must be the next one announced.
            chunks: Its data in order.

        Raises:
            OutputError: The file cannot be written.
        """
        if not self._left or self._left[0].name != name:
            message = f"write({name!r}) was called out of order"
            raise WriterMisuseError(message)
        tensor = self._left.pop(0)
        written = 0
        for chunk in chunks:
            self._output.write(chunk)
            written += chunk.nbytes
            yield chunk.nbytes
        if written != tensor.size:
            message = f"{name} has {written} bytes instead of {tensor.size}"
            raise WriterMisuseError(message)
        self._output.write(bytes(_padding(written)))

    def finish(self) -> None:
        """Brings the file to the disk and gives it its name.

        Raises:
            OutputError: The file cannot be written.
        """
        if not self._output.is_open or self._left:
            message = f"finish() was called with {len(self._left)} tensors left"
            raise WriterMisuseError(message)
        self._output.commit()
        self._is_finished = True


def file_size(entries: Sequence[Entry], tensors: Sequence[TensorInfo]) -> int:
    """Returns the bytes of a whole file."""
    return len(encode_header(entries, tensors)) + _data_size(tensors)


def _data_size(tensors: Sequence[TensorInfo]) -> int:
    return sum(tensor.size + _padding(tensor.size) for tensor in tensors)


def encode_header(entries: Sequence[Entry], tensors: Sequence[TensorInfo]) -> bytes:
    """Returns everything in front of the first tensor's data, padding included.

    Args:
        entries: Keys and values, each key once.
        tensors: All tensors in the order of their data.
    """
    _check_unique("key", [entry.key for entry in entries])
    _check_unique("tensor", [tensor.name for tensor in tensors])
    parts = [struct.pack("<IIQQ", GGUF_MAGIC, GGUF_VERSION, len(tensors), len(entries))]
    parts += map(_entry, entries)
    offset = 0
    for tensor in tensors:
        parts += (
            _string(tensor.name),
            struct.pack("<I", len(tensor.shape)),
            *(struct.pack("<Q", size) for size in reversed(tensor.shape)),
            struct.pack("<IQ", tensor.kind, offset),
        )
        offset += tensor.size + _padding(tensor.size)
    header = b"".join(parts)
    return header + bytes(_padding(len(header)))


def _check_unique(kind: str, names: list[str]) -> None:
    if len(set(names)) != len(names):
        message = f"a {kind} occurs twice"
        raise WriterMisuseError(message)


def _padding(size: int) -> int:
    return -size % GGUF_DEFAULT_ALIGNMENT


def _entry(entry: Entry) -> bytes:
    key, kind, value = _string(entry.key), entry.kind, entry.value
    if not entry.is_array:
        return key + struct.pack("<I", kind) + _value(kind, value)
    if not isinstance(value, list | tuple):
        message = f"{entry.key} is no array"
        raise WriterMisuseError(message)
    start = struct.pack("<IIQ", GGUFValueType.ARRAY, kind, len(value))
    return key + start + b"".join(_value(kind, item) for item in value)


def _value(kind: GGUFValueType, value: object) -> bytes:
    if isinstance(value, str) and kind is GGUFValueType.STRING:
        return _string(value)
    try:
        return struct.pack(_SCALARS[kind], value)
    except (KeyError, struct.error) as error:
        message = f"{value!r:.40} is no {kind.name}"
        raise WriterMisuseError(message) from error


def _string(text: str) -> bytes:
    data = text.encode()
    return struct.pack("<Q", len(data)) + data
