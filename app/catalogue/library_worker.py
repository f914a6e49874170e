"""The process that reads and moves the files of models, which takes minutes.

`python -m app.catalogue.library_worker digest FILE…` says their digests,
`… move HOME FOLDER FILE…` moves them. When stdin ends it stops, and everything is as it
was.
"""

import signal
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO, Final

from app import children
from app.catalogue import library_move
from app.catalogue.library_hash import StoppedError, digest_of
from app.catalogue.library_messages import (
    Digests,
    Event,
    Failed,
    Moved,
    Progress,
    Stopped,
    encode,
)
from app.children import Child
from app.domain.errors import ErrorCode, UserError
from app.pipes import open_stdin, take_stdout

DIGEST: Final = "digest"
MOVE: Final = "move"
_EVERY_SECONDS: Final = 0.1
_PASSES: Final = 2
"""What is moved to another disk is read twice."""


def command_line() -> tuple[str, ...]:
    """What starts it, here and in a frozen build."""
    return children.command_line(Child.LIBRARY)


class _Reports:
    """Fulfils `Work`: tells how far it is, and hears whether it is wanted still."""

    def __init__(self, pipe: BinaryIO, total: int, stop: threading.Event) -> None:
        self._pipe = pipe
        self._total = total
        self._stop = stop
        self._done = 0
        self._told = 0.0

    def done(self, size: int) -> None:
        """So many bytes more were done."""
        self._done += size
        if self._stop.is_set():
            raise StoppedError
        if time.monotonic() - self._told >= _EVERY_SECONDS:
            self._told = time.monotonic()
            self.say(Progress(self._done, self._total))

    def say(self, event: Event) -> None:
        """Writes a line; when nobody listens any more, stdin's end stops us."""
        try:
            self._pipe.write(encode(event))
            self._pipe.flush()
        except BrokenPipeError:
            self._stop.set()


def main(arguments: Sequence[str]) -> int:
    """Does what the arguments say.

    Returns:
        The exit code; what came of it is in the events.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    pipe = take_stdout()
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda _number, _frame: stop.set())
    threading.Thread(target=_wait_for_end, args=(stop,), daemon=True).start()
    what, *rest = arguments
    names = rest[2:] if what == MOVE else rest
    files = [Path(name) for name in names]
    passes = _PASSES if what == MOVE else 1
    reports = _Reports(pipe, passes * sum(map(_size, files)), stop)
    try:
        if what == MOVE:
            home, folder = map(Path, rest[:2])
            library_move.move(files, folder, home=home, work=reports)
            reports.say(Moved())
        else:
            reports.say(Digests(tuple(digest_of(file, reports) for file in files)))
    except StoppedError:
        reports.say(Stopped())
    except UserError as error:
        reports.say(Failed(error.code, error.detail))
    except OSError as error:
        reports.say(Failed(ErrorCode.MODEL_NOT_FOUND, str(error)))
    return 0


def _wait_for_end(stop: threading.Event) -> None:
    """Waits until the parent closes stdin, or is gone."""
    with open_stdin() as pipe:
        while pipe.read(1):
            pass
    stop.set()


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
