"""llama.cpp's process-wide side: logs, devices, build features, native helpers."""

import ctypes
import sys
from collections import deque
from collections.abc import Callable
from enum import IntEnum
from pathlib import Path
from typing import Any, Final

import llama_cpp
from llama_cpp import llama_cpp as ll

_LOG_LINES: Final = 60
_GGML_LIBRARIES: Final = ("ggml", "ggml-base")


class _Level(IntEnum):
    """Of ggml.h's `ggml_log_level`, those that matter here.

    llama-cpp-python's own table of them is out of date.
    """

    WARNING = 3
    ERROR = 4
    CONTINUED = 5


class NativeLog:
    """Keeps the last lines that llama.cpp logged and shows its errors on stderr.

    There is one for the process. The callback is called from any thread.
    """

    def __init__(self, *, verbose: bool = False) -> None:
        self._verbose = verbose
        self._lines: deque[tuple[int, str]] = deque(maxlen=_LOG_LINES)
        # Referenced for as long as llama.cpp may call it.
        self._callback = ll.llama_log_callback(self._log)
        ll.llama_log_set(self._callback, ctypes.c_void_p(0))

    def clear(self) -> None:
        """Before something whose messages are of interest."""
        self._lines.clear()

    def problems(self) -> str:
        """The warnings and errors since `clear`, one a line."""
        return "\n".join(line for level, line in self._lines if level)

    def last_error(self) -> str:
        """The first error since `clear`, which is the one closest to the cause."""
        for level, line in self._lines:
            if level == _Level.ERROR:
                return line
        return ""

    def _log(self, level: int, text: bytes, _user_data: object) -> None:
        line = text.decode("utf-8", "replace").rstrip()
        serious = level in {_Level.WARNING, _Level.ERROR}
        if line and level != _Level.CONTINUED:
            self._lines.append((level if serious else 0, line))
        if self._verbose or level == _Level.ERROR:
            sys.stderr.write(text.decode("utf-8", "replace"))
            sys.stderr.flush()


class DeviceKind(IntEnum):
    """ggml-backend.h's `ggml_backend_dev_type`."""

    CPU = 0
    GPU = 1
    INTEGRATED_GPU = 2
    ACCELERATOR = 3


class Devices:
    """The devices that ggml sees."""

    def __init__(self) -> None:
        self.names: tuple[str, ...]
        """All of them, in ggml's order."""
        self.gpu: str
        """The first one that layers can be offloaded to; empty where none is."""
        count = _ggml("ggml_backend_dev_count", ctypes.c_size_t)
        get = _ggml("ggml_backend_dev_get", ctypes.c_void_p, ctypes.c_size_t)
        name = _ggml("ggml_backend_dev_name", ctypes.c_char_p, ctypes.c_void_p)
        kind = _ggml("ggml_backend_dev_type", ctypes.c_int, ctypes.c_void_p)
        handles = [get(index) for index in range(count())]
        self.names = tuple(name(handle).decode("utf-8") for handle in handles)
        kinds = [kind(handle) for handle in handles]
        gpus = [
            device
            for device, kind_of in zip(self.names, kinds, strict=True)
            if kind_of in {DeviceKind.GPU, DeviceKind.INTEGRATED_GPU}
        ]
        self.gpu = gpus[0] if gpus and ll.llama_supports_gpu_offload() else ""


def engine_name() -> str:
    """Name and version of llama.cpp and of its binding."""
    return f"llama.cpp (llama-cpp-python {llama_cpp.__version__})"


def system_info() -> str:
    """Build features and instruction sets in ggml's words."""
    text: bytes = ll.llama_print_system_info()
    return text.decode("utf-8", "replace").strip()


def abort_when_text() -> Callable[..., bool]:
    """An abort callback that answers whether the C string at its argument has text.

    llama.cpp asks before every node of the graph, some thousand times a token. A
    Python callback there waits for the interpreter lock and costs a percent or more;
    C's strlen answers without Python, and its result of 0 or 1 is a valid C bool.
    """
    library = ctypes.cdll.msvcrt if sys.platform == "win32" else ctypes.CDLL(None)
    callback: Callable[..., bool]
    callback = ctypes.cast(library.strlen, ll.ggml_abort_callback)
    return callback


def _ggml(name: str, result: type, *arguments: type) -> Callable[..., Any]:
    """A function of ggml's, from the copy that llama.cpp itself uses.

    dlsym on libllama finds what it is linked to; on Windows each DLL answers only
    for itself.
    """
    libraries = [ll._lib]  # noqa: SLF001  (the module offers no other handle)
    if sys.platform == "win32":
        folder = Path(ll.__file__).parent / "lib"
        libraries += [
            ctypes.CDLL(str(folder / f"{lib}.dll")) for lib in _GGML_LIBRARIES
        ]
    for library in libraries:
        if hasattr(library, name):
            prototype = ctypes.CFUNCTYPE(result, *arguments)
            return prototype((name, library))
    msg = f"ggml has no function {name}"
    raise OSError(msg)
