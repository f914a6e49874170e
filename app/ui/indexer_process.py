"""The window's end of the documents' indexer."""

import logging
from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import QObject, Signal

from app.domain.errors import UserError
from app.plugins.documents.messages import Job, Progress, decode_event, encode
from app.ui.line_process import LineProcess

_LOG: Final = logging.getLogger(__name__)
_MOST_BYTES: Final = 64 * 1024 * 1024
"""A report names every file that was skipped."""


class IndexerProcess(QObject):
    """Fulfils `IndexerLink`: one process for each job.

    Args:
        command: What starts the indexer.
        folder: The child's working directory.
        parent: Qt's parent.

    Signals:
        event_received: An `Event` of the indexer.
        ended: The process is gone; how, where it said nothing before.
    """

    event_received = Signal(object)
    ended = Signal(str)

    def __init__(
        self, command: Sequence[str], folder: str, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._answered = False
        self._process = LineProcess(
            command, most_bytes=_MOST_BYTES, folder=folder, parent=self
        )
        self._process.line_received.connect(self._receive)
        self._process.ended.connect(self._ended)

    def start(self, job: Job) -> None:
        """Starts a process for one job."""
        self._answered = False
        self._process.start()
        self._process.write(encode(job))

    def stop(self) -> None:
        """Has it end soon; what it has read is kept."""
        self._process.end_input()

    def close(self) -> None:
        """Ends it for good."""
        self._process.close()

    def _receive(self, line: bytes) -> None:
        try:
            event = decode_event(line)
        except UserError:
            _LOG.exception("the indexer broke the protocol")
            self._process.kill()
            return
        self._answered |= not isinstance(event, Progress)
        self.event_received.emit(event)

    def _ended(self, how: str) -> None:
        self.ended.emit("" if self._answered else how)
