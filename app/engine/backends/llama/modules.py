"""Libraries that bring ggml its devices, where they are not compiled in.

A build with `GGML_BACKEND_DL` has no device of its own, not even the processor: each
kind is a library that is loaded when the engine starts. llama-cpp-python's folder is
looked through first, then the user's. A library is code: the user's folder carries the
version of the build in its name, so that one of another build is never loaded.

`GGML_BACKEND_DL` libraries are named `libggml-cuda.so` (`ggml-cuda.dll` on Windows).
"""

import ctypes
import logging
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from app.domain.hardware import Module
from app.engine.backends.llama import ggml
from app.engine.backends.llama.native import NativeLog

_LOG: Final = logging.getLogger(__name__)
_FILE: Final = re.compile(r"(?:lib)?ggml-([a-z]+)\.(?:so|dll|dylib)")
# The processor is chosen among its variants by ggml; `base` is no module; `rpc` opens
# network connections.
_NEVER: Final = frozenset({"base", "cpu", "rpc"})
_NAMES: Final = {
    "hip": "ROCm",
    "metal": "MTL",
    "opencl": "OpenCL",
    "vulkan": "Vulkan",
}
"""How kinds register themselves that are not simply upper case."""
_CPU: Final = "CPU"


def load(folders: Iterable[Path], log: NativeLog) -> tuple[Module, ...]:
    """Loads what is there.

    Args:
        folders: The user's; llama-cpp-python's own comes before them.
        log: Where llama.cpp says why something could not be loaded.

    Returns:
        All modules but the processor's: those that are compiled in, those that were
        loaded, and those that could not be.
    """
    own = ggml.LIBRARY_FOLDER
    if _CPU not in _registered() and ggml.has_function(
        "ggml_backend_load_all_from_path"
    ):
        load_all = ggml.function(
            "ggml_backend_load_all_from_path", None, ctypes.c_char_p
        )
        load_all(ggml.path_bytes(own))
    failed: dict[str, Module] = {}
    for folder in (own, *folders):
        for kind, path in _files(folder):
            problem = _load_one(kind, path, log)
            if problem:
                failed[kind] = Module(_title(kind), problem=problem)
    found = _registered()
    found.pop(_CPU, None)
    modules = [Module(name, devices=count) for name, count in found.items()]
    modules += [module for module in failed.values() if module.name not in found]
    return tuple(modules)


def _files(folder: Path) -> list[tuple[str, Path]]:
    """The modules in a folder that may be loaded, by kind."""
    try:
        paths = sorted(folder.iterdir())
    except OSError:
        return []
    matches = [(_FILE.fullmatch(path.name), path) for path in paths]
    return [(m[1], path) for m, path in matches if m and m[1] not in _NEVER]


def _load_one(kind: str, path: Path, log: NativeLog) -> str:
    """Loads a library unless its kind is there; returns why it could not be."""
    if _title(kind) in _registered():
        return ""
    log.clear()
    load_file = ggml.function("ggml_backend_load", ctypes.c_void_p, ctypes.c_char_p)
    if load_file(ggml.path_bytes(path)):
        return ""
    problem = log.last_error() or "it is no ggml module"
    _LOG.warning("%s cannot be loaded: %s", path, problem)
    # The message begins with ggml's function and the whole path, which may tell a name.
    return problem.rpartition(f"{path}: ")[2].replace(str(path), path.name)


def _registered() -> dict[str, int]:
    """Names of ggml's present modules, and how many devices each has."""
    count = ggml.function("ggml_backend_reg_count", ctypes.c_size_t)
    get = ggml.function("ggml_backend_reg_get", ctypes.c_void_p, ctypes.c_size_t)
    name = ggml.function("ggml_backend_reg_name", ctypes.c_char_p, ctypes.c_void_p)
    devices = ggml.function(
        "ggml_backend_reg_dev_count", ctypes.c_size_t, ctypes.c_void_p
    )
    handles = [get(index) for index in range(count())]
    return {name(handle).decode("utf-8"): devices(handle) for handle in handles}


def _title(kind: str) -> str:
    """The name that a module of this kind registers itself by."""
    return _NAMES.get(kind, kind.upper())
