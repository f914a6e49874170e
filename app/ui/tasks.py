"""The window's only threads: one call each, which answers in the window's own thread.

For what waits for the disk and would not be worth a process. The function must not
touch a widget, nor anything else of the window's.
"""

import threading
from collections.abc import Callable

from PySide6.QtCore import QObject, Qt, Signal, Slot

from app.domain.errors import UserError


class Task(QObject):
    """Runs functions, one at a time.

    Args:
        parent: Qt's parent.

    Signals:
        finished: What the function returned.
        failed: The `UserError` that it raised.
    """

    finished = Signal(object)
    failed = Signal(object)
    _ended = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._thread: threading.Thread | None = None
        self._result: object = None
        self._error: BaseException | None = None
        self._ended.connect(self._report, Qt.ConnectionType.QueuedConnection)

    @property
    def running(self) -> bool:
        """Whether a function was started and has not been reported yet."""
        return self._thread is not None

    def start(self, function: Callable[[], object]) -> None:
        """Runs a function; nothing happens while another one runs."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, args=(function,))
            self._thread.start()

    def wait(self) -> None:
        """Waits for the end; the report follows from the event loop."""
        if self._thread is not None:
            self._thread.join()

    def _run(self, function: Callable[[], object]) -> None:
        self._result = self._error = None
        try:
            self._result = function()
        except BaseException as error:  # noqa: BLE001 -- raised again where it is seen
            self._error = error
        self._ended.emit()

    @Slot()
    def _report(self) -> None:
        self.wait()
        self._thread = None
        error, self._error = self._error, None
        if error is None:
            self.finished.emit(self._result)
        elif isinstance(error, UserError):
            self.failed.emit(error)
        else:
            raise error
