"""Writes a GGUF: header first, then each tensor in the announced order.

The file grows under a temporary name beside the target, `NAME.part`, and takes the
target's name only when it is whole and on the disk. Calls out of order are refused.
Format: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md, version 3.
"""

import contextlib
import errno
import os
import struct
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from gguf.constants import (
    GGUF_DEFAULT_ALIGNMENT,
    GGUF_MAGIC,
    GGUF_VERSION,
    GGMLQuantizationType,
    GGUFValueType,
)

from converter.errors import ConversionError, OutputError, WriterMisuseError
from converter.metadata import Entry
from converter.progress import readable_size
from converter.quantize import Bytes, tensor_bytes

if sys.platform != "win32":
    import fcntl

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


def _padding(size: int) -> int:
    return -size % GGUF_DEFAULT_ALIGNMENT


class GgufWriter:
    """One GGUF in the making.

    Use it in a `with` block: `begin`, then `write` for each tensor, then `finish`.
    Leaving the block without `finish` removes the temporary file.
    """

    def __init__(self, target: Path, *, overwrite: bool = False) -> None:
        """Prepares to write; nothing is on the disk before `begin`.

        Args:
            target: The file to make.
            overwrite: Whether it may replace a file of this name.
        """
        self._target = target
        self._temporary = target.with_name(target.name + ".part")
        self._overwrite = overwrite
        self._file: IO[bytes] | None = None
        self._left: list[TensorInfo] = []
        self._finished = False

    def __enter__(self) -> Self:
        self.check_target()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._file is not None:
            with contextlib.suppress(OSError):  # unwritten data of a full disk
                self._file.close()
            if not self._finished:
                self._temporary.unlink(missing_ok=True)
        if kind is None and not self._finished:
            message = "the writer was left before finish()"
            raise WriterMisuseError(message)

    def check_target(self) -> None:
        """Makes sure that the target may be written.

        Raises:
            OutputError: It exists or its folder does not.
        """
        if self._target.is_dir():
            raise OutputError(problem="this is a folder", file=self._target)
        if self._target.exists() and not self._overwrite:
            raise OutputError(
                problem="the file exists already",
                file=self._target,
                remedy="choose another name, or allow it with --force",
            )
        if not self._target.parent.is_dir():
            raise OutputError(
                problem="the folder does not exist",
                file=self._target.parent,
                remedy="create it first",
            )

    def begin(self, entries: Iterable[Entry], tensors: Iterable[TensorInfo]) -> int:
        """Writes the header.

        Args:
            entries: Keys and values, each key once.
            tensors: All tensors in the order in which they will be written.

        Returns:
            Bytes the whole file will have.

        Raises:
            OutputError: The file cannot be written.
        """
        if self._file is not None:
            message = "begin() was called twice"
            raise WriterMisuseError(message)
        self._left = list(tensors)
        header = _header(list(entries), self._left)
        data = sum(tensor.size + _padding(tensor.size) for tensor in self._left)
        with self._output_errors():
            _check_space(self._target.parent, len(header) + data)
            self._file = _open_alone(self._temporary)
            self._file.write(header)
        return len(header) + data

    def write(self, name: str, chunks: Iterable[Bytes]) -> Iterator[int]:
        """Writes a tensor's data and yields the size of each chunk once written.

        Args:
            name: Its name, which must be the next one announced.
            chunks: Its data in order.

        Raises:
            OutputError: The file cannot be written.
        """
        if self._file is None or not self._left or self._left[0].name != name:
            message = f"write({name!r}) was called out of order"
            raise WriterMisuseError(message)
        tensor = self._left.pop(0)
        written = 0
        for chunk in chunks:
            with self._output_errors():
                self._file.write(chunk.data)
            written += chunk.nbytes
            yield chunk.nbytes
        if written != tensor.size:
            message = f"{name} has {written} bytes instead of {tensor.size}"
            raise WriterMisuseError(message)
        with self._output_errors():
            self._file.write(bytes(_padding(written)))

    def finish(self) -> None:
        """Brings the file to the disk and gives it its name.

        Raises:
            OutputError: The file cannot be written.
        """
        if self._file is None or self._left:
            message = f"finish() was called with {len(self._left)} tensors left"
            raise WriterMisuseError(message)
        with self._output_errors():
            self._file.flush()
            os.fsync(self._file.fileno())
        self.check_target()
        with self._output_errors():
            if sys.platform == "win32":  # which renames no open file
                self._file.close()
            self._temporary.replace(self._target)
            self._finished = True
            _sync_folder(self._target.parent)

    @contextlib.contextmanager
    def _output_errors(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise _output_error(error, self._target) from error


def _open_alone(path: Path) -> IO[bytes]:
    """Opens a file from its beginning, unless another process is writing it.

    What a killed process has left is written over.
    """
    file = path.open("ab")
    try:
        if not _is_locked(file, path):
            raise OutputError(
                problem="another conversion is writing this file",
                file=path,
                remedy="wait for it to end",
            )
        file.truncate(0)
    except BaseException:
        file.close()
        raise
    return file


def _is_locked(file: IO[bytes], path: Path) -> bool:
    """Locks a file and returns whether it is ours alone; always so on Windows."""
    if sys.platform != "win32":
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            # Between open() and flock() another process may have renamed it.
            return os.path.samestat(os.fstat(file.fileno()), path.stat())
        except (BlockingIOError, FileNotFoundError):
            return False
    return True


def _output_errors(self) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise _output_error(error, self._target) from error


def _open_alone(path: Path) -> IO[bytes]:
    """Opens a file from its beginning, unless another process is writing it.

    What a killed process has left is written over.
    """
    file = path.open("ab")
    if sys.platform != "win32":
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            is_same = path.exists() and os.path.samestat(
                os.fstat(file.fileno()), path.stat()
            )
        except BlockingIOError:
            is_same = False
        # Between open() and flock() the other process may have renamed it.
        if not is_same:
            file.close()
            raise OutputError(
                problem="another conversion is writing this file",
                file=path,
                remedy="wait for it to end",
            )
    file.truncate(0)
    return file


def _output_error(error: OSError, target: Path) -> ConversionError:
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return OutputError(
            problem="the disk is full",
            file=target,
            remedy="free some space or choose another",
        )
    return OutputError(
        problem=f"the file cannot be written ({error.strerror})",
        file=target,
        remedy="choose another folder",
    )


def _check_space(folder: Path, size: int) -> None:
    if not hasattr(os, "statvfs"):
        return
    state = os.statvfs(folder)
    free = state.f_bavail * state.f_frsize
    if free < size:
        raise OutputError(
            problem=f"the disk has {readable_size(free)} free, and the file needs "
            f"{readable_size(size)}",
            file=folder,
            remedy="free some space or choose another disk",
        )


def _sync_folder(folder: Path) -> None:
    """Makes the new name last; only POSIX can and needs to."""
    if os.name == "posix":
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _header(entries: list[Entry], tensors: list[TensorInfo]) -> bytes:
    for kind, names in (
        ("key", [entry.key for entry in entries]),
        ("tensor", [tensor.name for tensor in tensors]),
    ):
        if len(set(names)) != len(names):
            message = f"a {kind} occurs twice"
            raise WriterMisuseError(message)
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
