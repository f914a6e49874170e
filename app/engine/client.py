"""A small blocking client of the engine process, for the terminal and for tests."""

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import threading
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from app import children
from app.children import Child
from app.domain.errors import ErrorCode, UserError
from app.engine.lines import LineReader
from app.engine.protocol import (
    MAX_LINE_BYTES,
    Alive,
    Command,
    Event,
    decode_event,
    encode,
    refusal,
)
from app.engine.watch import USUAL, Patience, Watch
from app.paths import program_folder

_CLOSE_SECONDS: Final = 5.0
_TAIL_BYTES: Final = 4000
if sys.platform == "win32":
    _NO_WINDOW: Final = subprocess.CREATE_NO_WINDOW
else:
    _NO_WINDOW: Final = 0


class EngineLostError(UserError):
    """The engine process ended without being asked to.

    Its code is `ErrorCode.ENGINE_SILENT` where it had to be killed for its silence.

    Attributes:
        exit_code: Its exit code; None when a signal ended it.
        signal: The signal's name, such as "SIGKILL"; None otherwise.
        stderr: The end of what it wrote to standard error.
    """

    def __init__(self, returncode: int, stderr: str, *, seconds: int = 0) -> None:
        """Takes how it ended, and how long it was silent if that was too long."""
        self.exit_code: Final = returncode if returncode >= 0 else None
        self.signal: Final = _signal_name(-returncode) if returncode < 0 else None
        self.stderr: Final = stderr
        cause = self.signal or f"exit code {returncode}"
        last = stderr.strip().rpartition("\n")[2]
        detail = f"{cause}: {last}" if last else cause
        if seconds:
            super().__init__(ErrorCode.ENGINE_SILENT, f"{seconds} s")
        else:
            super().__init__(ErrorCode.ENGINE_LOST, detail)


def command_line(
    *, state: Path | None = None, modules: Path | None = None
) -> tuple[str, ...]:
    """How the engine is started, from `app.paths.program_folder`.

    Args:
        state: The folder where it remembers what worked; None remembers nothing.
        modules: The user's folder of ggml modules; None looks for none.
    """
    options: tuple[str, ...] = ()
    if state is not None:
        options += ("--state", str(state))
    if modules is not None:
        options += ("--modules", str(modules))
    return children.command_line(Child.ENGINE, *options)


class EngineClient:
    """One engine process.

    A context manager: leaving it closes the engine. Waiting for events blocks, and an
    exception in the midst of it (Ctrl-C) loses none. A thread watches while something
    is waited for, and kills an engine that is silent for too long.
    """

    def __init__(
        self,
        arguments: Sequence[str] | None = None,
        *,
        environment: Mapping[str, str] | None = None,
        patience: Patience = USUAL,
    ) -> None:
        """Starts the process.

        Args:
            arguments: The command line; None takes `command_line()`.
            environment: Its environment; None inherits ours.
            patience: How long it may be silent.
        """
        # A file and not a pipe: nobody has to drain it.
        self._stderr = tempfile.TemporaryFile()  # noqa: SIM115  (closed by `close`)
        self._process = subprocess.Popen(  # noqa: S603  (our own program)
            arguments or command_line(),
            bufsize=0,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._stderr,
            cwd=program_folder(),
            env=environment,
            creationflags=_NO_WINDOW,
        )
        self._stdin, self._stdout = self._process.stdin, self._process.stdout
        self._lines = LineReader(self._read, MAX_LINE_BYTES)
        self._refusals: deque[Event] = deque()
        self._watch = Watch(patience)
        self._tick_seconds = patience.tick
        self._waiting = False
        self._silent_for = 0
        self._closed = threading.Event()
        threading.Thread(target=self._look, daemon=True, name="watch").start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def process_id(self) -> int:
        """The engine's process id."""
        return self._process.pid

    def send(self, command: Command) -> None:
        """Writes one command; one too large for the pipe is answered with `Failed`.

        Raises:
            EngineLostError: The process is gone.
        """
        encoded = encode(command)
        if (refused := refusal(command, encoded)) is not None:
            self._refusals.append(refused)
            return
        self._watch.sent(command)
        line = memoryview(encoded)
        try:
            with self._being_waited_for():
                while line and self._stdin is not None:
                    line = line[self._stdin.write(line) :]
        except OSError as error:
            raise self._loss() from error

    def receive(self) -> Event:
        """Waits for the next event; `Alive` is not one of them.

        Raises:
            EngineLostError: The process is gone.
            UserError: `ErrorCode.PROTOCOL` for a line that is no event.
        """
        if self._refusals:
            return self._refusals.popleft()
        while True:
            with self._being_waited_for():
                line = self._lines.read_line()
            if line is None:
                raise self._loss()
            event = decode_event(line)
            self._watch.heard(event)
            if not isinstance(event, Alive):
                return event

    def events(self) -> Iterator[Event]:
        """The events as they come, without end; raises what `receive` raises."""
        while True:
            yield self.receive()

    def kill(self) -> None:
        """Ends the process without a word."""
        self._process.kill()

    def close(self) -> int:
        """Closes stdin, which asks the engine to end, and waits for that.

        Returns:
            The exit code; one that does not end in time is killed.
        """
        self._closed.set()
        for pipe in (self._stdin, self._stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()
        try:
            return self._process.wait(_CLOSE_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            return self._process.wait()
        finally:
            self._stderr.close()

    @contextlib.contextmanager
    def _being_waited_for(self) -> Iterator[None]:
        """A block in which the engine is to blame when nothing happens."""
        before, self._waiting = self._waiting, True
        try:
            yield
        finally:
            self._waiting = before

    def _look(self) -> None:
        """Counts the time that is spent waiting; runs in a thread."""
        while not self._closed.wait(self._tick_seconds):
            if self._waiting and (ticks := self._watch.tick()):
                self._silent_for = max(1, round(ticks * self._tick_seconds))
                self._process.kill()
                return

    def _read(self, most: int) -> bytes:
        return b"" if self._stdout is None else os.read(self._stdout.fileno(), most)

    def _loss(self) -> EngineLostError:
        """What became of a process that has closed its end of the pipe."""
        returncode = self._process.wait()
        size = self._stderr.seek(0, os.SEEK_END)
        self._stderr.seek(max(0, size - _TAIL_BYTES))
        tail = self._stderr.read().decode("utf-8", "replace")
        return EngineLostError(returncode, tail, seconds=self._silent_for)


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
