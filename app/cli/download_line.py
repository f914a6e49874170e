"""The line that shows how far a download has come."""

import sys
import time
from typing import Final

from app.cli.output import say
from app.services.arriving import Arriving, Stage
from app.services.download_state import Download, Phase
from app.services.download_words import RETRIES

_KILO: Final = 1000
_MINUTE: Final = 60
_HOUR: Final = 3600
_WIDTH: Final = 100
_SECONDS: Final = 0.2


class ProgressLine:
    """Writes to standard error: one line that changes, or, in a file, one a file.

    Args:
        name: The download that is shown.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._is_terminal = sys.stderr.isatty()
        self._next = 0.0
        self._arrived: frozenset[str] = frozenset()
        self._retry: object = None
        self._drawn = False
        self._arrives = False

    def show(self, downloads: tuple[Download, ...]) -> None:
        """Shows what has changed."""
        found = next((each for each in downloads if each.id == self._name), None)
        self._arrives = found is not None and found.phase is Phase.RUNNING
        if found is None or not self._arrives:
            return
        self._tell(found)
        if found.total:
            self._draw(_text(found))

    def show_conversion(self, found: Arriving) -> None:
        """Shows how far the conversion has come, when nothing arrives any more."""
        if found.stage is Stage.RUNNING and found.total and not self._arrives:
            text = f"{found.done / found.total:6.1%}  converting"
            self._draw(f"{text}  {size(found.done)} of {size(found.total)}")

    def end(self) -> None:
        """Leaves the line as it is."""
        if self._drawn:
            self._drawn = False
            sys.stderr.write("\n")

    def _draw(self, text: str) -> None:
        """Replaces the line, not more often than eyes can follow."""
        now = time.monotonic()
        if self._is_terminal and now >= self._next:
            self._next = now + _SECONDS
            sys.stderr.write(f"\r{text[:_WIDTH]:<{_WIDTH}}")
            sys.stderr.flush()
            self._drawn = True

    def _tell(self, found: Download) -> None:
        """Says what deserves a line of its own."""
        retry = found.retry
        if retry is not None and retry != self._retry:
            self.end()
            sentence = RETRIES[retry.code].format(retry.detail)
            say(f"{sentence} Next try in {duration(retry.seconds)}.")
        self._retry = retry
        if not self._is_terminal:
            for file in sorted(found.arrived - self._arrived):
                say(f"{file}: {size(found.done)} of {size(found.total)}")
        self._arrived = found.arrived


def _text(found: Download) -> str:
    parts = [
        f"{found.done / found.total:6.1%}",
        f"{size(found.done)} of {size(found.total)}",
        f"{size(int(found.rate))}/s",
    ]
    if found.seconds_left is not None:
        parts.append(f"{duration(found.seconds_left)} left")
    parts.extend(found.current[:1])
    return "  ".join(parts)


def size(count: int) -> str:
    """Bytes for people, in powers of ten as download pages have them."""
    number, units = float(count), iter(("bytes", "kB", "MB", "GB"))
    unit = next(units)
    for larger in units:
        if number < _KILO:
            break
        number, unit = number / _KILO, larger
    return f"{number:.0f} {unit}" if unit == "bytes" else f"{number:.1f} {unit}"


def duration(seconds: float) -> str:
    """A time for people."""
    if seconds < _MINUTE:
        return f"{seconds:.0f} s"
    if seconds < _HOUR:
        return f"{seconds / _MINUTE:.0f} min"
    return f"{seconds / _HOUR:.1f} h"
