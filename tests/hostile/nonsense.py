"""Pickles that cannot be what `torch.save` writes, though they may run nothing.

Some ask for code in a form that bites only under special conditions, some describe
tensors that cannot be, some would cost time or memory without end.
"""

import os
import pickle
import signal
import struct
import sys
from collections.abc import Callable, Mapping

from tests.checkpoints import Pickle
from tests.hostile.attacks import Call

MANY = 1_500_000  # more operations than any checkpoint needs


def state(*, name: str = "w", **tensor) -> bytes:
    """A state dictionary of one tensor."""
    return Pickle().ordered_dict().text(name).tensor(**tensor).raw(b"s.").bytes()


def _call(module: str, name: str, argument: bytes = b")") -> bytes:
    return Pickle().name(module, name).raw(argument + b"R.").bytes()


def _two_views(first: dict, second: dict) -> bytes:
    pickle = Pickle().ordered_dict().text("a").tensor(**first).raw(b"s")
    return pickle.text("b").tensor(**second).raw(b"s.").bytes()


def _tensor_with(constructor: tuple[str, str]) -> bytes:
    """A tensor whose storage is made by something else."""
    pickle = Pickle().raw(b"}").text("w").name("torch._utils", "_rebuild_tensor_v2")
    return pickle.raw(b"(").name(*constructor).raw(b"tRs.").bytes()


def _many_views_of_many_dimensions() -> bytes:
    """Tensors that share one shape of thousands of dimensions: quadratic work."""
    pickle = Pickle().raw(b"(").name("torch._utils", "_rebuild_tensor_v2").raw(b"q\x00")
    pickle.storage("HalfStorage", "0", 1).raw(b"q\x01")
    pickle.numbers([1] * 9000).raw(b"q\x02t}(")
    for number in range(20_000):
        pickle.text(f"{number}").raw(b"h\x00(h\x01K\x00h\x02h\x02\x89}tR")
    return pickle.raw(b"u.").bytes()


def _doubled(times: int) -> bytes:
    """A tuple of two of the same, of two of the same, ...: 2**times leaves."""
    return (
        b"\x80\x04)\x94"
        + b"".join(
            b"h" + bytes([n]) + b"h" + bytes([n]) + b"\x86\x94" for n in range(times)
        )
        + b"."
    )


# -- asks for code ------------------------------------------------------------------

