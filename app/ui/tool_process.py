"""The window's end of the tool process."""

import logging
from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import QObject, QTimer, Signal

from app.domain.errors import UserError
from app.domain.tools import Command, ToolCall, ToolFailure
from app.plugins import messages
from app.plugins.manager import ToolManager
from app.ui.line_process import LineProcess

_LOG: Final = logging.getLogger(__name__)
_MOST_BYTES: Final = 1024 * 1024


class ToolProcess(QObject):
    """Fulfils `ToolLink`: one warm child, killed when a command takes too long.

    Args:
        command: Program and arguments of the tool process.
        tools: Knows each tool's time limit.
        folder: The child's working directory.
        parent: Qt's parent.

    Signals:
        finished: A `ToolCall`, done or failed.
    """

    finished = Signal(object)

    def __init__(
        self,
        command: Sequence[str],
        folder: str,
        *,
        tools: ToolManager,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._tools = tools
        self._running: Command | None = None
        self._last_id = 0
        self._process = LineProcess(
            command, most_bytes=_MOST_BYTES, folder=folder, parent=self
        )
        self._process.line_received.connect(self._receive)
        self._process.ended.connect(self._ended)
        self._limit = QTimer(self)
        self._limit.setSingleShot(True)
        self._limit.timeout.connect(self.expire)

    def warm_up(self) -> None:
        """Starts the child, so that the first command does not wait for it."""
        self._process.start()

    def start(self, command: Command) -> None:
        """Runs one command."""
        self._process.start()
        self._running = command
        self._last_id += 1
        self._limit.start(round(messages.START_SECONDS * 1000))
        request = messages.Request(self._last_id, command.tool, command.argument)
        self._process.write(messages.encode(request))

    def cancel(self) -> None:
        """Gives the running command up."""
        self._running = None
        self._limit.stop()
        self._process.abandon()
        self._process.start()

    def close(self) -> None:
        """Ends the child for good."""
        self._process.close()

    def _receive(self, line: bytes) -> None:
        try:
            reply = messages.decode_reply(line)
        except UserError:
            _LOG.exception("the tool process broke the protocol")
            self._process.kill()
            return
        command = self._running
        if command is None:
            return
        match reply:
            case messages.Started(id=self._last_id):
                self._limit.start(round(self._tools.seconds(command.tool) * 1000))
            case (
                messages.Answer(id=self._last_id) | messages.Refusal(id=self._last_id)
            ) as last:
                self._finish(messages.call_from(command, last))
            case _:
                pass

    def _ended(self, how: str) -> None:
        _LOG.info("the tool process ended: %s", how)
        if self._running is not None:
            self._finish(ToolCall.failed(self._running, ToolFailure.TOOL_LOST))

    def expire(self) -> None:
        """Ends the running command as too slow."""
        if self._running is not None:
            command = self._running
            self.cancel()
            self._finish(ToolCall.failed(command, ToolFailure.TIME_LIMIT))

    def _finish(self, call: ToolCall) -> None:
        self._running = None
        self._limit.stop()
        self.finished.emit(call)
