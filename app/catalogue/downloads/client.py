"""The downloader process for callers that may wait: the terminal and tests.

The window has its own client on QProcess; both speak the lines of `messages`.
"""

import contextlib
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from types import TracebackType
from typing import Final, Self

from app import children
from app.catalogue.downloads.messages import (
    Event,
    Failed,
    Job,
    Pace,
    Used,
    decode_event,
    encode,
)
from app.children import Child
from app.domain.errors import ErrorCode
from app.paths import program_folder

_NO_WINDOW: Final = getattr(subprocess, "CREATE_NO_WINDOW", 0)
_CLOSE_SECONDS: Final = 10.0


def command_line() -> tuple[str, ...]:
    """What starts the downloader, here and in a frozen build."""
    return children.command_line(Child.DOWNLOADS)


class DownloaderClient:
    """One downloader process, which does one job.

    A context manager: leaving it asks the process to end, what is here stays.

    Args:
        job: What to do.
        command: What starts it; None is `command_line()`.
        environment: Its environment; None inherits ours.
    """

    def __init__(
        self,
        job: Job,
        *,
        command: Sequence[str] | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self._process = subprocess.Popen(  # noqa: S603 -- our own program
            command or command_line(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=program_folder(),
            env=environment,
            creationflags=_NO_WINDOW,
        )
        self.send(job)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    @property
    def process_id(self) -> int:
        """The downloader's process id."""
        return self._process.pid

    def send(self, command: Job | Pace | Used) -> None:
        """Tells it something; one that is gone hears nothing."""
        if self._process.stdin is not None:
            with contextlib.suppress(OSError, ValueError):
                self._process.stdin.write(encode(command))
                self._process.stdin.flush()

    def events(self) -> Iterator[Event]:
        """What it says, to its end; `Failed` if it broke off.

        Raises:
            UserError: `ErrorCode.PROTOCOL` for a line that is no event.
        """
        if self._process.stdout is not None:
            for line in self._process.stdout:
                yield decode_event(line)
        code = self._process.wait()
        if code:
            yield Failed(ErrorCode.DOWNLOADER_LOST, f"exit code {code}")

    def kill(self) -> None:
        """Ends it without a word."""
        self._process.kill()

    def end_input(self) -> None:
        """Asks it to end."""
        if self._process.stdin is not None:
            with contextlib.suppress(OSError):
                self._process.stdin.close()

    def stop(self) -> None:
        """Asks it to end, and waits for that; one that does not is killed."""
        self.end_input()
        try:
            self._process.wait(_CLOSE_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()
