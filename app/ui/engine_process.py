"""The window's end of the engine process."""

import logging
from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import QObject, QTimer, Signal

from app.domain.errors import ErrorCode, UserError
from app.engine import protocol
from app.engine.watch import USUAL, Patience, Watch
from app.ui.line_process import LineProcess

_LOG: Final = logging.getLogger(__name__)
_MOST_TICKS_DYING: Final = 10
"""A killed process that is in the midst of a call into a driver may not end at all."""


class EngineProcess(QObject):
    """Fulfils `EngineLink` with a child process that is started when needed.

    One that says what is no event, or nothing for too long, is killed: it cannot be
    trusted with the next message, and `lost` brings a fresh one.

    Args:
        command: Program and arguments of the engine.
        folder: The child's working directory.
        patience: How long it may be silent.
        parent: Qt's parent.

    Signals:
        event_received: A `protocol.Event`, but never `Alive`.
        lost: The engine is gone without having been asked to go; carries a
            `UserError` that says how.
    """

    event_received = Signal(object)
    lost = Signal(object)

    def __init__(
        self,
        command: Sequence[str],
        folder: str,
        *,
        patience: Patience = USUAL,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._watch = Watch(patience)
        self._given_up: UserError | None = None
        self._dying = 0
        self._seconds = patience.tick
        self._clock = QTimer(self)
        self._clock.setInterval(round(patience.tick * 1000))
        self._clock.timeout.connect(self.tick)
        self._process = LineProcess(
            command, most_bytes=protocol.MAX_LINE_BYTES, folder=folder, parent=self
        )
        self._process.line_received.connect(self._receive)
        self._process.ended.connect(self._ended)

    @property
    def process_id(self) -> int:
        """The child's process id; 0 when it is not running."""
        return self._process.process_id

    def send(self, command: protocol.Command) -> None:
        """Sends a command, starting the engine if it is not running.

        One that is too large for the pipe is answered with `Failed`, from the event
        loop.
        """
        line = protocol.encode(command)
        if (refused := protocol.refusal(command, line)) is not None:
            QTimer.singleShot(0, self, lambda: self.event_received.emit(refused))
            return
        if not self._process.running:
            self._watch.begin()
        self._watch.sent(command)
        self._clock.start()
        self._process.start()
        self._process.write(line)

    def close(self) -> None:
        """Ends the engine for good."""
        self._clock.stop()
        self._process.close()

    def tick(self) -> None:
        """Counts a second that has passed in this process."""
        if self._given_up is not None:
            self._dying += 1
            if self._dying >= _MOST_TICKS_DYING:
                self._process.abandon()
                self._ended("")
        elif not self._watch.waiting:
            self._clock.stop()
        elif ticks := self._watch.tick():
            seconds = max(1, round(ticks * self._seconds))
            self._give_up(UserError(ErrorCode.ENGINE_SILENT, f"{seconds} s"))

    def _receive(self, line: bytes) -> None:
        if self._given_up is not None:
            return
        try:
            event = protocol.decode_event(line)
        except UserError as error:
            self._give_up(error)
            return
        self._watch.heard(event)
        if not isinstance(event, protocol.Alive):
            self.event_received.emit(event)

    def _give_up(self, error: UserError) -> None:
        _LOG.warning("the engine is ended: %s", error)
        self._given_up, self._dying = error, 0
        self._clock.start()
        self._process.kill()

    def _ended(self, how: str) -> None:
        error, self._given_up = self._given_up, None
        self._clock.stop()
        self.lost.emit(error or UserError(ErrorCode.ENGINE_LOST, how))
