"""A tool process: runs commands one at a time and dies with its parent.

Its first act is to keep file descriptors 0 and 1 for the protocol and to point the
process's stdout at stderr, so that nothing a tool or a library prints can corrupt a
line. What is slow to import is imported on a background thread, so that the first
calculation does not wait for the equation solver.
"""

import argparse
import logging
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import nullcontext, suppress
from pathlib import Path
from typing import BinaryIO, Final

from app.domain.tools import ToolFailure
from app.pipes import take_stdout
from app.plugins import kinds
from app.plugins.api import Result, Setup, ToolError, ToolRunner
from app.plugins.cpu_limit import OutOfTime, cpu_limit, ignore_what_is_dropped
from app.plugins.inbox import Inbox, orders
from app.plugins.kinds import Factory, Kind, Limits
from app.plugins.messages import (
    Answer,
    Offer,
    Order,
    Prepare,
    Ready,
    Refusal,
    Reply,
    Request,
    Started,
    Unusable,
    encode,
)
from app.plugins.network import Gate
from app.plugins.running import Running

if sys.platform != "win32":
    import resource

_log = logging.getLogger(__name__)
_MOST_WORDS: Final = 200
"""Characters of why something failed."""


def main(argv: Sequence[str] = ()) -> int:
    """Runs a tool process until its stdin ends."""
    # A terminal sends Ctrl+C to all processes; what it means is the parent's to say.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parser = argparse.ArgumentParser(prog="app.plugins")
    parser.add_argument("--kind", default=Kind.COMPUTE.value)
    process = parser.parse_args(argv).kind
    lines, replies = _take_pipes()
    limits = kinds.limits(process)
    _limit_memory(limits)
    ignore_what_is_dropped()
    gate = Gate()
    gate.install()
    worker = Worker(process, _writer(replies), gate=gate)
    # What only computes is soon killed and needs no thread, which takes address space.
    brief = limits.seconds > 0
    return worker.serve(orders(lines) if brief else Inbox(lines, worker.cancel))


class Worker:
    """The tools of one process.

    Args:
        process: Which one (see `app.plugins.kinds`).
        reply: Takes messages to the parent.
        gate: Lets announced requests through.
    """

    def __init__(
        self, process: str, reply: Callable[[Reply], None], *, gate: Gate
    ) -> None:
        self._process = process
        self._reply = reply
        self._gate = gate
        self._seconds = kinds.limits(process).seconds
        self._runners: dict[str, ToolRunner] = {}
        self._prepared = False
        self._running: Running | None = None

    def serve(self, received: Iterable[Order]) -> int:
        """Follows orders until there are no more.

        Returns:
            The exit code: 1 when the tools cannot be made.
        """
        for order in received:
            if isinstance(order, Prepare) or not self._prepared:
                prepare = order if isinstance(order, Prepare) else Prepare()
                if not self._prepare(prepare):
                    return 1
            if isinstance(order, Request):
                self._reply(self._answer(order))
        return 0

    def make(self, factories: Mapping[str, Factory], order: Prepare) -> None:
        """Makes the tools and says which they are; whatever they raise is raised."""
        for name, factory in factories.items():
            setup = Setup(
                order.values.get(name, {}),
                data=Path(order.data) / name,
                pictures=Path(order.pictures),
            )
            self._runners[name] = factory(setup)
        self._prepared = True
        tools = (Offer(name, runner.tool) for name, runner in self._runners.items())
        self._reply(Ready(tuple(tools)))

    def cancel(self, command: int | None) -> None:
        """Tells a command that its answer is not wanted; None is any. Any thread."""
        running = self._running
        if running is not None and command in {None, running.command}:
            running.cancel()

    def _prepare(self, order: Prepare) -> bool:
        """Makes the tools and begins to load what is slow to load."""
        try:
            self.make(kinds.factories(self._process), order)
        except (Exception, SystemExit) as error:  # noqa: BLE001 -- a stranger's program
            _log.exception("%s cannot be used", self._process)
            self._reply(Unusable(_words(error)))
            return False
        runners = tuple(self._runners.values())
        threading.Thread(target=_warm_up, args=(runners,), daemon=True).start()
        return True

    def _answer(self, request: Request) -> Reply:
        runner = self._runner(request)
        if runner is None:
            return Refusal(request.id, ToolFailure.UNAVAILABLE)
        running = self._running = Running(request.id, self._reply, self._gate)
        try:
            runner.prepare()
            self._reply(Started(request.id))
            with cpu_limit(self._seconds) if self._seconds else nullcontext():
                return _answer(request.id, runner.run(request.argument, running))
        except OutOfTime:
            return Refusal(request.id, ToolFailure.TIME_LIMIT)
        except ToolError as failed:
            return Refusal(request.id, failed.failure, failed.detail[:_MOST_WORDS])
        except (MemoryError, RecursionError):
            return Refusal(request.id, ToolFailure.TOO_LARGE)
        except Exception as error:  # noqa: BLE001 -- the outermost loop of this process
            _log.exception("%s failed", request.tool.value)
            return Refusal(request.id, ToolFailure.INTERNAL, _words(error))
        finally:
            self._running = None

    def _runner(self, request: Request) -> ToolRunner | None:
        if request.name:
            return self._runners.get(request.name)
        runners = self._runners.values()
        return next((each for each in runners if each.tool is request.tool), None)


def _answer(command: int, result: Result) -> Answer:
    picture = result.picture
    return Answer(
        command,
        result=result.text,
        sources=result.sources,
        picture="" if picture is None else picture.name,
    )


def _warm_up(runners: Iterable[ToolRunner]) -> None:
    for runner in runners:
        try:
            runner.prepare()
        except Exception:  # noqa: BLE001 -- a command will meet it again and say it
            _log.exception("cannot get ready")


def _words(error: BaseException) -> str:
    text = f"{type(error).__name__}: {error}"
    return text.splitlines()[0][:_MOST_WORDS]


def _take_pipes() -> tuple[BinaryIO, BinaryIO]:
    """Keeps the pipes from and to the parent; a tool gets stderr and an empty stdin."""
    orders = os.fdopen(os.dup(0), "rb")
    replies = take_stdout()
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    return orders, replies


def _writer(replies: BinaryIO) -> Callable[[Reply], None]:
    lock = threading.Lock()

    def write(message: Reply) -> None:
        line = encode(message)
        with lock:
            replies.write(line)
            replies.flush()

    return write


def _limit_memory(limits: Limits) -> None:
    """Makes what grows without end fail with `MemoryError`; not on Windows.

    macOS may refuse; then the time limit is the only bound.
    """
    if sys.platform != "win32" and limits.memory:
        _, hard = resource.getrlimit(resource.RLIMIT_AS)
        limit = limits.memory
        if hard != resource.RLIM_INFINITY:
            limit = min(limit, hard)
        with suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_AS, (limit, hard))
