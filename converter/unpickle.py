"""Reads the pickle of a PyTorch archive without running anything.

`pickle.Unpickler` can call any function that a file names, and even a restricted one
allocates what a file asks for. So this is no unpickler but a small machine for the
opcodes that `torch.save` emits for a dictionary of tensors. It can neither import nor
call: a global is a name, and a reduction is recognised by name or refused. Nor can it
be made to work without end: an operation makes one value, and operations are counted.

The format is described in CPython's `pickletools` and in `torch/serialization.py`.
"""

import io
import pickletools
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from pickle import HIGHEST_PROTOCOL
from typing import Any, TypeAlias

from converter.errors import UnsafePickleError
from converter.tensor_refs import (
    Global,
    StorageRef,
    TensorRef,
    construct,
    known,
    refusal,
    storage_ref,
)

_MAX_DEPTH = 10_000
_MAX_OPERATIONS = 1 << 20  # about 50 for a tensor; MOSS has some 400 tensors


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
        raise refusal(it="is nested too deeply") from error
    except (ValueError, IndexError, KeyError, TypeError, OverflowError) as error:
        # What pickletools raises for damaged input, and our own stack for nonsense.
        raise refusal(it="is damaged") from error
    if not isinstance(value, dict):
        raise refusal(it="holds no dictionary of tensors")
    for name, tensor in value.items():
        if not isinstance(name, str) or not isinstance(tensor, TensorRef):
            raise refusal(it=f"holds something that is no tensor under {name!r:.80}")
    return value


@dataclass(slots=True)
class _Machine:
    """Stack, memo and storages of one pickle."""

    stack: list[Any] = field(default_factory=list)
    memo: dict[int, Any] = field(default_factory=dict)
    storages: dict[str, StorageRef] = field(default_factory=dict)

    def run(self, pickle: bytes) -> object:
        """Runs the opcodes up to STOP and returns the value left on the stack."""
        for step, argument in islice(_operations(pickle), _MAX_OPERATIONS):
            if step is None:
                (value,) = self.stack
                return value
            step(self, argument)
            if len(self.stack) > _MAX_DEPTH:
                raise refusal(it="is nested too deeply")
        raise refusal(it=f"has more than {_MAX_OPERATIONS} operations")

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
                raise refusal(it="is damaged")
        values = self.stack[position + 1 :]
        del self.stack[position:]
        return values

    def tuple_of(self, count: int) -> None:
        """Replaces the topmost values by a tuple of them."""
        values = tuple(self.stack[len(self.stack) - count :])
        if len(values) != count:
            raise refusal(it="is damaged")
        del self.stack[len(self.stack) - count :]
        self.push(values)

    def set_items(self, values: list[Any]) -> None:
        """Adds keys and values to the dictionary on top of the stack."""
        target = self.stack[-1]
        if not isinstance(target, dict) or len(values) % 2:
            raise refusal(it="fills something that is no dictionary")
        for key, value in zip(values[::2], values[1::2], strict=True):
            if not isinstance(key, str | int):
                raise refusal(it="has a key that is no name")
            if key in target:
                raise refusal(it=f"has the name {key!r:.80} twice")
            target[key] = value

    def extend(self, values: Iterable[Any]) -> None:
        """Appends to the list on top of the stack."""
        target = self.stack[-1]
        if not isinstance(target, list):
            raise refusal(it="appends to something that is no list")
        target.extend(values)

    def global_from_stack(self, _: object) -> None:
        """Replaces module and name by a global."""
        self.tuple_of(2)
        module, name = self.stack.pop()
        if not (isinstance(module, str) and isinstance(name, str)):
            raise refusal(it="names something without a name")
        self.push(known(f"{module} {name}"))

    def load_persistent(self, _: object) -> None:
        """Replaces the description of a storage by a `StorageRef`."""
        storage = storage_ref(self.stack.pop())
        if self.storages.setdefault(storage.key, storage) != storage:
            raise refusal(it=f"describes the storage {storage.key!r:.40} in two ways")
        self.push(storage)

    def reduce(self, _: object) -> None:
        """Replaces a known constructor and its arguments by what it would make."""
        self.tuple_of(2)
        function, arguments = self.stack.pop()
        if not isinstance(function, Global) or not isinstance(arguments, tuple):
            raise refusal(it="calls something that is no constructor of tensors")
        self.push(construct(function, arguments))

    def build(self, _: object) -> None:
        """Drops the attributes of a state dictionary (versions of modules)."""
        self.stack.pop()
        if not isinstance(self.stack[-1], dict):
            raise refusal(it="sets attributes of something that is no dictionary")


def _operations(pickle: bytes) -> Iterator[tuple["_Step | None", Any]]:
    """Yields what to do and its argument, and None for the end.

    As `pickletools.genops` does, but an operation that is not known is refused before
    its argument is looked at.
    """
    stream = io.BytesIO(pickle)
    while code := stream.read(1):
        opcode = _OPCODES.get(code.decode("latin-1"))
        if opcode is None:
            raise refusal(it="uses an operation that does not exist")
        if opcode.name not in _STEPS and opcode.name != _STOP:
            raise refusal(it=f"uses the operation {opcode.name}")
        yield _STEPS.get(opcode.name), _argument(opcode, stream)
    raise refusal(it="is cut off")


def _argument(opcode: pickletools.OpcodeInfo, stream: io.BytesIO) -> object:
    if opcode.name == _GLOBAL:
        return _read_global(stream)
    return opcode.arg.reader(stream) if opcode.arg else None


def _read_global(stream: io.BytesIO) -> str:
    """Reads module and name as pickle does; pickletools looks for escapes in them."""
    module, name = stream.readline(), stream.readline()
    if not name.endswith(b"\n"):
        raise refusal(it="is cut off")
    return f"{module[:-1].decode()} {name[:-1].decode()}"


_OPCODES = {opcode.code: opcode for opcode in pickletools.opcodes}
_GLOBAL = "GLOBAL"
_STOP = "STOP"
_Step: TypeAlias = Callable[[_Machine, Any], None]


def _constant(value: object) -> _Step:
    return lambda machine, _: machine.push(value)


def _literal(machine: _Machine, value: object) -> None:
    machine.push(value)


def _check_protocol(_machine: _Machine, protocol: int) -> None:
    if protocol > HIGHEST_PROTOCOL:
        raise refusal(it=f"has the unknown protocol {protocol}")


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
    _GLOBAL: lambda machine, name: machine.push(known(name)),
    "STACK_GLOBAL": _Machine.global_from_stack,
    "BINPERSID": _Machine.load_persistent,
    "REDUCE": _Machine.reduce,
    "BUILD": _Machine.build,
}
