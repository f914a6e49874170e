"""Reads the pickle of a PyTorch archive without running anything.

`pickle.Unpickler` can call any function that a file names, and even a restricted one
allocates what a file asks for. So this is no unpickler but a small machine for the
opcodes that `torch.save` emits for a dictionary of tensors. It can neither import nor
call: a global is a name, and a reduction is recognised by name or refused. Nor can it
be made to work without end: an operation makes one value, and operations are counted.

The format is described in CPython's `pickletools` and in `torch/serialization.py`.
"""

import pickletools
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pickle import HIGHEST_PROTOCOL
from typing import Any, TypeAlias

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
_MAX_DEPTH = 10_000
_MAX_OPERATIONS = 1 << 20  # about 50 for a tensor; MOSS has some 400 tensors


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
class _Global:
    """A name in a module; only ever compared."""

    name: str


class _Mark:
    """The place on the stack where a group of values begins."""


_MARK = _Mark()


def read_tensors(pickle: bytes) -> dict[str, TensorRef]:
    """Returns the tensors of a pickled state dictionary by name.

    Args:
        pickle: The archive's `data.pkl`.

    Raises:
        UnsafePickleError: It holds anything but a dictionary of tensors.
    """
    machine = _Machine()
    try:
        value = machine.run(pickle)
    except UnsafePickleError:
        raise
    except RecursionError as error:
        raise _refusal(it="is nested too deeply") from error
    except (ValueError, IndexError, KeyError, TypeError, OverflowError) as error:
        # What pickletools raises for damaged input, and our own stack for nonsense.
        raise _refusal(it="is damaged") from error
    if not isinstance(value, dict):
        raise _refusal(it="holds no dictionary of tensors")
    for name, tensor in value.items():
        if not isinstance(name, str) or not isinstance(tensor, TensorRef):
            raise _refusal(it=f"holds something that is no tensor under {name!r:.80}")
    return value


def _refusal(*, it: str) -> UnsafePickleError:
    return UnsafePickleError(
        problem=f"the pickle {it}, and nothing of it was run",
        remedy="get the checkpoint again from a source you trust",
    )


@dataclass(slots=True)
class _Machine:
    """Stack, memo and storages of one pickle."""

    stack: list[Any] = field(default_factory=list)
    memo: dict[int, Any] = field(default_factory=dict)
    storages: dict[str, StorageRef] = field(default_factory=dict)

    def run(self, pickle: bytes) -> object:
        """Runs the opcodes up to STOP and returns the value left on the stack."""
        operations = enumerate(pickletools.genops(pickle))
        for number, (opcode, argument, _) in operations:
            if opcode.name == "STOP":
                break
            if number >= _MAX_OPERATIONS:
                raise _refusal(it=f"has more than {_MAX_OPERATIONS} operations")
            step = _STEPS.get(opcode.name)
            if step is None:
                raise _refusal(it=f"uses the operation {opcode.name}")
            step(self, argument)
            if len(self.stack) > _MAX_DEPTH:
                raise _refusal(it="is nested too deeply")
        (value,) = self.stack
        return value

    def push(self, value: object) -> None:
        """Puts a value on the stack."""
        self.stack.append(value)

    def remember(self, index: int | None) -> None:
        """Stores the top of the stack in the memo."""
        self.memo[len(self.memo) if index is None else index] = self.stack[-1]

    def to_mark(self) -> list[Any]:
        """Takes the values above the last mark off the stack."""
        position = len(self.stack) - 1
        while self.stack[position] is not _MARK:
            position -= 1
            if position < 0:
                raise _refusal(it="is damaged")
        values = self.stack[position + 1 :]
        del self.stack[position:]
        return values

    def tuple_of(self, count: int) -> None:
        """Replaces the topmost values by a tuple of them."""
        values = tuple(self.stack[len(self.stack) - count :])
        if len(values) != count:
            raise _refusal(it="is damaged")
        del self.stack[len(self.stack) - count :]
        self.push(values)

    def set_items(self, values: list[Any]) -> None:
        """Adds keys and values to the dictionary on top of the stack."""
        target = self.stack[-1]
        if not isinstance(target, dict) or len(values) % 2:
            raise _refusal(it="fills something that is no dictionary")
        for key, value in zip(values[::2], values[1::2], strict=True):
            if not isinstance(key, str | int):
                raise _refusal(it="has a key that is no name")
            if key in target:
                raise _refusal(it=f"has the name {key!r:.80} twice")
            target[key] = value

    def extend(self, values: Iterable[Any]) -> None:
        """Appends to the list on top of the stack."""
        target = self.stack[-1]
        if not isinstance(target, list):
            raise _refusal(it="appends to something that is no list")
        target.extend(values)

    def global_from_stack(self, _: object) -> None:
        """Replaces module and name by a global."""
        self.tuple_of(2)
        module, name = self.stack.pop()
        if not (isinstance(module, str) and isinstance(name, str)):
            raise _refusal(it="names something without a name")
        self.push(_known(f"{module} {name}"))

    def load_persistent(self, _: object) -> None:
        """Replaces the description of a storage by a `StorageRef`."""
        storage = _storage(self.stack.pop())
        if self.storages.setdefault(storage.key, storage) != storage:
            raise _refusal(it=f"describes the storage {storage.key!r:.40} in two ways")
        self.push(storage)

    def reduce(self, _: object) -> None:
        """Replaces a known constructor and its arguments by what it would make."""
        self.tuple_of(2)
        function, arguments = self.stack.pop()
        if not isinstance(function, _Global) or not isinstance(arguments, tuple):
            raise _refusal(it="calls something that is no constructor of tensors")
        self.push(_construct(function, arguments))

    def build(self, _: object) -> None:
        """Drops the attributes of a state dictionary (versions of modules)."""
        self.stack.pop()
        if not isinstance(self.stack[-1], dict):
            raise _refusal(it="sets attributes of something that is no dictionary")


