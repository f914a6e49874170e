"""The window's end of the engine process."""

import logging
from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import QObject, Signal

from app.domain.errors import UserError
from app.engine import protocol
from app.ui.line_process import LineProcess

_LOG: Final = logging.getLogger(__name__)


class EngineProcess(QObject):
    """Fulfils `EngineLink` with a child process that is started when needed.

    Args:
        command: Program and arguments of the engine.
        folder: The child's working directory.
        parent: Qt's parent.

    Signals:
        event_received: A `protocol.Event`.
        lost: The engine is gone without having been asked to go; carries how.
    """

    event_received = Signal(object)
    lost = Signal(str)

    def __init__(
        self, command: Sequence[str], folder: str, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._process = LineProcess(
            command, most_bytes=protocol.MAX_LINE_BYTES, folder=folder, parent=self
        )
        self._process.line_received.connect(self._receive)
        self._process.ended.connect(self.lost)

    @property
    def process_id(self) -> int:
        """The child's process id; 0 when it is not running."""
        return self._process.process_id

    def send(self, command: protocol.Command) -> None:
        """Sends a command, starting the engine if it is not running."""
        self._process.start()
        self._process.write(protocol.encode(command))

    def close(self) -> None:
        """Ends the engine for good."""
        self._process.close()

    def _receive(self, line: bytes) -> None:
        try:
            event = protocol.decode_event(line)
        except UserError:
            # A process that does not keep to the protocol cannot be trusted with the
            # next message; `lost` follows and brings a fresh one.
            _LOG.exception("the engine broke the protocol")
            self._process.kill()
            return
        self.event_received.emit(event)