MALICIOUS: Mapping[str, Callable[[], bytes]] = {
    "os._exit": lambda: pickle.dumps({"w": Call(os._exit, 0)}, 2),
    "sys.exit": lambda: pickle.dumps({"w": Call(sys.exit, 0)}, 2),
    "os.kill": lambda: pickle.dumps({"w": Call(os.kill, os.getpid(), 9)}, 2),
    "signal.raise_signal": lambda: pickle.dumps({"w": Call(signal.raise_signal, 9)}, 2),
    "time.sleep": lambda: _call("time", "sleep", b"M\x10\x0e\x85"),
    "input": lambda: pickle.dumps({"w": Call(input)}, 2),
    "breakpoint": lambda: pickle.dumps({"w": Call(breakpoint)}, 2),
    "torch.load within": lambda: _call("torch", "load", b"X\x01\x00\x00\x00x\x85"),
    "torch.hub.load": lambda: _call("torch.hub", "load", b"X\x01\x00\x00\x00x\x85"),
    "a storage from a file": lambda: _call("torch", "HalfStorage", b"K\x01\x85"),
    "from_file of a storage": lambda: _call("torch", "HalfStorage.from_file"),
    "a module of torch": lambda: _call("torch.nn.modules.linear", "Linear"),
    "another constructor of tensors": lambda: _call("torch._utils", "_rebuild_tensor"),
    "a sparse tensor": lambda: _call("torch._utils", "_rebuild_sparse_tensor"),
    "a function in place of a storage": lambda: _tensor_with(("os", "system")),
    "a name with a line break": lambda: b"\x80\x04\x8c\x08torch\nos\x8c\x06system\x93.",
    "a name that only begins well": lambda: _call("torch", "HalfStorageX"),
    "a name in another module": lambda: _call("evil", "OrderedDict"),
    "a module that only begins well": lambda: _call("torch._utils.evil", "x"),
    "getattr of os.system": lambda: (
        Pickle().name("builtins", "getattr").name("os", "system").raw(b"\x86R.").bytes()
    ),
    "numbers for names": lambda: Pickle().number(1).number(2).raw(b"\x93.").bytes(),
    "extension registry, one byte": lambda: b"\x80\x02\x82\x01.",
    "extension registry, two bytes": lambda: b"\x80\x02\x83\x01\x00.",
    "extension registry, four bytes": lambda: b"\x80\x02\x84\x01\x00\x00\x00.",
    "persistent id as text": lambda: b"\x80\x02Pos.system\n.",
    "persistent id of a call": lambda: b"\x80\x02cos\nsystem\nQ.",
    "a call of a string": lambda: (
        Pickle().text("os.system").text("true").raw(b"\x85R.").bytes()
    ),
    "a call of a tensor": lambda: (
        Pickle().raw(b"}").text("w").tensor().raw(b")Rs.").bytes()
    ),
    "attributes of a tensor": lambda: (
        Pickle().raw(b"}").text("w").tensor().raw(b"}bs.").bytes()
    ),
    "attributes of a name": lambda: (
        Pickle().name("torch", "HalfStorage").raw(b"}b.").bytes()
    ),
    "a dictionary from pairs": lambda: _call(
        "collections", "OrderedDict", b"X\x01\x00\x00\x00x\x85"
    ),
    "buffers out of band": lambda: b"\x80\x05\x97.",
    "a read-only buffer": lambda: b"\x80\x05N\x98.",
}

# -- describes what cannot be --------------------------------------------------------

MALFORMED: Mapping[str, Callable[[], bytes]] = {
    "storage of objects": lambda: state(storage="UntypedStorage"),
    "beyond the storage": lambda: state(elements=4, shape=(5,)),
    "offset past the end": lambda: state(elements=4, shape=(1,), offset=4),
    "offset past every end": lambda: state(elements=4, shape=(1,), offset=1 << 61),
    "negative offset": lambda: state(elements=4, shape=(1,), offset=-1),
    "negative stride": lambda: state(elements=4, shape=(2,), strides=(-1,)),
    "stride past the end": lambda: state(elements=4, shape=(2,), strides=(1 << 61,)),
    "stride of zero": lambda: state(elements=4, shape=(2, 4), strides=(0, 1)),
    "negative size": lambda: state(elements=4, shape=(-1,)),
    "storage of negative size": lambda: state(elements=-4, shape=(1,)),
    "huge shape": lambda: state(elements=4, shape=(1 << 40, 1 << 40)),
    "huge shape of one number": lambda: state(shape=(1 << 40,), strides=(0,)),
    "shape that overflows to one": lambda: state(
        shape=(1 << 32, 1 << 32), strides=(0, 0)
    ),
    "empty tensor": lambda: state(shape=(0, 1 << 61)),
    "more strides than sizes": lambda: state(shape=(1,), strides=(1, 1)),
    "size beyond a word": lambda: state(shape=(1 << 70,)),
    "size that is a fraction": lambda: state(shape=(1,)).replace(
        b"J\x01\x00\x00\x00t", b"G?\xf0\x00\x00\x00\x00\x00\x00t"
    ),
    "too many dimensions": lambda: state(shape=(1,) * 100, strides=(1,) * 100),
    "one storage of two types": lambda: _two_views(
        {"storage": "HalfStorage", "elements": 4},
        {"storage": "ShortStorage", "elements": 4},
    ),
    "one storage of two sizes": lambda: _two_views({"elements": 4}, {"elements": 5}),
    "missing memo": lambda: b"\x80\x02h\x05.",
    "memo of nothing": lambda: b"\x80\x02q\x00.",
    "stack underflow": lambda: b"\x80\x02R.",
    "no mark": lambda: b"\x80\x02Nt.",
    "no stop": lambda: b"\x80\x02}",
    "unknown protocol": lambda: b"\x80\xff}.",
    "unknown opcode": lambda: b"\x80\x02\xff.",
    "text longer than the file": lambda: b"\x80\x02X\xff\xff\xff\xffabc.",
    "text longer than any file": lambda: b"\x80\x04\x8d" + b"\xff" * 8 + b"abc.",
    "bytes longer than any file": lambda: b"\x80\x04\x8e" + b"\xff" * 8 + b"abc.",
    "number longer than the file": lambda: b"\x80\x02\x8b\xff\xff\xff\x7f1.",
    "number of negative length": lambda: b"\x80\x02\x8b\xff\xff\xff\xff1.",
    "frame longer than the file": lambda: b"\x80\x04\x95" + b"\xff" * 8 + b"].",
    "text that is no text": lambda: b"\x80\x02X\x02\x00\x00\x00\xff\xfe.",
    "two values": lambda: b"\x80\x02}}.",
    "a list": lambda: b"\x80\x02].",
    "nothing": lambda: b"\x80\x02N.",
    "a mark": lambda: b"\x80\x02(.",
    "empty": lambda: b"",
    "a name that is no tensor": lambda: (
        Pickle().raw(b"}").text("w").number(1).raw(b"s.").bytes()
    ),
    "a key that is no name": lambda: Pickle().raw(b"})").tensor().raw(b"s.").bytes(),
    "a dictionary in itself": lambda: b"\x80\x02}q\x00X\x01\x00\x00\x00wh\x00s.",
    "a list in itself": lambda: b"\x80\x02]q\x00h\x00a.",
    "one name twice": lambda: (
        Pickle()
        .raw(b"}")
        .text("w")
        .tensor()
        .raw(b"s")
        .text("w")
        .tensor()
        .raw(b"s.")
        .bytes()
    ),
    "odd number of items": lambda: b"\x80\x02}(X\x01\x00\x00\x00wu.",
}