_ORDERED_DICT = "collections OrderedDict"
_TENSOR = "torch._utils _rebuild_tensor_v2"
_PARAMETER = "torch._utils _rebuild_parameter"


def _known(name: str) -> _Global:
    """Returns a global that this module knows the meaning of."""
    module, _, attribute = name.partition(" ")
    if name in {_ORDERED_DICT, _TENSOR, _PARAMETER} or (
        module == "torch" and attribute in _STORAGES
    ):
        return _Global(name)
    raise _refusal(it=f"asks for {module}.{attribute}"[:200])


def _construct(function: _Global, arguments: tuple[Any, ...]) -> object:
    if function.name == _ORDERED_DICT and arguments in ((), ([],)):
        return {}
    if function.name == _PARAMETER and arguments:
        if isinstance(arguments[0], TensorRef):
            return arguments[0]
    elif function.name == _TENSOR and len(arguments) in _TENSOR_ARGUMENTS:
        return _tensor(arguments)
    raise _refusal(it=f"calls {function.name.replace(' ', '.')} in an unknown way")


def _storage(description: object) -> StorageRef:
    """Checks `("storage", type, key, device, elements)`."""
    if isinstance(description, tuple) and len(description) == _STORAGE_ARGUMENTS:
        kind, storage_type, key, _, size = description
        if (
            kind == "storage"
            and isinstance(storage_type, _Global)
            and isinstance(key, str)
            and _is_count(size)
        ):
            dtype = _STORAGES.get(storage_type.name.removeprefix("torch "))
            if dtype is not None:
                return StorageRef(key, dtype, size)
    raise _refusal(it="describes a storage in an unknown way")


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
        raise _refusal(it="describes a tensor in an unknown way")
    elements, last = 1, offset
    for size, stride in zip(shape, strides, strict=True):
        elements *= size
        last += (size - 1) * stride
    # A stride of zero could make one number a tensor of any size.
    if not elements or last >= storage.size or elements > storage.size:
        raise _refusal(it="describes a tensor that reaches beyond its storage")
    # Where there is one element its stride is never used, and can be any number.
    used = (stride * (size > 1) for size, stride in zip(shape, strides, strict=True))
    return TensorRef(storage, offset, shape, tuple(used))


def _is_count(value: object) -> bool:
    return type(value) is int and 0 <= value < 1 << 62


def _are_counts(values: object) -> bool:
    return isinstance(values, tuple) and all(map(_is_count, values))


_Step: TypeAlias = Callable[[_Machine, Any], None]


def _constant(value: object) -> _Step:
    return lambda machine, _: machine.push(value)


def _literal(machine: _Machine, value: object) -> None:
    machine.push(value)


def _check_protocol(_machine: _Machine, protocol: int) -> None:
    if protocol > HIGHEST_PROTOCOL:
        raise _refusal(it=f"has the unknown protocol {protocol}")


def _nothing(_machine: _Machine, _: object) -> None:
    pass


_STEPS: dict[str, _Step] = {
    "PROTO": _check_protocol,
    "FRAME": _nothing,
    "MARK": _constant(_MARK),
    "NONE": _constant(None),
    "NEWTRUE": _constant(True),  # noqa: FBT003 -- the values of two opcodes
    "NEWFALSE": _constant(False),  # noqa: FBT003
    "EMPTY_TUPLE": _constant(()),
    "EMPTY_LIST": lambda machine, _: machine.push([]),
    "EMPTY_DICT": lambda machine, _: machine.push({}),
    **dict.fromkeys(
        (
            "BININT",
            "BININT1",
            "BININT2",
            "LONG1",
            "BINFLOAT",
            "BINUNICODE",
            "SHORT_BINUNICODE",
        ),
        _literal,
    ),
    "TUPLE": lambda machine, _: machine.push(tuple(machine.to_mark())),
    "TUPLE1": lambda machine, _: machine.tuple_of(1),
    "TUPLE2": lambda machine, _: machine.tuple_of(2),
    "TUPLE3": lambda machine, _: machine.tuple_of(3),
    "SETITEM": lambda machine, _: machine.set_items(
        [machine.stack.pop(), machine.stack.pop()][::-1]
    ),
    "SETITEMS": lambda machine, _: machine.set_items(machine.to_mark()),
    "APPEND": lambda machine, _: machine.extend([machine.stack.pop()]),
    "APPENDS": lambda machine, _: machine.extend(machine.to_mark()),
    "BINPUT": _Machine.remember,
    "LONG_BINPUT": _Machine.remember,
    "MEMOIZE": _Machine.remember,
    "BINGET": lambda machine, index: machine.push(machine.memo[index]),
    "LONG_BINGET": lambda machine, index: machine.push(machine.memo[index]),
    "GLOBAL": lambda machine, name: machine.push(_known(name)),
    "STACK_GLOBAL": _Machine.global_from_stack,
    "BINPERSID": _Machine.load_persistent,
    "REDUCE": _Machine.reduce,
    "BUILD": _Machine.build,
}
