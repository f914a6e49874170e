"""How fast memory can be read: what decides how fast a large model writes.

For each token all weights are read once, so tokens a second are bytes a second over
bytes of weights, less what the kernels leave unused. The processor's memory is measured
in a process of its own (`python -m app.engine.bandwidth` prints bytes a second); for
cards the makers' numbers are taken.
"""

import os
import re
import sys
import threading
import time
from typing import Final

from app.domain.hardware import Device, DeviceKind

UNKNOWN_HOST: Final = 20e9
"""Bytes a second where nothing was measured: two channels of DDR4 in an old laptop."""
_UNKNOWN_CARD: Final = 200e9
"""Of a card with memory of its own whose name is not known: a small one."""
_GIGA: Final = 1e9
_SECONDS: Final = 0.1
_ROUNDS: Final = 4
"""The best of them counts: another program may use the memory in one."""
_BYTES: Final = 96 << 20
"""Read by each thread at once: more than the caches of all but server processors."""
_MOST_THREADS: Final = 16

# Gigabytes a second from the data sheets of NVIDIA, AMD, Intel and Apple; what is more
# special comes first.
_CARDS: Final = tuple(
    (re.compile(pattern, re.IGNORECASE), speed)
    for pattern, speed in (
        (r"\bH200\b", 4800),
        (r"\bH100\b", 3350),
        (r"\bA100\b", 1555),
        (r"\bL40S?\b", 864),
        (r"\bRTX 6000 Ada\b", 960),
        (r"\bRTX A6000\b", 768),
        (r"\bA10\b", 600),
        (r"\bTesla T4\b", 320),
        (r"\bRTX 5090\b", 1792),
        (r"\bRTX 5080\b", 960),
        (r"\bRTX 5070 Ti\b", 896),
        (r"\bRTX 5070\b", 672),
        (r"\bRTX 5060\b", 448),
        (r"\bRTX 4090\b", 1008),
        (r"\bRTX 4080\b", 717),
        (r"\bRTX 4070 Ti SUPER\b", 672),
        (r"\bRTX 4070\b", 504),
        (r"\bRTX 4060 Ti\b", 288),
        (r"\bRTX 4060\b", 272),
        (r"\bRTX 3090\b", 936),
        (r"\bRTX 3080\b", 760),
        (r"\bRTX 3070\b", 448),
        (r"\bRTX 3060 Ti\b", 448),
        (r"\bRTX 3060\b", 360),
        (r"\bRTX 3050\b", 224),
        (r"\bRTX 2080\b", 448),
        (r"\bRTX 20[67]0\b", 336),
        (r"\bGTX 1660\b", 192),
        (r"\bGTX 1080 Ti\b", 484),
        (r"\bGTX 10[78]0\b", 256),
        (r"\bGTX 1060\b", 192),
        (r"\bRX 9070\b", 640),
        (r"\bRX 7900\b", 800),
        (r"\bRX 7800\b", 624),
        (r"\bRX 7700\b", 432),
        (r"\bRX 7600\b", 288),
        (r"\bRX 6[89]00\b", 512),
        (r"\bRX 6700\b", 384),
        (r"\bRX 6600\b", 224),
        (r"\bArc\W+B580\b", 456),
        (r"\bArc\W+A7[57]0\b", 512),
        (r"\bM[1-3] Ultra\b", 800),
        (r"\bM[12] Max\b", 400),
        (r"\bM3 Max\b", 300),
        (r"\bM4 Max\b", 410),
        (r"\bM[12] Pro\b", 200),
        (r"\bM3 Pro\b", 150),
        (r"\bM4 Pro\b", 273),
        (r"\bApple M1\b", 68),
        (r"\bApple M[23]\b", 100),
        (r"\bApple M4\b", 120),
    )
)


def command_line() -> tuple[str, ...]:
    """What prints bytes a second, here and in a frozen build."""
    if getattr(sys, "frozen", False):
        return (sys.executable, "--bandwidth")
    return (sys.executable, "-m", "app.engine.bandwidth")


def of_device(device: Device, host: float) -> float:
    """Bytes a second that a device reads of its memory.

    Args:
        device: Which.
        host: Those of the processor's memory.
    """
    if device.kind is DeviceKind.CPU:
        return host
    for pattern, speed in _CARDS:
        if pattern.search(device.description):
            return speed * _GIGA
    return host if device.shares_host_memory else _UNKNOWN_CARD


def measure(
    threads: int | None = None, *, size: int = _BYTES, seconds: float = _SECONDS
) -> float:
    """Has all cores read memory and returns bytes a second of all together.

    Args:
        threads: How many read at once; None is one for each core.
        size: Bytes that each reads at once.
        seconds: For how long a round goes on.
    """
    # Imported late: the process that shows offers needs the table above only.
    import numpy as np  # noqa: PLC0415

    count = threads or min(os.cpu_count() or 1, _MOST_THREADS)
    ready, rates = threading.Barrier(count), [[0.0] * _ROUNDS for _ in range(count)]

    def read(number: int) -> None:
        # Written once: pages that nobody has written to are all the same page.
        numbers = np.full(size // 8, number, dtype=np.int64)
        np.max(numbers)
        for turn in range(_ROUNDS):
            ready.wait()
            begin, worked = time.perf_counter(), time.thread_time()
            done, spent = 0, 0.0
            while spent < seconds:
                # NumPy gives the interpreter's lock back meanwhile.
                np.max(numbers)
                done += numbers.nbytes
                spent = time.perf_counter() - begin
            # Waiting for memory is work, and waiting for another program is not.
            rates[number][turn] = done / (time.thread_time() - worked or spent)

    readers = [threading.Thread(target=read, args=(each,)) for each in range(count)]
    for reader in readers:
        reader.start()
    for reader in readers:
        reader.join()
    return max(map(sum, zip(*rates, strict=True)))


def main() -> int:
    """Prints what was measured."""
    sys.stdout.write(f"{measure():.0f}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
