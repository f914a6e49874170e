"""The reader process: the only one that opens a user's files.

It has a limit on memory, and each file one on processor time. Its parent kills it
where that does not help, and starts another. It ends with its parent, in the middle
of a file too.
"""

import contextlib
import logging
import os
import signal
import sys
from collections.abc import Callable
from itertools import islice
from pathlib import Path
from typing import Final

from app.pipes import open_stdin, take_stdout
from app.plugins.cpu_limit import OutOfTime, cpu_limit, ignore_what_is_dropped
from app.plugins.documents.extraction import extract, fingerprint
from app.plugins.documents.formats.limits import MIB
from app.plugins.documents.pipes import read_in_thread
from app.plugins.documents.reader_messages import (
    Answer,
    Done,
    Part,
    Read,
    Text,
    decode_read,
    encode,
)
from app.plugins.documents.values import Problem, UnreadableError
from app.plugins.documents.whole import whole_text

if sys.platform != "win32":
    import resource

MEMORY_BYTES: Final = 768 * MIB
"""Address space. Python and pypdf take about 130 MiB of it; a docx of 64 MiB of XML
takes four times that while it is read."""
CPU_SECONDS: Final = 60.0
"""For one file; a PDF of a thousand full pages took 40."""
_PART: Final = 200
_DETAIL_CHARACTERS: Final = 200
_LOG: Final = logging.getLogger(__name__)


def main(cpu_seconds: float = CPU_SECONDS, memory_bytes: int = MEMORY_BYTES) -> int:
    """Reads files until stdin ends or memory did.

    Args:
        cpu_seconds: What a file may take.
        memory_bytes: The address space of the process.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    answers = take_stdout()
    _limit_memory(memory_bytes)
    ignore_what_is_dropped()

    def answer(message: Answer) -> None:
        answers.write(encode(message) + b"\n")
        answers.flush()

    requests = read_in_thread(open_stdin(), at_end=lambda: os._exit(0))
    while line := requests.get():
        if not read(decode_read(line), answer, cpu_seconds=cpu_seconds):
            return 1
    return 0


def read(
    request: Read, answer: Callable[[Answer], None], *, cpu_seconds: float
) -> bool:
    """Reads one file.

    Returns:
        Whether another can be read: when memory was short, it may stay so.
    """
    hashed = b""
    try:
        with cpu_limit(cpu_seconds):
            path = Path(request.path)
            if request.whole:
                for piece in whole_text(path):
                    answer(Text(piece))
            elif (hashed := fingerprint(path)) != request.hash:
                passages = extract(path)
                while part := list(islice(passages, _PART)):
                    answer(Part(part))
    except OutOfTime:
        answer(Done(hashed, Problem.TIME_LIMIT))
    except MemoryError:
        answer(Done(hashed, Problem.MEMORY))
        return False
    except UnreadableError as error:
        answer(Done(hashed, error.problem, _printable(error.detail)))
    else:
        answer(Done(hashed))
    return True


def _limit_memory(memory_bytes: int) -> None:
    """Makes what grows without end fail with `MemoryError`; not on Windows."""
    if sys.platform != "win32":
        _, hard = resource.getrlimit(resource.RLIMIT_AS)
        if hard != resource.RLIM_INFINITY:
            memory_bytes = min(memory_bytes, hard)
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, hard))


def _printable(detail: str) -> str:
    """What a library says may hold a part of the file."""
    shown = "".join(c if c.isprintable() else " " for c in detail)
    return shown[:_DETAIL_CHARACTERS]
