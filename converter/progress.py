"""How a conversion tells where it is: JSON lines, a bar in a terminal, or not at all.

A JSON line is an object with `stage`; see `JsonLines`.
"""

import json
import sys
import time
from collections.abc import Callable, Sequence
from typing import IO, Protocol

from typing_extensions import override

_WIDTH = 28
_REFRESH = 0.1
_MINUTE = 60


class Reporter(Protocol):
    """What the pipeline tells while it works. Sizes are bytes of the output."""

    def opened(self, message: str) -> None:
        """The checkpoint was read and understood."""
        ...

    def warned(self, message: str) -> None:
        """Something is odd but does not stop the conversion."""
        ...

    def started(self, done: int, total: int) -> None:
        """Writing begins; some may be there from a conversion that was stopped."""
        ...

    def advanced(self, tensor: str, done: int, total: int) -> None:
        """A part of a tensor was written."""
        ...

    def waited(self, files: Sequence[str]) -> None:
        """One of these weight files has to arrive now."""
        ...

    def used(self, file: str) -> None:
        """A weight file that arrived is not needed any more."""
        ...

    def finished(self, message: str, size: int) -> None:
        """The file is whole and has its name."""
        ...

    def failed(self, code: str, message: str) -> None:
        """The conversion ended without a file."""
        ...


class Silent:
    """Says nothing but what went wrong."""

    def __init__(self, stream: IO[str]) -> None:
        """Writes warnings and errors to a stream."""
        self._stream = stream

    def opened(self, message: str) -> None:
        """Says nothing."""

    def warned(self, message: str) -> None:
        """Prints the warning."""
        print(f"warning: {message}", file=self._stream, flush=True)

    def started(self, done: int, total: int) -> None:
        """Says nothing."""

    def advanced(self, tensor: str, done: int, total: int) -> None:
        """Says nothing."""

    def waited(self, files: Sequence[str]) -> None:
        """Says nothing."""

    def used(self, file: str) -> None:
        """Says nothing."""

    def finished(self, message: str, size: int) -> None:
        """Says nothing."""

    def failed(self, code: str, message: str) -> None:  # noqa: ARG002
        """Prints the error."""
        print(f"error: {message}", file=self._stream, flush=True)


class JsonErrors(Silent):
    """Says nothing but what went wrong: errors as JSON, for whoever asked for that."""

    def __init__(self, stream: IO[str], errors: IO[str]) -> None:
        """Writes warnings to one stream and errors to another."""
        super().__init__(stream)
        self._errors = errors

    @override
    def failed(self, code: str, message: str) -> None:
        """Prints an object of stage `failed`."""
        JsonLines(self._errors).failed(code, message)


class JsonLines:
    """One JSON object a line, for a program that reads along.

    What is told while it works has the stage `convert`, or another where the work is
    another.

    `{"stage": "open", "message": ...}`,
    `{"stage": "warning", "message": ...}`,
    `{"stage": "start", "done": ..., "total": ...}`,
    `{"stage": "convert", "tensor": ..., "done": ..., "total": ..., "seconds": ...}`,
    `{"stage": "wait", "files": [...]}`, `{"stage": "used", "file": ...}`,
    `{"stage": "done", "message": ..., "size": ..., "seconds": ...}`,
    `{"stage": "failed", "code": ..., "message": ...}`.
    Sizes are bytes of the output.
    """

    def __init__(
        self,
        stream: IO[str],
        clock: Callable[[], float] = time.monotonic,
        *,
        work: str = "convert",
    ) -> None:
        """Writes to a stream.

        Args:
            stream: The stream.
            clock: Tells the time in seconds.
            work: What is done.
        """
        self._stream = stream
        self._clock = clock
        self._work = work
        self._start = clock()
        self._last = ("", self._start)

    def opened(self, message: str) -> None:
        """Prints an object of stage `open`."""
        self._print(stage="open", message=message)

    def warned(self, message: str) -> None:
        """Prints an object of stage `warning`."""
        self._print(stage="warning", message=message)

    def started(self, done: int, total: int) -> None:
        """Prints an object of stage `start`."""
        self._print(stage="start", done=done, total=total)

    def waited(self, files: Sequence[str]) -> None:
        """Prints an object of stage `wait`."""
        self._print(stage="wait", files=list(files))

    def used(self, file: str) -> None:
        """Prints an object of stage `used`."""
        self._print(stage="used", file=file)

    def advanced(self, tensor: str, done: int, total: int) -> None:
        """Prints an object of stage `convert`, for one tensor ten a second at most."""
        now = self._clock()
        name, then = self._last
        if tensor != name or now - then >= _REFRESH or done == total:
            self._last = (tensor, now)
            self._print(
                stage=self._work,
                tensor=tensor,
                done=done,
                total=total,
                seconds=round(now - self._start, 3),
            )

    def finished(self, message: str, size: int) -> None:
        """Prints an object of stage `done`."""
        seconds = round(self._clock() - self._start, 3)
        self._print(stage="done", message=message, size=size, seconds=seconds)

    def failed(self, code: str, message: str) -> None:
        """Prints an object of stage `failed`."""
        self._print(stage="failed", code=code, message=message)

    def _print(self, **fields: str | float | list[str]) -> None:
        # In ASCII, which every stream can hold, whatever is in the name of a file.
        print(json.dumps(fields), file=self._stream, flush=True)


