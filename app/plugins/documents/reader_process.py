"""The indexer's end of the reader process."""

import logging
import queue
import subprocess
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import IO, Final, Self

import msgspec

from app import children
from app.children import Child
from app.paths import program_folder
from app.plugins.documents.pipes import read_in_thread
from app.plugins.documents.reader_messages import (
    Done,
    Part,
    Read,
    Text,
    decode_answer,
    encode,
)
from app.plugins.documents.values import Passage, Problem

WAIT_SECONDS: Final = 600.0
"""For one file. The limit on processor time is a tenth of it: at the lowest priority
others may have the processor for most of the time."""
_LOG: Final = logging.getLogger(__name__)


def command_line() -> tuple[str, ...]:
    """What starts the reader."""
    return children.command_line(Child.DOCUMENTS, "read")


@dataclass(frozen=True, slots=True)
class Content:
    """What became of a file.

    Attributes:
        done: Its hash, and what was wrong.
        passages: What can be found in it.
    """

    done: Done
    passages: tuple[Passage, ...] = ()


@dataclass(frozen=True, slots=True)
class _Child:
    process: subprocess.Popen[bytes]
    requests: IO[bytes]
    answers: "queue.SimpleQueue[bytes | None]"


class ReaderProcess:
    """Reads one file after the other in a child, a new one whenever it is lost.

    Args:
        command: What starts it; None is the program's own.
        wait_seconds: How long a file may take in all.
    """

    def __init__(
        self,
        command: Sequence[str] | None = None,
        *,
        wait_seconds: float = WAIT_SECONDS,
    ) -> None:
        self._command = command_line() if command is None else tuple(command)
        self._wait_seconds = wait_seconds
        self._child: _Child | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def read(self, path: str, known: bytes = b"") -> Content:
        """Reads a file; whatever happens to the child is the file's problem.

        Args:
            path: Absolute.
            known: The hash of its content when it was read last.

        Raises:
            OSError: The child cannot be started.
        """
        child = self._alive()
        try:
            child.requests.write(encode(Read(path, known)) + b"\n")
            child.requests.flush()
            return self._wait(child)
        except queue.Empty:
            problem = Problem.TIME_LIMIT
        except (OSError, EOFError, msgspec.DecodeError) as error:
            _LOG.warning("the reader is lost: %s", error)
            problem = Problem.READER_LOST
        self.close()
        return Content(Done(problem=problem))

    def close(self) -> None:
        """Ends the child."""
        child, self._child = self._child, None
        if child is not None:
            child.process.kill()
            child.process.wait()
            with suppress(OSError):  # it left a request unread
                child.requests.close()

    def _wait(self, child: _Child) -> Content:
        """Takes parts until the file is done.

        Raises:
            queue.Empty: The time is over.
            EOFError: The child is gone.
        """
        deadline = time.monotonic() + self._wait_seconds
        passages: list[Passage] = []
        while True:
            left = max(0.0, deadline - time.monotonic())
            line = child.answers.get(timeout=left)
            if line is None:
                raise EOFError
            match decode_answer(line):
                case Part() as part:
                    passages += part.passages
                case Text():
                    pass  # only comes where the whole text was asked for
                case Done() as done:
                    if done.problem is Problem.MEMORY:
                        self.close()
                    return Content(done, tuple(passages))

    def _alive(self) -> _Child:
        """The child; a new one where the last is gone."""
        if self._child is not None and self._child.process.poll() is None:
            return self._child
        self.close()
        process = subprocess.Popen(  # noqa: S603 -- our own program
            self._command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=program_folder(),
        )
        if process.stdin is None or process.stdout is None:
            message = "a process started with pipes has them"
            raise AssertionError(message)
        answers = read_in_thread(process.stdout)
        self._child = _Child(process, process.stdin, answers)
        return self._child
