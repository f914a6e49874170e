"""Functions of ggml's C interface that llama-cpp-python does not declare."""

import ctypes
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from llama_cpp import llama_cpp as ll

LIBRARY_FOLDER: Final = Path(ll.__file__).parent / "lib"
"""Where llama-cpp-python's own libraries lie."""
_LIBRARIES: Final = ("ggml", "ggml-base")


def has_function(name: str) -> bool:
    """Whether this build of ggml has a function."""
    return any(hasattr(library, name) for library in _libraries())


def function(name: str, result: type | None, *arguments: type) -> Callable[..., Any]:
    """A function of ggml's, from the copy that llama.cpp itself uses.

    dlsym on libllama finds what it is linked to; on Windows each DLL answers only
    for itself.

    Raises:
        OSError: This build has no such function.
    """
    for library in _libraries():
        if hasattr(library, name):
            return ctypes.CFUNCTYPE(result, *arguments)((name, library))
    msg = f"ggml has no function {name}"
    raise OSError(msg)


def path_bytes(path: Path) -> bytes:
    """A path as ggml reads it: UTF-8 on Windows, the system's own bytes elsewhere."""
    return str(path).encode("utf-8") if sys.platform == "win32" else bytes(path)


def _libraries() -> list[ctypes.CDLL]:
    libraries = [ll._lib]  # noqa: SLF001  (the module offers no other handle)
    if sys.platform == "win32":
        names = [LIBRARY_FOLDER / f"{name}.dll" for name in _LIBRARIES]
        libraries += [ctypes.CDLL(str(path)) for path in names]
    return libraries
