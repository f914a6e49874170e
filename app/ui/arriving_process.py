"""The window's end of converters that work while their checkpoints arrive."""

from pathlib import Path
from typing import Final

from PySide6.QtCore import QObject, Signal

from app.services import conversion
from app.services.converter_events import ConversionDone, ConversionFailed, read_line
from app.ui.line_process import LineProcess

_MOST_BYTES: Final = 1024 * 1024


class ArrivingProcess(QObject):
    """The converters of one download, one after the other.

    Args:
        name: Which download.
        folder: The child's working directory.
        parent: Qt's parent.

    Signals:
        event_received: The download's name and a `ConverterEvent`.
        ended: The download's name, and how the process ended where it said nothing.
    """

    event_received = Signal(str, object)
    ended = Signal(str, str)

    def __init__(self, name: str, folder: str, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._name = name
        self._has_concluded = False
        self._process = LineProcess(most_bytes=_MOST_BYTES, folder=folder, parent=self)
        self._process.line_received.connect(self._receive)
        self._process.ended.connect(self._ended)

    def start(self, source: Path, target: Path, quantization: str) -> None:
        """Converts a checkpoint that is arriving."""
        self._has_concluded = False
        self._process.start(conversion.arriving(source, target, quantization))

    def announce(self, file: str) -> None:
        """Tells it that a file of weights is whole."""
        self._process.write(f"{file}\n".encode())

    def stop(self) -> None:
        """Has it end; what is written is kept."""
        self._has_concluded = True
        self._process.end_input()

    def close(self) -> None:
        """Ends it for good."""
        self._process.close()

    def _receive(self, line: bytes) -> None:
        event = read_line(line)
        if event is not None:
            self._has_concluded |= isinstance(event, ConversionDone | ConversionFailed)
            self.event_received.emit(self._name, event)

    def _ended(self, how: str) -> None:
        self.ended.emit(self._name, "" if self._has_concluded else how)


class ArrivingProcesses(QObject):
    """Fulfils `ArrivingLink`.

    Args:
        folder: The children's working directory.
        parent: Qt's parent.

    Signals:
        event_received: A download's name and a `ConverterEvent`.
        ended: A download's name, and how its converter ended where it said nothing.
    """

    event_received = Signal(str, object)
    ended = Signal(str, str)

    def __init__(self, folder: str, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._folder = folder
        self._processes: dict[str, ArrivingProcess] = {}

    def start(
        self, name: str, *, folder: Path, target: Path, quantization: str
    ) -> None:
        """Starts a converter for a download."""
        found = self._processes.get(name)
        if found is None:
            found = self._processes[name] = ArrivingProcess(name, self._folder, self)
            found.event_received.connect(self.event_received)
            found.ended.connect(self.ended)
        found.start(folder, target, quantization)

    def announce(self, name: str, file: str) -> None:
        """Tells it that a file of weights is whole."""
        self._processes[name].announce(file)

    def stop(self, name: str) -> None:
        """Has it end; what is written is kept."""
        self._processes[name].stop()

    def close(self) -> None:
        """Ends all of them for good; what is written is kept."""
        for process in self._processes.values():
            process.close()
