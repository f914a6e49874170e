"""The header of a GGUF file, read by ggml's own reader: names, types and sizes.

ggml reads the vocabulary of the 16 B model in 20 ms; the `gguf` package needs 5 s. The
format is that of `gguf.h` in llama.cpp.
"""

import ctypes
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from app.engine.backends.llama import ggml
from app.engine.backends.llama.native import NativeLog, features
from app.engine.memory import Dimensions, Needs, Tensor, needs_of, repacked_types

_STRING: Final = 8
_ARRAY: Final = 9
_PART: Final = "-{:05d}-of-{:05d}.gguf"
_MOST_DIMENSIONS: Final = 4
# Of `gguf_type`, the kinds of numbers that sizes are given in.
_NUMBERS: Final[dict[int, type[Any]]] = {
    0: ctypes.c_uint8,
    1: ctypes.c_int8,
    2: ctypes.c_uint16,
    3: ctypes.c_int16,
    4: ctypes.c_uint32,
    5: ctypes.c_int32,
    10: ctypes.c_uint64,
    11: ctypes.c_int64,
}


class _Parameters(ctypes.Structure):
    """`gguf_init_params`."""

    _fields_ = (("no_alloc", ctypes.c_bool), ("context", ctypes.c_void_p))


class GgufHeader:
    """The header of one file.

    A context manager: leaving it frees the native header.
    """

    def __init__(self, path: Path, log: NativeLog) -> None:
        """Reads the header and no weights.

        Raises:
            UserError: What ggml says of a damaged one.
        """
        log.clear()
        read = ggml.function(
            "gguf_init_from_file", ctypes.c_void_p, ctypes.c_char_p, _Parameters
        )
        self._handle = read(ggml.path_bytes(path), _Parameters(True, None))  # noqa: FBT003
        if not self._handle:
            raise log.load_error()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        ggml.function("gguf_free", None, ctypes.c_void_p)(self._handle)

    def text(self, key: str) -> str:
        """A text of the metadata; empty where there is none."""
        index = self._find(key)
        if index < 0 or self._kind(index) != _STRING:
            return ""
        value: bytes = self._get("gguf_get_val_str", ctypes.c_char_p)(
            self._handle, index
        )
        return value.decode("utf-8", "replace")

    def number(self, key: str) -> int:
        """A whole number of the metadata, the largest of several; 0 for none."""
        index = self._find(key)
        if index < 0:
            return 0
        kind, count = self._kind(index), 1
        read = "gguf_get_val_data"
        if kind == _ARRAY:
            kind = self._get("gguf_get_arr_type", ctypes.c_int)(self._handle, index)
            count = self._get("gguf_get_arr_n", ctypes.c_size_t)(self._handle, index)
            read = "gguf_get_arr_data"
        if kind not in _NUMBERS or not count:
            return 0
        data = self._get(read, ctypes.c_void_p)(self._handle, index)
        values = (_NUMBERS[kind] * count).from_address(data)
        largest: int = max(0, *values)
        return largest

    def count(self, key: str) -> int:
        """Entries of an array of the metadata; 0 where there is none."""
        index = self._find(key)
        if index < 0 or self._kind(index) != _ARRAY:
            return 0
        entries: int = self._get("gguf_get_arr_n", ctypes.c_size_t)(self._handle, index)
        return entries

    def tensors(self) -> list[Tensor]:
        """All tensors, in the file's order."""
        count = ggml.function("gguf_get_n_tensors", ctypes.c_int64, ctypes.c_void_p)
        name = self._get("gguf_get_tensor_name", ctypes.c_char_p)
        kind = self._get("gguf_get_tensor_type", ctypes.c_int)
        size = self._get("gguf_get_tensor_size", ctypes.c_size_t)
        lengths = self._get("gguf_get_tensor_ne", ctypes.POINTER(ctypes.c_int64))
        title = ggml.function("ggml_type_name", ctypes.c_char_p, ctypes.c_int)
        return [
            Tensor(
                name=name(self._handle, index).decode("utf-8", "replace"),
                type=title(kind(self._handle, index)).decode("ascii"),
                dimensions=_dimensions(lengths(self._handle, index)),
                size=size(self._handle, index),
            )
            for index in range(count(self._handle))
        ]

    def _find(self, key: str) -> int:
        find = ggml.function(
            "gguf_find_key", ctypes.c_int64, ctypes.c_void_p, ctypes.c_char_p
        )
        index: int = find(self._handle, key.encode("utf-8"))
        return index

    def _kind(self, index: int) -> int:
        kind: int = self._get("gguf_get_kv_type", ctypes.c_int)(self._handle, index)
        return kind

    @staticmethod
    def _get(name: str, result: Any) -> Any:  # noqa: ANN401  (ctypes' own types)
        return ggml.function(name, result, ctypes.c_void_p, ctypes.c_int64)


def read_needs(path: Path, log: NativeLog) -> Needs:
    """What the model in a file needs in memory on this computer.

    Raises:
        UserError: The header is damaged or from the future.
    """
    repacked = repacked_types(features())
    with GgufHeader(path, log) as header:
        tensors = header.tensors()
        for part in _other_parts(path, header.number("split.count")):
            with GgufHeader(part, log) as other:
                tensors += other.tensors()
        return needs_of(_numbers(header), tensors, repacked)


def _other_parts(path: Path, count: int) -> list[Path]:
    """The other files of a model in several, by `llama_split_path`'s names.

    Those that are not there are left out: llama.cpp says it better.
    """
    first, others = _PART.format(1, count), range(2, count + 1)
    if not path.name.endswith(first):
        return []
    stem = path.name.removesuffix(first)
    parts = [path.with_name(stem + _PART.format(number, count)) for number in others]
    return [part for part in parts if part.is_file()]


def _numbers(header: GgufHeader) -> Dimensions:
    """The numbers that sizes depend on; names are those of llama.cpp's `gguf-py`."""
    prefix = header.text("general.architecture") + "."

    def number(key: str) -> int:
        return header.number(prefix + key)

    embedding, heads = number("embedding_length"), number("attention.head_count")
    head = embedding // heads if heads else 0
    return Dimensions(
        context=number("context_length"),
        embedding=embedding,
        feed_forward=number("feed_forward_length"),
        heads=heads,
        kv_heads=number("attention.head_count_kv") or heads,
        key=number("attention.key_length") or head,
        value=number("attention.value_length") or head,
        vocabulary=header.count("tokenizer.ggml.tokens"),
    )


def _dimensions(lengths: Any) -> int:  # noqa: ANN401  (ctypes' own type)
    """How many dimensions a tensor has: ggml fills up with ones."""
    longer = [axis for axis in range(_MOST_DIMENSIONS) if lengths[axis] != 1]
    return longer[-1] + 1 if longer else 1
