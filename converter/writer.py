"""Writes a GGUF: header first, then the tensors, each at its place, in any order.

Calls out of order are refused, and the file has its name only when it is whole.
Format: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md, version 3.
"""

import hashlib
import struct
import zlib
from collections.abc import Sequence
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

from converter.errors import Interrupted, WriterMisuseError
from converter.journal import History, Journal, Record
from converter.metadata import Entry
from converter.output_file import OutputFile
from converter.quantize import tensor_bytes
from converter.tensors import Bytes

_READ = 1 << 24
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    """What a GGUF will hold.

    Attributes:
        entries: Keys and values of the header, each key once.
        tensors: All tensors in the order of their data.
        number_types: How the checkpoint's weights were stored.
        made_with: Whatever else the tensors' bytes depend on.
    """

    entries: Sequence[Entry]
    tensors: Sequence[TensorInfo]
    number_types: str = ""
    made_with: str = ""


class GgufWriter:
    """One GGUF in the making.

    Use it in a `with` block: `begin`, then `write` for each tensor, then `finish`.
    Leaving the block without `finish` removes what was written, unless somebody asked
    the program to stop: then it is kept, and the next writer of the same contents goes
    on with it.
    """

    def __init__(
        self, target: Path, *, overwrite: bool = False, keep: bool = False
    ) -> None:
        """Prepares to write; nothing is on the disk before `begin`.

        Args:
            target: The file to make.
            overwrite: Whether it may replace a file of this name.
            keep: Whether what was written is kept after an error too.
        """
        self._output = OutputFile(target, overwrite=overwrite)
        self._keep = keep
        self._journal: Journal | None = None
        self._places: dict[str, tuple[int, int]] = {}
        self._found: dict[str, Record] = {}
        self._done: set[str] = set()
        self._current = _Current()
        self._written = 0
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
        if self._journal is not None:
            self._journal.close()
        stopped = isinstance(error, KeyboardInterrupt | Interrupted)
        if (self._done or self._found) and kind is not None and (self._keep or stopped):
            self._output.keep()
        else:
            self._output.discard()
        if kind is None and not self._is_finished:
            message = "the writer was left before finish()"
            raise WriterMisuseError(message)

    @property
    def history(self) -> History | None:
        """What a stopped writer of this file has noted, if there was one."""
        return History.read(self._output.journal)

    @property
    def done(self) -> set[str]:
        """Names of the tensors that are written."""
        return self._done | self._found.keys()

    @property
    def left(self) -> set[str]:
        """Names of the tensors that are not."""
        return self._places.keys() - self.done

    @property
    def written(self) -> int:
        """Bytes of all tensors that are there already."""
        return self._written

    def begin(self, contents: Contents) -> int:
        """Writes the header, or finds the file that a stopped writer has left.

        Args:
            contents: What the file will hold.

        Returns:
            Bytes the whole file will have.

        Raises:
            OutputError: The file cannot be written.
        """
        if self._output.is_open or self._is_finished:
            message = "begin() was called twice"
            raise WriterMisuseError(message)
        header = encode_header(contents.entries, contents.tensors)
        size = len(header) + _data_size(contents.tensors)
        key = hashlib.sha256(header + contents.made_with.encode()).hexdigest()
        self._output.open(size)
        self._places = _places(len(header), contents.tensors)
        history = self.history
        if (
            history is not None
            and history.key == key
            and self._output.read(0, len(header)) == header
        ):
            self._output.reserve(size, anew=False)
            self._found = dict(filter(self._is_sound, history.records.items()))
            self._written = sum(self._places[name][1] for name in self._found)
        else:
            history = History(key=key, number_types=contents.number_types)
            self._output.reserve(size, anew=True)
            self._output.write(0, header)
        with self._output.errors():
            self._journal = Journal(self._output.journal, history)
        return size

    def is_done(self, name: str, origin: str) -> bool:
        """Returns whether a tensor is written already, and from the same bytes.

        Args:
            name: Its name.
            origin: What says which bytes of a checkpoint it is made from.
        """
        return name in self._found and self._found[name].origin == origin

    def write(self, name: str, data: Bytes, *, origin: str = "") -> None:
        """Writes a part of a tensor, behind the last one.

        Tensors come in any order, but one after the other.

        Args:
            name: The tensor's name.
            data: Its next bytes.
            origin: What says which bytes of a checkpoint it is made from.

        Raises:
            OutputError: The file cannot be written.
        """
        current = self._current
        if name != current.name:
            if current.left or name not in self._places or name in self._done:
                message = f"write({name!r}) was called out of order"
                raise WriterMisuseError(message)
            offset, size = self._places[name]
            if self._found.pop(name, None):
                self._written -= size
            self._current = current = _Current(name, offset, size)
        if data.nbytes > current.left:
            message = f"{name} has more than {self._places[name][1]} bytes"
            raise WriterMisuseError(message)
        self._output.write(current.offset, data)
        current.offset += data.nbytes
        current.left -= data.nbytes
        self._written += data.nbytes
        current.checksum = zlib.crc32(data.data, current.checksum)
        if not current.left and self._journal is not None:
            self._done.add(name)
            with self._output.errors():
                self._journal.add(name, Record(current.checksum, origin))

    def sync(self) -> None:
        """Makes what was written last, even after a power cut.

        Raises:
            OutputError: The disk takes no more.
        """
        self._output.sync()
        if self._journal is not None:
            with self._output.errors():
                self._journal.sync()

    def finish(self) -> None:
        """Brings the file to the disk and gives it its name.

        Raises:
            OutputError: The file cannot be written.
        """
        if self._journal is None or self.left or self._current.left:
            message = f"finish() was called with {len(self.left)} tensors left"
            raise WriterMisuseError(message)
        self._journal.close()
        self._output.commit()
        self._is_finished = True

    def _is_sound(self, item: tuple[str, Record]) -> bool:
        """Returns whether a tensor's bytes are what the journal says."""
        name, record = item
        offset, left = self._places.get(name, (0, 0))
        checksum = 0
        while left and (data := self._output.read(offset, min(left, _READ))):
            checksum = zlib.crc32(data, checksum)
            offset += len(data)
            left -= len(data)
        return name in self._places and not left and checksum == record.checksum


@dataclass(slots=True)
class _Current:
    """The tensor that is being written: where its next byte goes, and how many left."""

    name: str = ""
    offset: int = 0
    left: int = 0
    checksum: int = 0


def file_size(contents: Contents) -> int:
    """Returns the bytes of a whole file."""
    header = encode_header(contents.entries, contents.tensors)
    return len(header) + _data_size(contents.tensors)


def _places(start: int, tensors: Sequence[TensorInfo]) -> dict[str, tuple[int, int]]:
    """Returns the place and the size of each tensor's data, by name."""
    places: dict[str, tuple[int, int]] = {}
    for tensor in tensors:
        places[tensor.name] = (start, tensor.size)
        start += tensor.size + _padding(tensor.size)
    return places


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
