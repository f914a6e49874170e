"""The window's end of one tool process."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import QObject, QTimer, Signal

from app.domain.errors import UserError
from app.domain.tools import Command, ToolCall, ToolFailure
from app.plugins import messages
from app.plugins.messages import Prepare
from app.ui.line_process import LineProcess

_LOG: Final = logging.getLogger(__name__)
_MOST_BYTES: Final = 1024 * 1024
_GRACE_MS: Final = 3000
"""How long a command that was given up may take to end by itself."""


@dataclass(frozen=True, slots=True)
class Task:
    """A command for one tool.

    Attributes:
        name: The tool.
        command: What it is to run.
        seconds: How long that may take.
    """

    name: str
    command: Command
    seconds: float


class ToolProcess(QObject):
    """One warm child, killed when a command takes too long.

    Args:
        command: Program and arguments of the tool process.
        folder: The child's working directory.
        prepare: Gives what its tools are made with, at each start.
        gentle: Whether a command that is given up is asked to end before the child
            is killed: right for what took long to load.
        parent: Qt's parent.

    Signals:
        finished: A `ToolCall`, done or failed.
        noted: The name of the tool, and a `messages.Progress` or `Requested` of it.
        offered: A tuple of `messages.Offer`: the child has started.
        unusable: Why the child cannot be used.
    """

    finished = Signal(object)
    noted = Signal(str, object)
    offered = Signal(object)
    unusable = Signal(str)

    def __init__(
        self,
        command: Sequence[str],
        folder: str,
        *,
        prepare: Callable[[], Prepare] = Prepare,
        gentle: bool = False,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._prepare = prepare
        self._prepared = prepare()
        self._gentle = gentle
        self._task: Task | None = None
        self._name = ""
        self._last_id = 0
        self._introducing = False
        self._process = LineProcess(
            command, most_bytes=_MOST_BYTES, folder=folder, parent=self
        )
        self._process.line_received.connect(self._receive)
        self._process.ended.connect(self._ended)
        self._limit = QTimer(self)
        self._limit.setSingleShot(True)
        self._limit.timeout.connect(self.expire)
        self._grace = QTimer(self)
        self._grace.setSingleShot(True)
        self._grace.setInterval(_GRACE_MS)
        self._grace.timeout.connect(self._restart)

    @property
    def process_id(self) -> int:
        """The child's process id; 0 when it is not running."""
        return self._process.process_id

    def warm_up(self) -> None:
        """Starts the child, so that the first command does not wait for it."""
        if not self._process.running:
            self._prepared = self._prepare()
            self._process.start()
            self._process.write(messages.encode(self._prepared))

    def introduce(self) -> None:
        """Starts the child to hear which tools it has; that takes a time at most."""
        self._introducing = True
        self._limit.start(round(messages.INTRODUCTION_SECONDS * 1000))
        self.warm_up()

    def start(self, task: Task) -> None:
        """Runs one command."""
        if self._grace.isActive() or self._prepared != self._prepare():
            self._restart()
        self.warm_up()
        self._task, self._name = task, task.name
        self._last_id += 1
        self._limit.start(round(messages.START_SECONDS * 1000))
        command = task.command
        request = messages.Request(
            self._last_id, command.tool, command.argument, task.name
        )
        self._process.write(messages.encode(request))

    def cancel(self) -> None:
        """Gives the running command up; no answer follows."""
        self._task = None
        self._limit.stop()
        if self._gentle:
            self._process.write(messages.encode(messages.Cancel(self._last_id)))
            self._grace.start()
        else:
            self._restart()

    def renew(self) -> None:
        """Starts the child anew where it runs with other settings than those of now.

        One that is busy starts anew with its next command.
        """
        idle = self._task is None and self._process.running
        if idle and self._prepared != self._prepare():
            self._restart()

    def close(self) -> None:
        """Ends the child for good."""
        self._grace.stop()
        self._process.close()

    def expire(self) -> None:
        """Ends the running command as too slow, or an introduction."""
        self._limit.stop()
        if self._introducing:
            self._introducing = False
            self._process.abandon()
            self.unusable.emit(messages.SILENT)
        elif self._task is not None:
            command = self._task.command
            self._restart()
            self._finish(ToolCall.failed(command, ToolFailure.TIME_LIMIT))

    def _restart(self) -> None:
        self._grace.stop()
        self._process.abandon()
        self.warm_up()

    def _receive(self, line: bytes) -> None:
        try:
            reply = messages.decode_reply(line)
        except UserError:
            _LOG.exception("the tool process broke the protocol")
            self._process.kill()
            return
        match reply:
            case messages.Ready():
                self._introduced()
                self.offered.emit(reply.tools)
            case messages.Unusable():
                self._introduced()
                self.unusable.emit(reply.reason)
            case _ if reply.id == self._last_id:
                self._take(reply)
            case _:
                pass  # of a command that was given up

    def _take(
        self,
        reply: messages.Started
        | messages.Progress
        | messages.Requested
        | messages.Answer
        | messages.Refusal,
    ) -> None:
        """Takes what belongs to the last command."""
        task = self._task
        match reply:
            case messages.Requested():
                self.noted.emit(self._name, reply)
            case messages.Started() if task is not None:
                self._limit.start(round(task.seconds * 1000))
            case messages.Progress() if task is not None:
                self.noted.emit(self._name, reply)
            case messages.Answer() | messages.Refusal():
                self._grace.stop()
                if task is not None:
                    self._finish(messages.call_from(task.command, reply))
            case _:
                pass

    def _introduced(self) -> None:
        if self._introducing:
            self._introducing = False
            self._limit.stop()

    def _ended(self, how: str) -> None:
        _LOG.info("the tool process ended: %s", how)
        self._grace.stop()
        if self._introducing:
            self._introduced()
            self.unusable.emit(how)
        elif self._task is not None:
            self._finish(ToolCall.failed(self._task.command, ToolFailure.TOOL_LOST))

    def _finish(self, call: ToolCall) -> None:
        self._task = None
        self._limit.stop()
        self.finished.emit(call)
