"""An engine that may map only so much more, each time it is started.

`python -m tests.fakes.limited_engine MEBIBYTES ENGINE'S ARGUMENTS`. The limit begins
when all libraries are loaded, and counts from what is mapped by then.
"""

import os
import resource
import sys
from pathlib import Path

from app.engine import __main__ as engine
from app.engine.worker import Worker


def limit(process, mebibytes):
    """Lets a running process map only so much more."""
    text = Path(f"/proc/{process}/statm").read_text("ascii")
    most = int(text.split()[0]) * resource.getpagesize() + mebibytes * 2**20
    resource.prlimit(process, resource.RLIMIT_AS, (most, resource.RLIM_INFINITY))


def limited(command, mebibytes):
    """A command line of the engine, with a limit."""
    python, _option, _module, *options = command
    start = ("-m", "tests.fakes.limited_engine", str(mebibytes))
    return (python, *start, *options)


class _Worker(Worker):
    def run(self):
        limit(os.getpid(), int(sys.argv[1]))
        super().run()


if __name__ == "__main__":
    engine.Worker = _Worker
    sys.exit(engine.main(sys.argv[2:]))
