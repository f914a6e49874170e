"""The window's end of the converter."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from PySide6.QtCore import QObject, Signal

from app.ui.line_process import LineProcess

_MOST_BYTES: Final = 1024 * 1024


class ConverterProcess(QObject):
    """Fulfils `ConverterLink` with the converter's own command line.

    Args:
        command: Program and first arguments of the converter.
        folder: The child's working directory.
        parent: Qt's parent.

    Signals:
        progressed: How far it has come, 0 to 1.
        finished: How it ended: empty when the file is there, else the problem.
    """

    progressed = Signal(float)
    finished = Signal(str)

    def __init__(
        self, command: Sequence[str], folder: str, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._command = tuple(command)
        self._target = Path()
        self._problem = ""
        self._process = LineProcess(most_bytes=_MOST_BYTES, folder=folder, parent=self)
        self._process.line_received.connect(self._receive)
        self._process.ended.connect(self._ended)

    def start(self, source: Path, target: Path, quantization: str) -> None:
        """Converts a checkpoint."""
        self._target = target
        self._problem = ""
        arguments = (str(source), str(target), "--type", quantization)
        self._process.start((*self._command, *arguments, "--progress", "json"))

    def close(self) -> None:
        """Gives a conversion up; its temporary file is the converter's to remove."""
        self._process.close()

    def _receive(self, line: bytes) -> None:
        try:
            report = json.loads(line)
        except ValueError:
            return
        match report:
            case {"done": int(done), "total": int(total)} if total > 0:
                self.progressed.emit(min(1.0, done / total))
            case {"stage": "failed", "message": str(message)}:
                self._problem = message
            case _:
                pass

    def _ended(self, how: str) -> None:
        self.finished.emit("" if self._target.exists() else self._problem or how)
