"""llama.cpp's process-wide side: logs, build features, native helpers."""

import ctypes
import sys
from collections import deque
from collections.abc import Callable
from enum import IntEnum
from typing import Final

import llama_cpp
from llama_cpp import llama_cpp as ll

from app.domain.errors import ErrorCode, UserError
from app.engine.memory import features_of

_LOG_LINES: Final = 60
_MEMORY_WORDS: Final = (
    "unable to allocate",
    "failed to allocate",
    "out of memory",
    "bad_alloc",
    "mmap failed",
)
_UNSUPPORTED_WORDS: Final = (
    "unknown model architecture",
    "unknown pre-tokenizer",
    "this software only supports",
)


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

    def load_error(self) -> UserError:
        """What the messages since `clear` say of a file that could not be loaded."""
        problems = self.problems().lower()
        if any(word in problems for word in _UNSUPPORTED_WORDS):
            code = ErrorCode.MODEL_UNSUPPORTED
        elif any(word in problems for word in _MEMORY_WORDS):
            code = ErrorCode.OUT_OF_MEMORY
        else:
            code = ErrorCode.MODEL_UNREADABLE
        return UserError(code, self.last_error())

    def _log(self, level: int, text: bytes, _user_data: object) -> None:
        line = text.decode("utf-8", "replace").rstrip()
        serious = level in {_Level.WARNING, _Level.ERROR}
        if line and level != _Level.CONTINUED:
            self._lines.append((level if serious else 0, line))
        if self._verbose or level == _Level.ERROR:
            sys.stderr.write(text.decode("utf-8", "replace"))
            sys.stderr.flush()


def version() -> str:
    """llama-cpp-python's version, which decides llama.cpp's."""
    number: str = llama_cpp.__version__
    return number


def engine_name() -> str:
    """Name and version of llama.cpp and of its binding."""
    return f"llama.cpp (llama-cpp-python {version()})"


def system_info() -> str:
    """Build features and instruction sets in ggml's words."""
    text: bytes = ll.llama_print_system_info()
    return text.decode("utf-8", "replace").strip()


def features() -> frozenset[str]:
    """What the build and the processor have, such as "AVX2"."""
    return features_of(system_info())


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
