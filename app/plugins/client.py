"""The tool process for callers that may wait: the terminal and tests.

The window has its own client on QProcess; both speak `app.plugins.messages`.
"""

import contextlib
import logging
import queue
import subprocess
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import IO, Final, Self

from app.domain.errors import UserError
from app.domain.tools import Command, ToolCall, ToolFailure
from app.paths import program_folder
from app.plugins.api import ToolError
from app.plugins.kinds import command_line
from app.plugins.messages import (
    INTRODUCTION_SECONDS,
    SILENT,
    START_SECONDS,
    Answer,
    Offer,
    Order,
    Prepare,
    Progress,
    Ready,
    Refusal,
    Reply,
    Request,
    Requested,
    Started,
    Unusable,
    call_from,
    decode_reply,
    encode,
)

_log = logging.getLogger(__name__)
_CANCELLED: Final = b"cancelled"
"""Stands among the lines; known by its identity."""


class _Cancelled(Exception):  # noqa: N818 -- no error, and it does not leave this module
    """The command is not wanted any more."""


@dataclass(frozen=True, slots=True)
class _Child:
    """A running tool process; `lines` ends with None when its stdout does.

    A thread reads, because a pipe cannot be waited for with a timeout on Windows.
    """

    process: subprocess.Popen[bytes]
    requests: IO[bytes]
    lines: "queue.SimpleQueue[bytes | None]"


class ToolClient:
    """Runs commands in the tool process and waits for them.

    The process starts with the client, so that it is warm when the first command
    comes, and starts anew when it died or had to be killed.
    """

    def __init__(
        self,
        command: Sequence[str] | None = None,
        *,
        prepare: Prepare = Prepare(),  # noqa: B008 -- a frozen value
        start_seconds: float = START_SECONDS,
        note: Callable[[Progress | Requested], None] = lambda _: None,
    ) -> None:
        """Starts the process.

        Args:
            command: What starts it; None is the one that computes.
            prepare: What its tools are made with.
            start_seconds: How long it may take until a command is running.
            note: Takes what a running command says on its way.
        """
        self._command = list(command) if command is not None else command_line()
        self._prepare = prepare
        self._start_seconds = start_seconds
        self._note = note
        self._last_id = 0
        self._child = self._start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def run(self, command: Command, seconds: float, *, name: str = "") -> ToolCall:
        """Runs one command; a process that is lost or too slow fails the call.

        Args:
            command: What to run.
            seconds: How long it may run; then the process is killed.
            name: Which of the tools that answer it; empty for the first.

        Returns:
            The call, done or failed.
        """
        child = self._alive()
        if child is None:
            return ToolCall.failed(command, ToolFailure.UNAVAILABLE)
        self._last_id += 1
        try:
            _send(child, Request(self._last_id, command.tool, command.argument, name))
            return self._wait(child, command, seconds)
        except queue.Empty:
            failure = ToolFailure.TIME_LIMIT
        except _Cancelled:
            failure = ToolFailure.CANCELLED
        except (OSError, EOFError, UserError) as error:
            _log.warning("the tool process is lost: %s", error)
            failure = ToolFailure.TOOL_LOST
        _end(child)
        self._child = self._start()
        return ToolCall.failed(command, failure)

    def offers(self, seconds: float = INTRODUCTION_SECONDS) -> tuple[Offer, ...]:
        """Which tools the process has; of a process that has just started.

        Raises:
            ToolError: `BROKEN`: it does not say it in time, or cannot be used.
        """
        child = self._alive()
        if child is None:
            raise ToolError(ToolFailure.BROKEN)
        try:
            reply = _next(child, time.monotonic() + seconds)
        except (queue.Empty, EOFError, UserError) as error:
            self.close()
            raise ToolError(ToolFailure.BROKEN, SILENT) from error
        if isinstance(reply, Ready):
            return reply.tools
        self.close()
        reason = reply.reason if isinstance(reply, Unusable) else SILENT
        raise ToolError(ToolFailure.BROKEN, reason)

    def cancel(self) -> None:
        """Ends the command that runs; a signal handler may call it."""
        if self._child is not None:
            self._child.lines.put(_CANCELLED)

    def close(self) -> None:
        """Ends the process."""
        if self._child is not None:
            _end(self._child)
            self._child = None

    def _wait(self, child: _Child, command: Command, seconds: float) -> ToolCall:
        """Takes replies until the command's own.

        Raises:
            queue.Empty: The time is over.
            EOFError: The process is gone.
        """
        deadline = time.monotonic() + self._start_seconds
        while True:
            match _next(child, deadline):
                case Unusable(reason=reason):
                    return ToolCall.failed(command, ToolFailure.BROKEN, reason)
                case Started(id=self._last_id):
                    deadline = time.monotonic() + seconds
                case Progress(id=self._last_id) | Requested(id=self._last_id) as note:
                    self._note(note)
                case Answer(id=self._last_id) | Refusal(id=self._last_id) as reply:
                    return call_from(command, reply)
                case _:
                    pass  # of the child's beginning, or of another command

    def _alive(self) -> _Child | None:
        """The process; a new one where the last died since it was used."""
        if self._child is not None and self._child.process.poll() is not None:
            _end(self._child)
            self._child = self._start()
        return self._child

    def _start(self) -> _Child | None:
        try:
            process = subprocess.Popen(  # noqa: S603 -- our own program
                self._command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                cwd=program_folder(),
            )
        except OSError:
            _log.exception("the tool process does not start")
            return None
        if process.stdin is None or process.stdout is None:
            message = "a process started with pipes has them"
            raise AssertionError(message)
        lines: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        threading.Thread(
            target=_read, args=(process.stdout, lines), daemon=True
        ).start()
        child = _Child(process, process.stdin, lines)
        with contextlib.suppress(OSError):
            _send(child, self._prepare)
        return child


def _read(replies: IO[bytes], lines: "queue.SimpleQueue[bytes | None]") -> None:
    with replies:
        for line in replies:
            lines.put(line)
    lines.put(None)


def _send(child: _Child, order: Order) -> None:
    child.requests.write(encode(order))
    child.requests.flush()


def _next(child: _Child, deadline: float) -> Reply:
    line = child.lines.get(timeout=max(deadline - time.monotonic(), 0.0))
    if line is None:
        raise EOFError
    if line is _CANCELLED:
        raise _Cancelled
    return decode_reply(line)


def _end(child: _Child) -> None:
    child.process.kill()
    try:
        child.requests.close()
    except OSError:
        _log.debug("the tool process left a request unread")
    child.process.wait()
