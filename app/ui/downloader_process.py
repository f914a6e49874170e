"""The window's end of the downloader: a process for each download that runs."""

import logging
from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import QObject, Signal

from app.catalogue.downloads.messages import (
    MOST_LINE_BYTES,
    Failed,
    Finished,
    Job,
    Pace,
    Used,
    decode_event,
    encode,
)
from app.domain.errors import UserError
from app.ui.line_process import LineProcess

_LOG: Final = logging.getLogger(__name__)


class DownloaderProcess(QObject):
    """The processes of one download, one after the other.

    Args:
        name: Which download.
        command: What starts a downloader.
        folder: The child's working directory.
        parent: Qt's parent.

    Signals:
        event_received: The download's name and an `Event` of the downloader.
        ended: The download's name, and how the process ended where it said nothing.
    """

    event_received = Signal(str, object)
    ended = Signal(str, str)

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        *,
        folder: str,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._name = name
        self._has_concluded = False
        self._process = LineProcess(
            command, most_bytes=MOST_LINE_BYTES, folder=folder, parent=self
        )
        self._process.line_received.connect(self._receive)
        self._process.ended.connect(self._ended)

    @property
    def process_id(self) -> int:
        """The child's process id; 0 when it is not running."""
        return self._process.process_id

    def start(self, job: Job) -> None:
        """Starts a process for a job."""
        self._has_concluded = False
        self._process.start()
        self._process.write(encode(job))

    def send(self, command: Pace | Used) -> None:
        """Tells it something."""
        self._process.write(encode(command))

    def stop(self) -> None:
        """Has it end soon; what it has fetched is kept."""
        # That it then ends without a word is what it was asked to do.
        self._has_concluded = True
        self._process.end_input()

    def close(self) -> None:
        """Ends it for good."""
        self._process.close()

    def _receive(self, line: bytes) -> None:
        try:
            event = decode_event(line)
        except UserError:
            _LOG.exception("a downloader broke the protocol")
            self._process.kill()
            return
        self._has_concluded |= isinstance(event, Finished | Failed)
        self.event_received.emit(self._name, event)

    def _ended(self, how: str) -> None:
        self.ended.emit(self._name, "" if self._has_concluded else how)


class DownloaderProcesses(QObject):
    """Fulfils `DownloaderLink`.

    Args:
        command: What starts a downloader.
        folder: The children's working directory.
        parent: Qt's parent.

    Signals:
        event_received: A download's name and an `Event` of its downloader.
        ended: A download's name, and how its process ended where it said nothing.
    """

    event_received = Signal(str, object)
    ended = Signal(str, str)

    def __init__(
        self, command: Sequence[str], folder: str, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._command = tuple(command)
        self._folder = folder
        self._processes: dict[str, DownloaderProcess] = {}

    def start(self, name: str, job: Job) -> None:
        """Starts a process for one download."""
        self.process(name).start(job)

    def send(self, name: str, command: Pace | Used) -> None:
        """Tells a running one something."""
        self.process(name).send(command)

    def stop(self, name: str) -> None:
        """Has it end soon; what it has fetched is kept."""
        self.process(name).stop()

    def close(self) -> None:
        """Ends all of them for good."""
        for process in self._processes.values():
            process.close()

    def process(self, name: str) -> DownloaderProcess:
        """The processes of a download."""
        found = self._processes.get(name)
        if found is None:
            found = self._processes[name] = DownloaderProcess(
                name, self._command, folder=self._folder, parent=self
            )
            found.event_received.connect(self.event_received)
            found.ended.connect(self.ended)
        return found
