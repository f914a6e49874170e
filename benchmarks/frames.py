"""Frames that an event loop could have shown: when they came, and why one was late.

Linux only.
"""

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from PySide6.QtCore import Qt, QTimer

FRAME: Final = 1 / 60
"""Seconds; a display of 60 Hz."""
_MILLISECONDS: Final = 16
_SCHEDULE: Final = Path("/proc/thread-self/schedstat")


@dataclass(frozen=True, slots=True)
class Gap:
    """The time between two frames, in seconds.

    Attributes:
        wall: That passed.
        waited: In which this thread could have run, but others had the processor.
    """

    wall: float
    waited: float

    @property
    def dropped(self) -> int:
        """Frames for which nothing could be shown."""
        return max(0, int(self.wall / FRAME) - 1)

    @property
    def own(self) -> int:
        """Those that this thread's own work took, and its own waiting for the disk."""
        return max(0, int((self.wall - self.waited) / FRAME) - 1)


class Frames:
    """Counts frames: a timer that is served as a frame would be."""

    def __init__(self) -> None:
        self._timer = QTimer()
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(_MILLISECONDS)
        self._timer.timeout.connect(self._tick)
        self._gaps: list[Gap] = []
        self._last = (0.0, 0.0)

    def begin(self) -> None:
        """Starts to count."""
        self._last = _now()
        self._timer.start()

    def end(self) -> list[Gap]:
        """Stops; what there was."""
        self._timer.stop()
        return self._gaps

    def _tick(self) -> None:
        now = _now()
        self._gaps.append(Gap(now[0] - self._last[0], now[1] - self._last[1]))
        self._last = now


def _now() -> tuple[float, float]:
    """Seconds, and how long this thread has waited for a processor since its start.

    The latter is the second number of /proc/PID/schedstat, in nanoseconds.
    """
    waited = _SCHEDULE.read_text("ascii").split()[1]
    return time.perf_counter(), int(waited) / 1e9
