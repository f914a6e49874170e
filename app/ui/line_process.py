"""A child process that speaks in lines: the one way the window runs heavy work.

Qt's event loop delivers what the child says, so the window needs no reader threads.
"""

import logging
from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import QObject, QProcess, Signal

from app.engine.lines import LineSplitter, too_long

_LOG = logging.getLogger(__name__)
_TAIL_BYTES: Final = 4000


class LineProcess(QObject):
    """Runs a command, one at a time, and splits what it writes into lines.

    Args:
        command: Program and arguments.
        most_bytes: A longer line ends the process: it cannot be one of ours.
        folder: The child's working directory; empty is the window's own. ggml loads
            libraries from there, so the engine must not run where a user happens to be.
        parent: Qt's parent.

    Signals:
        line_received: A line of standard output, without its newline.
        ended: The process is gone, for whatever reason; carries how, in words for a
            log or an error's detail.
    """

    line_received = Signal(bytes)
    ended = Signal(str)

    def __init__(
        self,
        command: Sequence[str] = (),
        *,
        most_bytes: int,
        folder: str = "",
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._folder = folder
        self._command = tuple(command)
        self._most_bytes = most_bytes
        self._process: QProcess | None = None
        self._lines = LineSplitter(most_bytes)
        self._problem = ""
        self._stderr = b""

    @property
    def running(self) -> bool:
        """True from the start until `ended`."""
        return self._process is not None

    @property
    def process_id(self) -> int:
        """The child's process id; 0 when it is not running."""
        return self._process.processId() if self._process is not None else 0

    def start(self, command: Sequence[str] = ()) -> None:
        """Starts the process unless it is running; `command` replaces the given."""
        if self._process is not None:
            return
        program, *arguments = command or self._command
        process = QProcess(self)
        process.setProgram(program)
        process.setArguments(arguments)
        process.setWorkingDirectory(self._folder)
        process.readyReadStandardOutput.connect(self._read)
        process.readyReadStandardError.connect(self._read_errors)
        process.finished.connect(self._finished)
        process.errorOccurred.connect(self._failed)
        self._lines = LineSplitter(self._most_bytes)
        self._problem = ""
        self._stderr = b""
        self._process = process
        process.start()

    def write(self, line: bytes) -> None:
        """Sends a line, its newline included."""
        if self._process is not None:
            self._process.write(line)

    def end_input(self) -> None:
        """Tells the process that no more lines come; many then end what they do."""
        if self._process is not None:
            self._process.closeWriteChannel()

    def kill(self) -> None:
        """Ends the process at once; `ended` follows from the event loop."""
        if self._process is not None:
            self._process.kill()

    def abandon(self) -> None:
        """Ends the process at once, without `ended`; another may start right away."""
        process = self._let_go()
        if process is not None:
            process.finished.connect(process.deleteLater)
            process.kill()

    def close(self, milliseconds: int = 2000) -> None:
        """Ends the process without `ended`: it is asked to go, then it is killed."""
        process = self._let_go()
        if process is None:
            return
        process.closeWriteChannel()
        process.terminate()
        if not process.waitForFinished(milliseconds):
            process.kill()
            process.waitForFinished(milliseconds)
        process.deleteLater()

    def _let_go(self) -> QProcess | None:
        """Hears no more of the process and returns it."""
        process, self._process = self._process, None
        if process is not None:
            process.readyReadStandardOutput.disconnect(self._read)
            process.readyReadStandardError.disconnect(self._read_errors)
            process.finished.disconnect(self._finished)
            process.errorOccurred.disconnect(self._failed)
        return process

    def _read(self) -> None:
        process = self._process
        if process is None:
            return
        lines = self._lines
        # All at once: a line may have somebody wait, and more be read meanwhile.
        for line in list(lines.feed(bytes(process.readAllStandardOutput().data()))):
            if self._process is not process or self._problem:
                return
            if line is None:
                self._give_up()
            else:
                self.line_received.emit(line)
        if lines.too_long and self._process is process:
            self._give_up()

    def _give_up(self) -> None:
        """Ends a process whose lines are too long; it is not listened to any more."""
        self._problem = too_long(self._most_bytes)
        self.kill()

    def _read_errors(self) -> None:
        if self._process is not None:
            data = self._process.readAllStandardError().data()
            self._stderr = (self._stderr + data)[-_TAIL_BYTES:]

    def _finished(self, code: int, status: QProcess.ExitStatus) -> None:
        self._read()
        self._read_errors()
        crashed = status is QProcess.ExitStatus.CrashExit
        how = f"signal {code}" if crashed else f"exit code {code}"
        self._over(self._problem or how)

    def _failed(self, error: QProcess.ProcessError) -> None:
        if error is QProcess.ProcessError.FailedToStart and self._process is not None:
            self._over(self._process.errorString())

    def _over(self, how: str) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        errors = self._stderr.decode("utf-8", "replace").strip()
        arguments = " ".join(process.arguments()[:2])
        _LOG.info("%s ended: %s\n%s", arguments, how, errors)
        process.deleteLater()
        last = errors.splitlines()[-1] if errors else ""
        self.ended.emit(f"{how}: {last}" if last else how)
