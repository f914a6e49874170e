"""The window's end of `moss doctor`."""

from collections.abc import Callable, Sequence
from typing import Final

import msgspec
from PySide6.QtCore import QObject, Signal

from app import children
from app.services.diagnosis import Report
from app.ui.line_process import LineProcess

_MOST_BYTES: Final = 1024 * 1024


def command_line(is_quick: bool) -> tuple[str, ...]:  # noqa: FBT001 -- a callback
    """`moss doctor`, which writes one JSON object and may load a model for it.

    Args:
        is_quick: Whether no model is loaded and nothing measured.
    """
    quick = ("--quick",) if is_quick else ()
    return children.program("doctor", "--json", *quick)


class DiagnosisProcess(QObject):
    """Has this computer examined; a window never walks through folders itself.

    Args:
        command: The command line; takes whether it is to be quick.
        folder: The child's working directory.
        parent: Qt's parent.

    Signals:
        found: The `Report`.
        failed: What the program said instead.
    """

    found = Signal(object)
    failed = Signal(str)

    def __init__(
        self,
        command: Callable[[bool], Sequence[str]],
        folder: str,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._command = command
        self._lines: list[bytes] = []
        self._process = LineProcess(most_bytes=_MOST_BYTES, folder=folder, parent=self)
        self._process.line_received.connect(self._receive)
        self._process.ended.connect(self._ended)

    @property
    def running(self) -> bool:
        """Whether something is being examined."""
        return self._process.running

    def start(self, *, is_quick: bool) -> None:
        """Examines, unless that is going on.

        Args:
            is_quick: Whether no model is loaded and nothing measured.
        """
        if not self.running:
            self._lines = []
            self._process.start(self._command(is_quick))

    def close(self) -> None:
        """Ends it."""
        self._process.close()

    def _receive(self, line: bytes) -> None:
        self._lines.append(line)

    def _ended(self, how: str) -> None:
        try:
            report = msgspec.json.decode(b"\n".join(self._lines), type=Report)
        except msgspec.DecodeError:
            self.failed.emit(how)
        else:
            self.found.emit(report)