# -- costs without end ----------------------------------------------------------------

BOMBS: Mapping[str, Callable[[], bytes]] = {
    "deep nesting": lambda: b"\x80\x02" + b"()" + b"\x85" * 30_000 + b"t.",
    "deep nesting of a million": lambda: b"\x80\x02)" + b"\x85" * 1_000_000 + b".",
    "marks without end": lambda: b"\x80\x02" + b"(" * 20_000 + b".",
    "a far place in the memo": lambda: b"\x80\x02Nr\xff\xff\xff\xff0.",
    "a tuple of 2**200 tuples": lambda: _doubled(200),
    "a name of 2**200 tuples": lambda: b"\x80\x04}" + _doubled(200)[2:-1] + b"Ns.",
    "15 MB of empty lists": lambda: b"\x80\x02](" + b"]" * (15 << 20) + b"e.",
    "60 MB of empty lists": lambda: b"\x80\x02](" + b"]" * (60 << 20) + b"e.",
    "lists by the thousand": lambda: b"\x80\x02]" + (b"(" + b"]" * 999 + b"e") * 1500,
    "a memo without end": lambda: b"\x80\x04]" + b"\x94" * MANY + b".",
    "dictionaries without end": lambda: b"\x80\x02]" + b"}a" * MANY + b".",
    "a number of 10 MB": lambda: (
        b"\x80\x02\x8b" + struct.pack("<i", 10 << 20) + b"\x7f" * (10 << 20) + b"."
    ),
    "a number of a million digits": lambda: b"\x80\x02L" + b"9" * 1_000_000 + b"L\n.",
    "a text of 15 MB": lambda: (
        b"\x80\x02" + Pickle().text("😀" * (15 << 18)).bytes() + b"."
    ),
    "thousands of dimensions, thousands of times": _many_views_of_many_dimensions,
}

NONSENSE: Mapping[str, Callable[[], bytes]] = MALICIOUS | MALFORMED | BOMBS
