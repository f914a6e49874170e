"""A child process's ends of the pipes to its parent: a leaf."""

import os
import sys
from typing import BinaryIO, Final

_STDIN: Final = 0
_STDOUT: Final = 1
_STDERR: Final = 2


def take_stdout() -> BinaryIO:
    """Keeps the pipe to the parent and points the process's stdout at stderr.

    Nothing that a library prints, be it native, can then corrupt a line. A windowed
    program on Windows has no stderr: there it is thrown away.
    """
    if sys.platform == "win32":
        import msvcrt  # noqa: PLC0415

        msvcrt.setmode(_STDIN, os.O_BINARY)
        msvcrt.setmode(_STDOUT, os.O_BINARY)
    pipe = os.fdopen(os.dup(_STDOUT), "wb")
    try:
        os.dup2(_STDERR, _STDOUT)
    except OSError:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, _STDOUT)
    sys.stdout = sys.stderr
    return pipe


def open_stdin() -> BinaryIO:
    """The pipe from the parent, for a thread that may wait for it to the very end.

    Python's own `sys.stdin` is flushed when the process exits, for which it would wait
    for that thread, in vain.
    """
    return open(_STDIN, "rb", buffering=0, closefd=False)
