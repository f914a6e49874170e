"""What other programs take of the processor while something is measured.

A ratio of two times says something only if nobody else used the cores, the caches and
the memory in one of the two. So a round that was disturbed is repeated. Linux only: the
system's account is that of its root control group, in nanoseconds or microseconds.
"""

import select
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final, TypeVar

_NANOSECONDS: Final = Path("/sys/fs/cgroup/cpuacct/cpuacct.usage")
"""cgroup v1: one number."""
_MICROSECONDS: Final = Path("/sys/fs/cgroup/cpu.stat")
"""cgroup v2: `usage_usec` and its number in the first line."""
_LIMIT: Final = 0.03
"""Of one core, on average over a round."""
_WINDOW_SECONDS: Final = 0.1
_QUIET_WINDOWS: Final = 2
_MOST_WINDOWS: Final = 100
_Result = TypeVar("_Result")


def system_seconds() -> float | None:
    """Processor time of all programs since the start; None where it is not known."""
    if _NANOSECONDS.is_file():
        return int(_NANOSECONDS.read_text("ascii")) / 1e9
    if _MICROSECONDS.is_file():
        return int(_MICROSECONDS.read_text("ascii").split()[1]) / 1e6
    return None


def own_seconds(processes: Iterable[int]) -> float:
    """Processor time of this process and of others, which must be alive."""
    # See clock_getcpuclockid(3): the id of a process's clock is made of its number.
    clocks = (~process << 3 | 2 for process in processes)
    return time.process_time() + sum(map(time.clock_gettime, clocks))


def _pause(seconds: float) -> None:
    """Does nothing for so long."""
    select.select((), (), (), seconds)


class Bystanders:
    """All processes but this one and those that are measured.

    Attributes:
        most: The largest part of a core that they had in a round that counts; None
            where the system does not say.
    """

    def __init__(
        self,
        *processes: int,
        repeats: int,
        system: Callable[[], float | None] = system_seconds,
        own: Callable[[Iterable[int]], float] = own_seconds,
        clock: Callable[[], float] = time.perf_counter,
        pause: Callable[[float], None] = _pause,
    ) -> None:
        """Names those that are measured.

        Args:
            processes: Their numbers.
            repeats: How often something is done again at most; with 0 nobody waits
                for a quiet moment either.
            system: Processor time of all, in seconds.
            own: Processor time of this process and those that are measured.
            clock: The time in seconds.
            pause: Waits for so many seconds.
        """
        self._processes = processes
        self._repeats = repeats
        self._system = system
        self._own = own
        self._clock = clock
        self._pause = pause
        self.most: float | None = None

    def kept_out(self, work: Callable[[], _Result]) -> _Result:
        """Does something until nobody disturbed it, or for the last time.

        Args:
            work: May be done any number of times.

        Returns:
            What it returned when it was disturbed least.
        """
        best: tuple[float, _Result] | None = None
        for _ in range(1 + self._repeats):
            if self._repeats:
                self._wait()
            result, share = self._observed(work)
            if share is None:
                return result
            if best is None or share < best[0]:
                best = share, result
            if share <= _LIMIT:
                break
        assert best is not None, "it is tried at least once"
        self.most = max(best[0], self.most or 0.0)
        return best[1]

    def _observed(self, work: Callable[[], _Result]) -> tuple[_Result, float | None]:
        """Does something.

        Returns:
            Its result, and the part of a core that others had; None for unknown.
        """
        before, own, start = self._system(), self._own(self._processes), self._clock()
        result = work()
        after = self._system()
        if before is None or after is None:
            return result, None
        others = after - before - (self._own(self._processes) - own)
        return result, max(0.0, others / (self._clock() - start))

    def _wait(self) -> None:
        """Waits until the machine is quiet, but not forever."""
        quiet = 0
        for _ in range(_MOST_WINDOWS):
            _, share = self._observed(lambda: self._pause(_WINDOW_SECONDS))
            quiet = quiet + 1 if share is None or share <= _LIMIT else 0
            if quiet == _QUIET_WINDOWS:
                return
