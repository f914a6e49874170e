"""Says when a window can be used: shown, painted, and its event loop idle."""

import sys

from PySide6.QtCore import QEvent, QObject, QSocketNotifier, QTimer
from PySide6.QtWidgets import QApplication, QWidget
from typing_extensions import override

USABLE = "usable"


def when_usable(qt: QApplication, window: QWidget) -> None:
    """Prints it, once, on stdout; has the program end when stdin does."""
    window.installEventFilter(_Painted(window))
    reader = QSocketNotifier(sys.stdin.fileno(), QSocketNotifier.Type.Read, window)
    reader.activated.connect(qt.quit)


class _Painted(QObject):
    @override
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() is QEvent.Type.Paint:
            watched.removeEventFilter(self)
            # A timer without a delay comes when nothing else is to be done.
            QTimer.singleShot(0, lambda: print(USABLE, flush=True))
        return False
