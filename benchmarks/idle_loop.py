"""An event loop with nothing to do: which frames it drops, the machine drops.

It is a process of its own, and counts from one line on its stdin to the next; then it
prints what there was, as JSON.
"""

import json
import subprocess
import sys
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from PySide6.QtCore import QCoreApplication, QSocketNotifier

from benchmarks.frames import Frames


@dataclass(frozen=True, slots=True)
class Machine:
    """What nobody's window could have shown in time.

    Attributes:
        dropped: Frames.
        longest: Between two frames, in seconds.
    """

    dropped: int
    longest: float


class IdleLoop:
    """Counts in a child process."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.idle_loop"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            bufsize=1,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._process.communicate()

    def begin(self) -> None:
        """Starts to count."""
        self._say()

    def end(self) -> Machine:
        """Stops; what there was."""
        self._say()
        assert self._process.stdout is not None
        return Machine(**json.loads(self._process.stdout.readline()))

    def _say(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write("\n")


class _Counting:
    def __init__(self, loop: QCoreApplication) -> None:
        self._loop = loop
        self._frames: Frames | None = None
        self._notifier = QSocketNotifier(0, QSocketNotifier.Type.Read)
        self._notifier.activated.connect(self._line)

    def _line(self) -> None:
        if not sys.stdin.buffer.raw.read(1):
            self._loop.quit()
        elif self._frames is None:
            self._frames = Frames()
            self._frames.begin()
        else:
            gaps = self._frames.end()
            self._frames = None
            dropped = sum(gap.dropped for gap in gaps)
            longest = max((gap.wall for gap in gaps), default=0.0)
            print(json.dumps({"dropped": dropped, "longest": longest}), flush=True)


def main() -> int:
    """Counts until stdin ends."""
    loop = QCoreApplication([])
    counting = _Counting(loop)
    code = loop.exec()
    del counting
    return code


if __name__ == "__main__":
    sys.exit(main())
