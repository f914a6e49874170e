"""The devices that ggml sees, with the memory that is free on them now."""

import ctypes
from dataclasses import replace
from typing import Final

from app.domain.hardware import Device, DeviceKind
from app.engine.backends.llama import ggml
from app.engine.host_memory import host_memory

# ggml-backend.h's `ggml_backend_dev_type`, in its order; the last one is virtual.
_KINDS: Final = (
    DeviceKind.CPU,
    DeviceKind.GPU,
    DeviceKind.INTEGRATED_GPU,
    DeviceKind.ACCELERATOR,
    DeviceKind.ACCELERATOR,
)
_METAL: Final = "MTL"


class _Properties(ctypes.Structure):
    """`ggml_backend_dev_props`; `rest` is its capabilities and room for more."""

    _fields_ = (
        ("name", ctypes.c_char_p),
        ("description", ctypes.c_char_p),
        ("free", ctypes.c_size_t),
        ("total", ctypes.c_size_t),
        ("kind", ctypes.c_int),
        ("identity", ctypes.c_char_p),
        ("rest", ctypes.c_bool * 64),
    )


def devices() -> tuple[Device, ...]:
    """All of them, in ggml's order; the processor's memory is this computer's."""
    cards = gpus()
    found = (_described(_properties(handle)) for handle in _handles())
    return tuple(replace(item, takes_layers=item.name in cards) for item in found)


def gpus() -> dict[str, int]:
    """The handles of the cards that layers can be put on, by name.

    As llama.cpp chooses them: a card that two modules see is taken once, integrated
    ones only where there is no other.
    """
    cards: dict[str, int] = {}
    integrated: dict[str, int] = {}
    known: set[bytes] = set()
    for handle in _handles():
        found = _properties(handle)
        if found.identity is not None and found.identity in known:
            continue
        name = found.name.decode("utf-8", "replace")
        kind = _KINDS[found.kind]
        if kind is DeviceKind.GPU:
            cards[name] = handle
        elif kind is DeviceKind.INTEGRATED_GPU:
            integrated[name] = handle
        if found.identity is not None:
            known.add(found.identity)
    return cards or integrated


def _handles() -> list[int]:
    count = ggml.function("ggml_backend_dev_count", ctypes.c_size_t)
    get = ggml.function("ggml_backend_dev_get", ctypes.c_void_p, ctypes.c_size_t)
    return [get(index) for index in range(count())]


def _properties(handle: int) -> _Properties:
    found = _Properties()
    pointer = ctypes.POINTER(_Properties)
    read = ggml.function("ggml_backend_dev_get_props", None, ctypes.c_void_p, pointer)
    read(handle, ctypes.byref(found))
    return found


def _described(found: _Properties) -> Device:
    name = found.name.decode("utf-8", "replace")
    kind = _KINDS[found.kind]
    free, total = found.free, found.total
    if kind is DeviceKind.CPU:
        # ggml gives the total for both.
        available, installed = host_memory()
        free, total = (available, installed) if installed else (free, total)
    elif name.startswith(_METAL):
        # Apple's graphics processor has no memory of its own, and ggml does not say so.
        kind = DeviceKind.INTEGRATED_GPU
    return Device(
        name=name,
        description=(found.description or b"").decode("utf-8", "replace").strip(),
        kind=kind,
        free=free,
        total=total,
    )
