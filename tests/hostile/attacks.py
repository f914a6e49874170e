"""Pickles that run something when Python's own `pickle` reads them.

Each gets the path of a canary, a file that it touches where it can, and says which
event the interpreter's audit hooks see when it is read.
"""

import codecs
import ctypes
import functools
import importlib
import io
import marshal
import operator
import os
import pickle
import runpy
import shutil
import socket
import subprocess
import sys
import timeit
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from tests.checkpoints import Pickle

FOUND = "pickle.find_class"
"""The event of an import by pickle, whatever is done with what was found."""


@dataclass(frozen=True)
class Attack:
    """A pickle that bites.

    Attributes:
        build: Makes it for a canary.
        event: What an audit hook sees when it is read.
    """

    build: Callable[[Path], bytes]
    event: str


class Call:
    """Is pickled as the call of a function, and can stand for the function of another.

    `Call(f, x)` becomes f(x) when it is read; `Call(Call(f, x), y)` becomes f(x)(y).
    """

    def __init__(self, function: Any, *arguments: object) -> None:
        self._function = function
        self._arguments = arguments

    def __reduce__(self):
        return self._function, self._arguments

    def __call__(self):
        """Is never called: pickle only asks whether it could be."""
        raise AssertionError


class Plain:
    """An object of a class that is not Python's."""

    def __init__(self, canary: Path) -> None:
        self.canary = str(canary)


def _touch(canary: Path) -> str:
    return f"touch '{canary}'"


def _code(canary: Path) -> str:
    return f"open({str(canary)!r}, 'w').close()"


def _system(canary: Path) -> Call:
    return Call(os.system, _touch(canary))


def _module(name: str) -> Call:
    return Call(importlib.import_module, name)


def _function_from_bytes(canary: Path) -> Call:
    code = marshal.dumps(compile(_code(canary), "<pickle>", "exec"))
    names = Call(dict, [("__builtins__", _module("builtins"))])
    function = Call(getattr, _module("types"), "FunctionType")
    return Call(Call(function, Call(marshal.loads, code), names))


def _item_of_builtins(canary: Path) -> Call:
    names = Call(vars, _module("builtins"))
    return Call(Call(Call(operator.itemgetter, "eval"), names), _code(canary))


def _attribute(canary: Path) -> Call:
    get = Call(operator.attrgetter, "os.system")
    return Call(Call(get, _module("shutil")), _touch(canary))


def _method(canary: Path) -> Call:
    call = Call(operator.methodcaller, "system", _touch(canary))
    return Call(call, _module("os"))


def _reduced(canary: Path) -> Call:
    system = Call(functools.reduce, getattr, ["os", "system"], _module("shutil"))
    return Call(system, _touch(canary))