class Bar(Silent):
    """A bar with rate and time left that redraws one line of a terminal."""

    def __init__(
        self, stream: IO[str], clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Draws on a stream, taking times from a clock in seconds."""
        super().__init__(stream)
        self._clock = clock
        self._start = clock()
        self._found = 0
        self._drawn: float | None = None

    @override
    def opened(self, message: str) -> None:
        """Prints what will be converted."""
        print(message, file=self._stream, flush=True)

    @override
    def warned(self, message: str) -> None:
        """Prints the warning above the bar."""
        self._clear()
        super().warned(message)

    @override
    def started(self, done: int, total: int) -> None:
        """Says what is there from a conversion that was stopped."""
        self._start = self._clock()
        self._found = done
        if done:
            there = f"{readable_size(done)} of {readable_size(total)}"
            print(f"going on: {there} are there", file=self._stream, flush=True)

    @override
    def waited(self, files: Sequence[str]) -> None:
        """Prints what has to arrive now."""
        self._clear()
        names = ", ".join(files) or "the weights"
        print(f"waiting for {names:.200}", file=self._stream, flush=True)

    @override
    def advanced(self, tensor: str, done: int, total: int) -> None:
        """Redraws the bar, ten times a second at most."""
        now = self._clock()
        if self._drawn is not None and now - self._drawn < _REFRESH and done < total:
            return
        self._drawn = now
        seconds = max(now - self._start, 1e-9)
        rate = (done - self._found) / seconds
        filled = "█" * (done * _WIDTH // total)
        line = (
            f"{done * 100 // total:3d} % {filled:░<{_WIDTH}} "
            f"{readable_size(done)} of {readable_size(total)}  {rate / 1e6:.0f} MB/s  "
            f"{_duration((total - done) / rate)} left  {tensor}"
        )
        print(f"\r\x1b[2K{line:.100}", end="", file=self._stream, flush=True)

    @override
    def finished(self, message: str, size: int) -> None:
        """Prints the summary in place of the bar."""
        self._clear()
        seconds = self._clock() - self._start
        print(f"{message} in {_duration(seconds)}", file=self._stream, flush=True)

    @override
    def failed(self, code: str, message: str) -> None:
        """Prints the error in place of the bar."""
        self._clear()
        super().failed(code, message)

    def _clear(self) -> None:
        if self._drawn is not None:
            print("\r\x1b[2K", end="", file=self._stream, flush=True)
            self._drawn = None


def find_reporter(progress: str | None, *, work: str = "convert") -> Reporter:
    """Returns what reports in the way that the user asks for.

    Args:
        progress: `json`, `bar`, `none`, or None for a bar where there is a terminal.
        work: What is done, for programs that read along.
    """
    if progress is None:
        progress = "bar" if sys.stderr.isatty() else "none"
    match progress:
        case "json":
            return JsonLines(sys.stdout, work=work)
        case "bar":
            return Bar(sys.stderr)
        case _:
            return Silent(sys.stderr)


def readable_size(size: float) -> str:
    """Returns a number of bytes as people read it."""
    for unit, exponent in (("GB", 9), ("MB", 6)):
        if size >= 10**exponent:
            return f"{size / 10**exponent:.2f} {unit}"
    return f"{size / 1e3:.1f} kB"


def _duration(seconds: float) -> str:
    if seconds < _MINUTE:
        return f"{seconds:.0f} s" if seconds >= 10 else f"{seconds:.1f} s"  # noqa: PLR2004
    return f"{seconds // _MINUTE:.0f} min {seconds % _MINUTE:.0f} s"
