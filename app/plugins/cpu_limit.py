"""A limit on the processor time of a block, kept within the process.

A tool that works too long is stopped and its process stays warm, whatever else the
machine is doing. It is the first of two bounds: on Windows, in native code and
wherever an exception gets lost, only the parent's limit on waiting time holds, and
that kills the process.
"""

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager

_AGAIN_SECONDS = 0.1


class OutOfTime(BaseException):
    """The block took too long; no `except Exception` on the way may catch this."""


@contextmanager
def cpu_limit(seconds: float) -> Iterator[None]:
    """Ends the block when it has used so much processor time; main thread only.

    Raises:
        OutOfTime: It has. Raised again every `_AGAIN_SECONDS` while the block goes on,
            since an exception within a destructor is dropped by Python.
    """
    if sys.platform == "win32":
        yield
        return
    before = signal.signal(signal.SIGPROF, _stop)
    try:
        signal.setitimer(signal.ITIMER_PROF, seconds, _AGAIN_SECONDS)
        try:
            yield
        finally:
            signal.setitimer(signal.ITIMER_PROF, 0)
    except OutOfTime:
        # The signal may have come just before the timer was stopped.
        signal.setitimer(signal.ITIMER_PROF, 0)
        raise
    finally:
        signal.signal(signal.SIGPROF, before)


def ignore_what_is_dropped() -> None:
    """Lets Python drop an `OutOfTime` within a destructor without a report."""

    def report(dropped: "sys.UnraisableHookArgs") -> None:
        if not isinstance(dropped.exc_value, OutOfTime):
            sys.__unraisablehook__(dropped)

    sys.unraisablehook = report


def _stop(_signal: int, _frame: object) -> None:
    raise OutOfTime