# What to pickle, and what is seen when pickle reads it.
_OBJECTS: Mapping[str, tuple[Callable[[Path], object], str]] = {
    "os.popen": (lambda c: Call(os.popen, _touch(c)), "subprocess.Popen"),
    "os.remove": (lambda c: Call(os.remove, str(c)), "os.remove"),
    "os.mkdir": (lambda c: Call(os.mkdir, str(c)), "os.mkdir"),
    "os.putenv": (lambda _: Call(os.putenv, "MOSS_CANARY", "1"), "os.putenv"),
    "shutil.rmtree": (lambda c: Call(shutil.rmtree, str(c)), "shutil.rmtree"),
    "subprocess.Popen": (
        lambda c: Call(subprocess.Popen, ["touch", str(c)]),
        "subprocess.Popen",
    ),
    "subprocess.check_output": (
        lambda c: Call(subprocess.check_output, ["touch", str(c)]),
        "subprocess.Popen",
    ),
    "eval": (lambda c: Call(eval, _code(c)), "exec"),
    "exec": (lambda c: Call(exec, _code(c)), "exec"),
    "compile": (lambda c: Call(compile, _code(c), "x", "exec"), "compile"),
    "open": (lambda c: Call(open, str(c), "w"), "open"),
    "io.FileIO": (lambda c: Call(io.FileIO, str(c), "w"), "open"),
    "import_module": (lambda _: _module("tabnanny"), "open"),
    "getattr": (
        lambda c: Call(Call(getattr, _module("os"), "system"), _touch(c)),
        "os.system",
    ),
    "getattr of getattr": (
        lambda c: Call(
            Call(getattr, Call(getattr, _module("shutil"), "os"), "system"), _touch(c)
        ),
        "os.system",
    ),
    "operator.attrgetter": (_attribute, "os.system"),
    "operator.methodcaller": (_method, "os.system"),
    "operator.itemgetter": (_item_of_builtins, "exec"),
    "functools.partial": (
        lambda c: Call(Call(functools.partial, os.system, _touch(c))),
        "os.system",
    ),
    "functools.partial with a state": (
        lambda c: Call(functools.partial(os.system, _touch(c))),
        "os.system",
    ),
    "functools.reduce": (_reduced, "os.system"),
    "list of map": (lambda c: Call(list, Call(map, os.system, [_touch(c)])), "os.sys"),
    "tuple of filter": (
        lambda c: Call(tuple, Call(filter, os.system, [_touch(c)])),
        "os.system",
    ),
    "codecs.decode": (
        lambda c: Call(eval, Call(codecs.decode, _code(c).encode().hex(), "hex")),
        "exec",
    ),
    "codecs.encode": (lambda _: Call(codecs.encode, "x", "rot13"), FOUND),
    "marshal.loads": (_function_from_bytes, "marshal.loads"),
    "timeit.timeit": (lambda c: Call(timeit.timeit, "pass", _code(c)), "exec"),
    "runpy.run_path": (lambda c: Call(runpy.run_path, str(c)), "open"),
    "socket.create_connection": (
        lambda _: Call(socket.create_connection, ("127.0.0.1", 9), 0.1),
        "socket.connect",
    ),
    "urllib.request.urlopen": (
        lambda c: Call(urllib.request.urlopen, c.parent.as_uri()),
        "urllib.Request",
    ),
    "ctypes.CDLL": (lambda _: Call(ctypes.CDLL, None), "ctypes.dlopen"),
    "numpy.load": (lambda c: Call(np.load, str(c)), "open"),
    "numpy's _reconstruct": (lambda _: np.arange(3), FOUND),
    "array of objects": (lambda c: np.array([_system(c)], object), "os.system"),
    "setattr": (lambda _: Call(setattr, _module("builtins"), "canary", 1), FOUND),
    "sys.setrecursionlimit": (lambda _: Call(sys.setrecursionlimit, 1000), FOUND),
    "key of a dictionary": (lambda c: {_system(c): 1}, "os.system"),
    "deep inside": (lambda c: [[({"a": [_system(c)]},)]], "os.system"),
    "behind a thousand numbers": (lambda c: [*range(1000), _system(c)], "os.system"),
    "an object": (Plain, FOUND),
    "an exception": (lambda c: OSError(1, str(c)), FOUND),
    "a path": (lambda c: c, FOUND),
    "bytes": (lambda _: bytearray(b"x"), FOUND),
    "a complex number": (lambda _: 1j, FOUND),
}


def _pickled(make: Callable[[Path], object], protocol: int = 2):
    return lambda canary: pickle.dumps({"w": make(canary)}, protocol)


def _text(text: str) -> bytes:
    data = text.encode()
    return b"\x8c" + bytes([len(data)]) + data


def _import(canary: Path) -> bytes:
    call = Pickle().name("builtins", "__import__").text("sched")
    return call.raw(b"\x85R.").bytes()


def _inst(canary: Path) -> bytes:
    return b"(S" + repr(_touch(canary)).encode() + b"\nios\nsystem\n."


def _obj(canary: Path) -> bytes:
    return b"(cos\nsystem\nS" + repr(_touch(canary)).encode() + b"\no."


def _new_object(canary: Path) -> bytes:
    return b"\x80\x02cio\nStringIO\n)\x81."


def _new_object_by_keywords(canary: Path) -> bytes:
    return b"\x80\x04" + _text("io") + _text("StringIO") + b"\x93)}\x92."


