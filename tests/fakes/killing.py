"""What it takes to kill engines by the dozen."""

import contextlib
import os
import resource
import signal
import threading

SIGNALS = (signal.SIGKILL, signal.SIGSEGV, signal.SIGABRT)


def no_core_files():
    """Processes that are started from now on leave none when they crash."""
    _, hard = resource.getrlimit(resource.RLIMIT_CORE)
    resource.setrlimit(resource.RLIMIT_CORE, (0, hard))


def kill_soon(process, sign, seconds):
    """Sends a signal from another thread, to a process that may be gone by then."""

    def kill():
        with contextlib.suppress(ProcessLookupError):
            os.kill(process, sign)

    timer = threading.Timer(seconds, kill)
    timer.daemon = True
    timer.start()
    return timer
