"""How many threads are worth starting for a model."""

import os
import sys
from pathlib import Path
from typing import Final

_TOPOLOGY: Final = "/sys/devices/system/cpu/cpu{}/topology"
_CPU_QUOTA: Final = Path("/sys/fs/cgroup/cpu.max")
_BYTES_A_THREAD: Final = 16 * 1024 * 1024


def thread_count() -> int:
    """Physical cores that this process may use; a second thread on one slows ggml."""
    if sys.platform == "linux":
        cores = len({_core(cpu) for cpu in os.sched_getaffinity(0)})
        cores = min(cores, _quota(cores))
    elif sys.platform == "darwin":  # Apple's cores have one thread each
        cores = os.cpu_count() or 1
    else:
        cores = (os.cpu_count() or 1) // 2
    return max(1, cores)


def decoding_threads(model_bytes: int) -> int:
    """Threads for one token after the other.

    Every operation ends with all threads waiting for each other. That pays only while
    each has some megabytes of weights to read; for the demo model one thread is the
    fastest, and by far where other programs use the processor too.
    """
    return max(1, min(thread_count(), model_bytes // _BYTES_A_THREAD))


def _core(cpu: int) -> tuple[str, str]:
    """Package and core of a logical processor; itself where the kernel is silent."""
    topology = Path(_TOPOLOGY.format(cpu))
    try:
        package = (topology / "physical_package_id").read_text("ascii")
        return package, (topology / "core_id").read_text("ascii")
    except OSError:
        return "", str(cpu)


def _quota(unlimited: int) -> int:
    """Processors that a container's CPU quota amounts to, rounded up."""
    try:
        quota, period = _CPU_QUOTA.read_text("ascii").split()
        return -(-int(quota) // int(period))
    except (OSError, ValueError):  # no such file, or the quota is "max"
        return unlimited
