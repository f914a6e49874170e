"""Starts the engine process: `python -m app.engine`.

The first act keeps file descriptor 1 for the protocol and points the process's own
standard output at standard error, so that nothing that native code prints can corrupt
a line. The last word before work is a folder of our own as the working directory,
because ggml loads matching libraries from there.
"""

import argparse
import logging
import os
import signal
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from app.domain.errors import ErrorCode
from app.engine.backend import Backend, CancelFlag
from app.engine.backends.router import Router
from app.engine.lines import LineReader
from app.engine.protocol import MAX_LINE_BYTES, Failed
from app.engine.pulse import Pulse
from app.engine.worker import Inbox, Outbox, Worker
from app.pipes import take_stdout

_STDIN: Final = 0
_THREAD_DIED: Final = 71
_PLACEMENTS: Final = "placements.json"
_LOG = logging.getLogger(__name__)


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the engine until stdin ends."""
    pipe = take_stdout()
    outbox = Outbox(pipe.fileno())
    options = _parse(arguments)
    threading.excepthook = _leave
    pulse = Pulse(outbox.put)
    pulse.start()
    # Ctrl-C in a terminal reaches all of its processes; the parent decides.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(message)s")
    base = Path.cwd()
    os.chdir(Path(sys.executable).parent)
    cancelled = CancelFlag()
    try:
        backend = _backend(options, base, cancelled)
    except (ImportError, OSError, RuntimeError) as error:
        _LOG.exception("The %s backend cannot be loaded", options.backend)
        outbox.put(Failed(ErrorCode.INTERNAL, f"{options.backend}: {error}"))
        pulse.stop()
        return 1
    lines = LineReader(lambda most: os.read(_STDIN, most), MAX_LINE_BYTES)
    router = Router(backend, cancelled)
    inbox = Inbox(lines, cancelled, pulse)
    Worker(router, inbox, outbox, pulse=pulse, base=base, directory=router).run()
    return 0


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="app.engine", description=__doc__)
    parser.add_argument("--backend", choices=("llama", "echo"), default="llama")
    parser.add_argument(
        "--state", metavar="FOLDER", type=Path, help="where what worked is remembered"
    )
    parser.add_argument(
        "--modules", metavar="FOLDER", type=Path, help="the user's ggml modules"
    )
    parser.add_argument("--verbose", action="store_true", help="native logs on stderr")
    return parser.parse_args(arguments)


def _backend(options: argparse.Namespace, base: Path, cancelled: CancelFlag) -> Backend:
    """Imports and creates a backend; llama.cpp's import is the slow part of a start.

    Args:
        options: The command line.
        base: The folder that its paths start from.
        cancelled: For the backend.
    """
    if options.backend == "echo":
        from app.engine.backends.echo import EchoBackend  # noqa: PLC0415

        return EchoBackend(cancelled)
    # libgomp's threads spin for milliseconds before they sleep. While other programs
    # want the processor they take it from the very thread they wait for: measured on
    # two busy cores, 1 token a second instead of 20.
    os.environ.setdefault("GOMP_SPINCOUNT", "1000")
    # An abort is an abort: a debugger that prints the whole stack would only delay the
    # engine that follows.
    os.environ.setdefault("GGML_NO_BACKTRACE", "1")
    from app.engine.backends.llama.backend import LlamaBackend  # noqa: PLC0415

    return LlamaBackend(
        cancelled,
        modules=base / options.modules if options.modules else None,
        placements=base / options.state / _PLACEMENTS if options.state else None,
        verbose=options.verbose,
    )


def _leave(arguments: threading.ExceptHookArgs) -> None:
    """A thread is dying: an engine that is deaf or mute is worse than none."""
    try:
        _LOG.critical("A thread failed: %r", arguments.exc_value)
    finally:
        os._exit(_THREAD_DIED)


if __name__ == "__main__":
    sys.exit(main())
