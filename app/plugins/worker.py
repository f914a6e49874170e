"""The tool process: runs commands one at a time and dies with its parent.

Its first act is to keep file descriptor 1 for the protocol and to point the process's
stdout at stderr, so that nothing a library prints can corrupt a line. What is slow to
import is imported on a background thread, so that the first calculation does not wait
for the equation solver.
"""

import contextlib
import logging
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterable
from typing import BinaryIO, Final

from app.domain.errors import UserError
from app.domain.tools import Tool, ToolFailure
from app.plugins.api import ToolError, ToolRunner
from app.plugins.builtin.calculator import Calculator
from app.plugins.builtin.solver import Solver
from app.plugins.cpu_limit import OutOfTime, cpu_limit, ignore_what_is_dropped
from app.plugins.messages import (
    Answer,
    Refusal,
    Reply,
    Request,
    Started,
    decode_request,
    encode,
)

if sys.platform != "win32":
    import resource

MEMORY_BYTES: Final = 320 * 1024 * 1024
"""Address space of the child. With SymPy loaded it takes 155 MB, of which 55 MB are
memory in use and most of the rest is what the C library sets aside for a thread."""

CPU_SECONDS: Final = 0.9
"""Processor time for one command. SymPy needs less than 0.7 seconds for what it can do
at all, with few exceptions."""

_log = logging.getLogger(__name__)


def command_line() -> list[str]:
    """What starts the tool process, here and in a frozen build."""
    if getattr(sys, "frozen", False):
        return [sys.executable, "--tools"]
    return [sys.executable, "-m", "app.plugins"]


def main() -> int:
    """Runs the tool process until its stdin ends."""
    # A terminal sends Ctrl+C to all processes; what it means is the parent's to say.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    replies = _take_stdout()
    _limit_memory()
    ignore_what_is_dropped()
    runners: tuple[ToolRunner, ...] = (Calculator(), Solver())
    threading.Thread(target=_prepare, args=(runners,), daemon=True).start()
    with replies:
        serve(runners, sys.stdin.buffer, _writer(replies))
    return 0


def serve(
    runners: Iterable[ToolRunner],
    requests: Iterable[bytes],
    reply: Callable[[Reply], None],
) -> None:
    """Answers requests until there are no more.

    Args:
        runners: The tools.
        requests: Lines from the parent; one that is no request is logged and skipped.
        reply: Takes every reply at once.
    """
    by_tool = {runner.tool: runner for runner in runners}
    for line in requests:
        try:
            request = decode_request(line)
        except UserError as error:
            _log.error("skipped a line: %s", error)
            continue
        reply(_answer(by_tool, request, reply))


def _answer(
    runners: dict[Tool, ToolRunner], request: Request, reply: Callable[[Reply], None]
) -> Reply:
    runner = runners.get(request.tool)
    if runner is None:
        return Refusal(request.id, ToolFailure.UNAVAILABLE)
    try:
        runner.prepare()
        reply(Started(request.id))
        with cpu_limit(CPU_SECONDS):
            return Answer(request.id, runner.run(request.argument))
    except OutOfTime:
        return Refusal(request.id, ToolFailure.TIME_LIMIT)
    except ToolError as failed:
        return Refusal(request.id, failed.failure)
    except (MemoryError, RecursionError):
        return Refusal(request.id, ToolFailure.TOO_LARGE)
    except Exception:  # noqa: BLE001 -- the outermost loop of this process
        _log.exception("%s failed", request.tool.value)
        return Refusal(request.id, ToolFailure.INTERNAL)


def _prepare(runners: Iterable[ToolRunner]) -> None:
    for runner in runners:
        runner.prepare()


def _take_stdout() -> BinaryIO:
    """Keeps the pipe to the parent and points the process's stdout at stderr."""
    replies = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    sys.stdout = sys.stderr
    return replies


def _writer(replies: BinaryIO) -> Callable[[Reply], None]:
    def write(message: Reply) -> None:
        replies.write(encode(message))
        replies.flush()

    return write


def _limit_memory() -> None:
    """Makes what grows without end fail with `MemoryError`; not on Windows.

    macOS may refuse; then the time limit is the only bound.
    """
    if sys.platform != "win32":
        _, hard = resource.getrlimit(resource.RLIMIT_AS)
        limit = MEMORY_BYTES
        if hard != resource.RLIM_INFINITY:
            limit = min(limit, hard)
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_AS, (limit, hard))
