"""A server while a block runs."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def serving(folder: Path, pace: int) -> Iterator[str]:
    """Serves a folder; yields the address.

    Args:
        folder: Its files are a repository.
        pace: Bytes a second over all connections; 0 is all it can.
    """
    command = [sys.executable, "-m", "benchmarks.downloading.server"]
    with subprocess.Popen(  # noqa: S603 -- our own server
        [*command, str(folder), str(pace)], stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout is not None
            yield f"http://127.0.0.1:{process.stdout.readline().strip()}"
        finally:
            process.kill()
