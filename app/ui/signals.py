"""Ctrl+C and the system's wish that the program ends, as an orderly close."""

import os
import signal
import sys
from collections.abc import Callable
from types import FrameType

from PySide6.QtCore import QObject, QSocketNotifier, QTimer


class EndSignals(QObject):
    """Calls back in the event loop when the process is asked to end.

    Python runs signal handlers between two of its own instructions only, and while
    Qt waits there are none: so a pipe wakes the event loop, or, on Windows, a timer.

    Args:
        end: Called when the process is asked to end.
        parent: Qt's parent.
    """

    def __init__(
        self, end: Callable[[], object], parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._end = end
        self._asked = False
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._note)
        if sys.platform == "win32":
            self._timer = QTimer(self)
            self._timer.timeout.connect(self._look)
            self._timer.start(200)
        else:
            self._read, self._write = os.pipe()
            os.set_blocking(self._read, False)
            os.set_blocking(self._write, False)
            signal.set_wakeup_fd(self._write, warn_on_full_buffer=False)
            kind = QSocketNotifier.Type.Read
            self._notifier = QSocketNotifier(self._read, kind, self)
            self._notifier.activated.connect(self._look)

    def close(self) -> None:
        """Gives the signals back."""
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_DFL)
        if sys.platform != "win32":
            self._notifier.setEnabled(False)
            signal.set_wakeup_fd(-1)
            os.close(self._read)
            os.close(self._write)

    def _note(self, _number: int, _frame: FrameType | None) -> None:
        self._asked = True

    def _look(self) -> None:
        if sys.platform != "win32":
            os.read(self._read, 512)
        if self._asked:
            self._asked = False
            self._end()
