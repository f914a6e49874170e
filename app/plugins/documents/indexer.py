"""The indexer process: one job, at the lowest priority, and it exits."""

import logging
import os
import signal
import sys
import threading
from pathlib import Path
from typing import BinaryIO, Final

from app.domain.errors import ErrorCode, UserError
from app.pipes import open_stdin, take_stdout
from app.plugins.documents import database
from app.plugins.documents.database import DamagedIndexError
from app.plugins.documents.index import DocumentIndex
from app.plugins.documents.indexing import Indexing
from app.plugins.documents.messages import (
    Event,
    Failed,
    Job,
    Report,
    decode_job,
    encode,
)
from app.plugins.documents.pipes import read_in_thread
from app.plugins.documents.reader_process import ReaderProcess

_NICE: Final = 19
_LOG: Final = logging.getLogger(__name__)


def main(index: Path) -> int:
    """Does the job that its first line of stdin names.

    Args:
        index: The index's file.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    events = take_stdout()
    lower_priority()
    over = threading.Event()
    lines = read_in_thread(open_stdin(), at_end=over.set)
    line = lines.get()
    if line is None:
        return 0
    with events:
        _send(events, _outcome(index, decode_job(line), events=events, over=over))
    return 0


def lower_priority() -> None:
    """Lets every other process go first."""
    if sys.platform == "win32":
        import ctypes  # noqa: PLC0415

        kernel = ctypes.windll.kernel32
        idle = 0x40  # IDLE_PRIORITY_CLASS
        kernel.SetPriorityClass(kernel.GetCurrentProcess(), idle)
    else:
        os.nice(_NICE)


def _outcome(
    index: Path, job: Job, *, events: BinaryIO, over: threading.Event
) -> Report | Failed:
    try:
        if not job.folders:
            database.remove(index)
            return Report()
        try:
            return _run(index, job, events=events, over=over)
        except DamagedIndexError as error:
            _LOG.warning("the index was damaged and is made again: %s", error)
            database.remove(index)
            return _run(index, job, events=events, over=over)
    except UserError as error:
        return Failed(error.code, error.detail)
    except (OSError, DamagedIndexError) as error:
        return Failed(ErrorCode.INDEX_UNWRITABLE, str(error))


def _run(index: Path, job: Job, *, events: BinaryIO, over: threading.Event) -> Report:
    with DocumentIndex.open(index) as opened, ReaderProcess() as reader:
        indexing = Indexing(
            opened,
            reader,
            report=lambda progress: _send(events, progress),
            stopped=over.is_set,
        )
        return indexing.run(job)


def _send(events: BinaryIO, event: Event) -> None:
    try:
        events.write(encode(event))
        events.flush()
    except BrokenPipeError:
        # Nobody listens any more; the end of stdin stops us.
        _LOG.debug("an event was not heard")