def _through_the_memo(canary: Path) -> bytes:
    """Both names go into the memo in the wrong order and come back in the right one."""
    names = b"(" + _text("system") + b"\x94" + _text("os") + b"\x941"
    call = b"h\x01h\x00\x93" + _text(_touch(canary)) + b"\x85R."
    return b"\x80\x04" + names + call


def _through_a_list(canary: Path) -> bytes:
    """The same without throwing anything away: the names stay in a list."""
    names = b"](" + _text("system") + b"\x94" + _text("os") + b"\x94e"
    call = b"h\x01h\x00\x93" + _text(_touch(canary)) + b"\x85R\x86."
    return b"\x80\x04" + names + call


def _joined_names(canary: Path) -> bytes:
    """The module's name is made by calling `str.join`."""
    join = b"cbuiltins\ngetattr\n" + _text("") + _text("join") + b"\x86R"
    name = join + b"(" + _text("o") + _text("s") + b"l\x85R"
    call = _text("system") + b"\x93" + _text(_touch(canary)) + b"\x85R."
    return b"\x80\x04" + name + call


def _down_a_path(canary: Path) -> bytes:
    """From protocol 4 on a name may lead through another module."""
    name = _text("shutil") + _text("os.system") + b"\x93"
    return b"\x80\x04" + name + _text(_touch(canary)) + b"\x85R."


def _call(pickle: Pickle, canary: Path) -> Pickle:
    return pickle.name("os", "system").text(_touch(canary)).raw(b"\x85R")


def _hooks_of_a_tensor(canary: Path) -> bytes:
    """Where a tensor's backward hooks are, which `torch.save` leaves empty."""
    state = Pickle().ordered_dict().text("w").name("torch._utils", "_rebuild_tensor_v2")
    state.raw(b"(").storage("HalfStorage", "0", 1).number(0).numbers((1,)).numbers((1,))
    return _call(state.raw(b"\x89"), canary).raw(b"tRs.").bytes()


def _type_of_a_storage(canary: Path) -> bytes:
    state = Pickle().ordered_dict().text("w").name("torch._utils", "_rebuild_tensor_v2")
    _call(state.raw(b"((").text("storage"), canary)
    return state.text("0").text("cpu").number(1).raw(b"tQtRs.").bytes()


def _metadata(canary: Path) -> bytes:
    """In the attributes of the dictionary, behind all tensors."""
    state = Pickle().ordered_dict().text("w").tensor().raw(b"s}").text("_metadata")
    return _call(state, canary).raw(b"sb.").bytes()


def _rebuild_from_type(canary: Path) -> bytes:
    """`torch._tensor._rebuild_from_type_v2(function, type, arguments, state)`."""
    state = Pickle().raw(b"}").text("w").name("torch._tensor", "_rebuild_from_type_v2")
    state.raw(b"(").name("os", "system").name("torch", "Tensor")
    return state.text(_touch(canary)).raw(b"\x85}tRs.").bytes()


ATTACKS: Mapping[str, Attack] = {
    **{
        f"os.system, protocol {protocol}": Attack(
            _pickled(_system, protocol), "os.system"
        )
        for protocol in range(6)
    },
    **{name: Attack(_pickled(make), event) for name, (make, event) in _OBJECTS.items()},
    "__import__": Attack(_import, "import"),
    "INST": Attack(_inst, "os.system"),
    "OBJ": Attack(_obj, "os.system"),
    "NEWOBJ": Attack(_new_object, FOUND),
    "NEWOBJ_EX": Attack(_new_object_by_keywords, FOUND),
    "copyreg's _reconstructor": Attack(_pickled(Plain, 0), FOUND),
    "STACK_GLOBAL through the memo": Attack(_through_the_memo, "os.system"),
    "STACK_GLOBAL through a list": Attack(_through_a_list, "os.system"),
    "STACK_GLOBAL of joined names": Attack(_joined_names, "os.system"),
    "STACK_GLOBAL down a path": Attack(_down_a_path, "os.system"),
    "hooks of a tensor": Attack(_hooks_of_a_tensor, "os.system"),
    "type of a storage": Attack(_type_of_a_storage, "os.system"),
    "metadata of a dictionary": Attack(_metadata, "os.system"),
    "_rebuild_from_type_v2": Attack(_rebuild_from_type, "os.system"),
}
