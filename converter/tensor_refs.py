"""What the pickle of a checkpoint may speak of: storages, and tensors that view them.

Whatever it says is checked here: a tensor lies inside its storage, a storage is of a
known type, and there is no name but those of this module.
"""

from dataclasses import dataclass
from typing import Any

from converter.dtypes import DType
from converter.errors import UnsafePickleError
from converter.tensors import MAX_DIMENSIONS

_STORAGES = {
    "HalfStorage": DType.F16,
    "BFloat16Storage": DType.BF16,
    "FloatStorage": DType.F32,
    "DoubleStorage": DType.F64,
    "ByteStorage": DType.U8,
    "CharStorage": DType.I8,
    "ShortStorage": DType.I16,
    "IntStorage": DType.I32,
    "LongStorage": DType.I64,
    "BoolStorage": DType.BOOL,
}
_TENSOR_ARGUMENTS = (6, 7)  # the seventh is metadata of newer versions
_STORAGE_ARGUMENTS = 5
_ORDERED_DICT = "collections OrderedDict"
_TENSOR = "torch._utils _rebuild_tensor_v2"
_PARAMETER = "torch._utils _rebuild_parameter"


@dataclass(frozen=True, slots=True)
class StorageRef:
    """A storage that the pickle speaks of.

    Attributes:
        key: Name of the record below `data/` in the archive.
        dtype: Type of its elements.
        size: Number of its elements.
    """

    key: str
    dtype: DType
    size: int


@dataclass(frozen=True, slots=True)
class TensorRef:
    """A tensor: a view into a storage, checked to lie inside it.

    Attributes:
        storage: Where the elements are.
        offset: First element.
        shape: Size of each dimension.
        strides: Distance between neighbours in each dimension, in elements.
    """

    storage: StorageRef
    offset: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Global:
    """A name in a module; only ever compared."""

    name: str


def refusal(*, it: str) -> UnsafePickleError:
    """Returns the error for a pickle: `it` does or is something that it should not."""
    return UnsafePickleError(
        problem=f"the pickle {it}, and nothing of it was run",
        remedy="get the checkpoint again from a source you trust",
    )


def known(name: str) -> Global:
    """Returns a global that this module knows the meaning of.

    Args:
        name: Module and name, with a space between.

    Raises:
        UnsafePickleError: It is any other.
    """
    module, _, attribute = name.partition(" ")
    if name in {_ORDERED_DICT, _TENSOR, _PARAMETER} or (
        module == "torch" and attribute in _STORAGES
    ):
        return Global(name)
    raise refusal(it=f"asks for {module}.{attribute}"[:200])


def construct(function: Global, arguments: tuple[Any, ...]) -> object:
    """Returns what a constructor would make: a dictionary or a `TensorRef`.

    Raises:
        UnsafePickleError: It would not make that of these arguments.
    """
    if function.name == _ORDERED_DICT and arguments in ((), ([],)):
        return {}
    if function.name == _PARAMETER and arguments:
        if isinstance(arguments[0], TensorRef):
            return arguments[0]
    elif function.name == _TENSOR and len(arguments) in _TENSOR_ARGUMENTS:
        return _tensor(arguments)
    raise refusal(it=f"calls {function.name.replace(' ', '.')} in an unknown way")


def storage_ref(description: object) -> StorageRef:
    """Returns what `("storage", type, key, device, elements)` describes.

    Raises:
        UnsafePickleError: That is something else, or of an unknown type.
    """
    if isinstance(description, tuple) and len(description) == _STORAGE_ARGUMENTS:
        kind, storage_type, key, _, size = description
        if (
            kind == "storage"
            and isinstance(storage_type, Global)
            and isinstance(key, str)
            and _is_count(size)
        ):
            dtype = _STORAGES.get(storage_type.name.removeprefix("torch "))
            if dtype is not None:
                return StorageRef(key, dtype, size)
    raise refusal(it="describes a storage in an unknown way")


def _tensor(arguments: tuple[Any, ...]) -> TensorRef:
    """Checks that a view lies inside its storage and is no larger than it."""
    storage, offset, shape, strides, *_ = arguments
    if not (
        isinstance(storage, StorageRef)
        and _is_count(offset)
        and _are_counts(shape)
        and _are_counts(strides)
        and len(shape) == len(strides) <= MAX_DIMENSIONS
    ):
        raise refusal(it="describes a tensor in an unknown way")
    elements, last = 1, offset
    for size, stride in zip(shape, strides, strict=True):
        elements *= size
        last += (size - 1) * stride
    # A stride of zero could make one number a tensor of any size.
    if not elements or last >= storage.size or elements > storage.size:
        raise refusal(it="describes a tensor that reaches beyond its storage")
    # Where there is one element its stride is never used, and can be any number.
    used = (stride * (size > 1) for size, stride in zip(shape, strides, strict=True))
    return TensorRef(storage, offset, shape, tuple(used))


def _is_count(value: object) -> bool:
    return type(value) is int and 0 <= value < 1 << 62


def _are_counts(values: object) -> bool:
    return isinstance(values, tuple) and all(map(_is_count, values))
