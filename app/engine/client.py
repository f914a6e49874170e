"""A small blocking client of the engine process, for the terminal and for tests."""

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from app.domain.errors import ErrorCode, UserError
from app.engine.lines import LineReader
from app.engine.protocol import (
    MAX_LINE_BYTES,
    Command,
    Event,
    decode_event,
    encode,
)
from app.paths import program_folder

_CLOSE_SECONDS: Final = 5.0
_TAIL_BYTES: Final = 4000
if sys.platform == "win32":
    _NO_WINDOW: Final = subprocess.CREATE_NO_WINDOW
else:
    _NO_WINDOW: Final = 0


class EngineLostError(UserError):
    """The engine process ended without being asked to.

    Attributes:
        exit_code: Its exit code; None when a signal ended it.
        signal: The signal's name, such as "SIGKILL"; None otherwise.
        stderr: The end of what it wrote to standard error.
    """

    def __init__(self, returncode: int, stderr: str) -> None:
        self.exit_code: Final = returncode if returncode >= 0 else None
        self.signal: Final = _signal_name(-returncode) if returncode < 0 else None
        self.stderr: Final = stderr
        cause = self.signal or f"exit code {returncode}"
        last = stderr.strip().rpartition("\n")[2]
        detail = f"{cause}: {last}" if last else cause
        super().__init__(ErrorCode.ENGINE_LOST, detail)


def command_line(
    *, state: Path | None = None, modules: Path | None = None
) -> tuple[str, ...]:
    """How the engine is started, from `app.paths.program_folder`.

    Args:
        state: The folder where it remembers what worked; None remembers nothing.
        modules: The user's folder of ggml modules; None looks for none.
    """
    frozen = getattr(sys, "frozen", False)
    start = ("--engine",) if frozen else ("-m", "app.engine")
    options: tuple[str, ...] = ()
    if state is not None:
        options += ("--state", str(state))
    if modules is not None:
        options += ("--modules", str(modules))
    return (sys.executable, *start, *options)


class EngineClient:
    """One engine process.

    A context manager: leaving it closes the engine. Waiting for events blocks, and an
    exception in the midst of it (Ctrl-C) loses none.
    """

    def __init__(
        self,
        arguments: Sequence[str] | None = None,
        *,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        """Starts the process.

        Args:
            arguments: The command line; None takes `command_line()`.
            environment: Its environment; None inherits ours.
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
        """Writes one command.

        Raises:
            EngineLostError: The process is gone.
        """
        line = memoryview(encode(command))
        try:
            while line and self._stdin is not None:
                line = line[self._stdin.write(line) :]
        except OSError as error:
            raise self._loss() from error

    def receive(self) -> Event:
        """Waits for the next event.

        Raises:
            EngineLostError: The process is gone.
            UserError: `ErrorCode.PROTOCOL` for a line that is no event.
        """
        line = self._lines.read_line()
        if line is None:
            raise self._loss()
        return decode_event(line)

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

    def _read(self, most: int) -> bytes:
        return b"" if self._stdout is None else os.read(self._stdout.fileno(), most)

    def _loss(self) -> EngineLostError:
        """What became of a process that has closed its end of the pipe."""
        returncode = self._process.wait()
        size = self._stderr.seek(0, os.SEEK_END)
        self._stderr.seek(max(0, size - _TAIL_BYTES))
        tail = self._stderr.read().decode("utf-8", "replace")
        return EngineLostError(returncode, tail)


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
