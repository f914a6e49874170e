"""The window's end of the reader process, for files that go along with messages."""

import logging
from collections.abc import Sequence
from typing import Final

import msgspec
from PySide6.QtCore import QObject, QTimer, Signal

from app.plugins.documents.reader_messages import (
    Done,
    Read,
    Text,
    decode_answer,
    encode as encode_message,
)
from app.plugins.documents.values import Problem
from app.ui.line_process import LineProcess

_LOG: Final = logging.getLogger(__name__)
_MOST_BYTES: Final = 4 * 1024 * 1024
"""Of a line; a piece of text has at most 100,000 characters."""
_WAIT_MS: Final = 90_000
"""For one file; the reader gives up by itself after a minute of processor time."""
_IDLE_MS: Final = 5000
"""Without a file for so long, the process is not kept."""


class FileReader(QObject):
    """Fulfils `FileReaderLink`: the window itself never opens a stranger's file.

    The process starts with the first file, is killed when one takes too long, and is
    ended when no other follows soon.

    Args:
        command: What starts the reader.
        folder: The child's working directory.
        wait_ms: How long a file may take.
        parent: Qt's parent.

    Signals:
        finished: A file's text, and a `Problem` or None.
    """

    finished = Signal(str, object)

    def __init__(
        self,
        command: Sequence[str],
        folder: str,
        *,
        wait_ms: int = _WAIT_MS,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._reading = False
        self._pieces: list[str] = []
        self._process = LineProcess(
            command, most_bytes=_MOST_BYTES, folder=folder, parent=self
        )
        self._process.line_received.connect(self._receive)
        self._process.ended.connect(self._ended)
        self._patience = QTimer(self)
        self._patience.setSingleShot(True)
        self._patience.setInterval(wait_ms)
        self._patience.timeout.connect(lambda: self._give_up(Problem.TIME_LIMIT))
        self._idle = QTimer(self)
        self._idle.setSingleShot(True)
        self._idle.setInterval(_IDLE_MS)
        self._idle.timeout.connect(self._process.abandon)

    @property
    def process_id(self) -> int:
        """The child's process id; 0 when it is not running."""
        return self._process.process_id

    def read(self, path: str) -> None:
        """Reads a file; `finished` follows unless it is cancelled."""
        self._idle.stop()
        self._reading = True
        self._pieces.clear()
        self._process.start()
        self._process.write(encode_message(Read(path, whole=True)) + b"\n")
        self._patience.start()

    def cancel(self) -> None:
        """Gives up the file that is being read."""
        if self._reading:
            self._reading = False
            self._patience.stop()
            self._process.abandon()

    def close(self) -> None:
        """Ends the process for good."""
        self._reading = False
        self._patience.stop()
        self._idle.stop()
        self._process.close()

    def _receive(self, line: bytes) -> None:
        if not self._reading:
            return
        try:
            answer = decode_answer(line)
        except msgspec.MsgspecError:
            _LOG.exception("the reader broke the protocol")
            self._give_up(Problem.READER_LOST)
            return
        match answer:
            case Text(text):
                self._pieces.append(text)
            case Done(problem=problem):
                self._finish(problem)
            case _:
                pass

    def _ended(self, _how: str) -> None:
        if self._reading:
            self._finish(Problem.READER_LOST)

    def _give_up(self, problem: Problem) -> None:
        self._process.abandon()
        self._finish(problem)

    def _finish(self, problem: Problem | None) -> None:
        self._reading = False
        self._patience.stop()
        self._idle.start()
        text = "".join(self._pieces)
        self._pieces.clear()
        # What came before a failure may be half of a page.
        kept = problem in (None, Problem.PARTLY_DAMAGED)
        self.finished.emit(text if kept else "", problem)
