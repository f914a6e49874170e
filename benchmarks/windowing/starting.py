"""How long until a window can be used, and what it then has in memory."""

import os
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from benchmarks.measure import MeasureError, resident

EMPTY: Final = "benchmarks.windowing.empty"
OURS: Final = "benchmarks.windowing.ours"
_IDLE_SECONDS: Final = 5.0
"""After the start: the demo model is loaded and all is made that idle time makes."""


@dataclass(frozen=True, slots=True)
class Start:
    """One start.

    Attributes:
        usable: Seconds from the start of the process until the window can be used.
        memory: Bytes that are resident in the window's process when it is idle; 0 where
            nobody waited for that.
        own: Those of them that no file backs.
    """

    usable: float
    memory: int = 0
    own: int = 0


def start(module: str, home: Path, *, idle: bool = False) -> Start:
    """Starts a window and ends it.

    Args:
        module: `EMPTY` or `OURS`.
        home: For the program's own files.
        idle: Whether to wait until it is idle, and look at its memory.

    Raises:
        MeasureError: There was no window.
    """
    environment = {**os.environ, "MOSS_HOME": str(home)}
    begun = time.perf_counter()
    with subprocess.Popen(  # noqa: S603 -- the benchmarks' own modules
        [sys.executable, "-m", module],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=environment,
    ) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        usable = time.perf_counter() - begun
        memory = own = 0
        if idle:
            threading.Event().wait(_IDLE_SECONDS)
            found = resident(process.pid)
            own = found.get("RssAnon", 0)
            memory = own + found.get("RssFile", 0)
        process.communicate()
    if not line:
        message = f"{module} showed no window"
        raise MeasureError(message)
    return Start(usable, memory, own)
