"""All tool processes of the window, each started when it is first needed."""

from functools import partial

from PySide6.QtCore import QObject, Signal

from app.domain.tools import Command
from app.paths import Paths, program_folder
from app.plugins.kinds import Kind, command_line
from app.plugins.manager import ToolManager
from app.plugins.messages import Prepare
from app.ui.tool_process import Task, ToolProcess


class ToolProcesses(QObject):
    """Fulfils `ToolLink`.

    Args:
        paths: Where tools keep what is theirs.
        manager: Which tools there are.
        parent: Qt's parent.

    Signals:
        finished: A `ToolCall`, done or failed.
        noted: The name of a tool, and what it says on its way.
        changed: More or less is known of installed tools.
    """

    finished = Signal(object)
    noted = Signal(str, object)
    changed = Signal()

    def __init__(
        self, paths: Paths, manager: ToolManager, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._paths = paths
        self._manager = manager
        self._processes: dict[str, ToolProcess] = {}
        self._running: ToolProcess | None = None

    def warm_up(self) -> None:
        """Starts what computes, and hears of installed tools what they are."""
        self.process(Kind.COMPUTE).warm_up()
        self.introduce()

    def introduce(self) -> None:
        """Starts installed tools that may run and have not said what they are."""
        for name in self._manager.to_introduce():
            self.process(name).introduce()

    def start(self, name: str, command: Command) -> None:
        """Runs one command with the tool of this name."""
        info = self._manager.info(name)
        self._running = self.process(info.process)
        self._running.start(Task(name, command, info.seconds))

    def cancel(self) -> None:
        """Gives the running command up; no answer follows."""
        if self._running is not None:
            self._running.cancel()

    def renew(self, name: str) -> None:
        """Has a tool know its settings of now."""
        process = self._processes.get(self._manager.info(name).process)
        if process is not None:
            process.renew()
        self.introduce()

    def close(self) -> None:
        """Ends all processes for good."""
        for process in self._processes.values():
            process.close()

    def process(self, name: str) -> ToolProcess:
        """The process of a name."""
        process = self._processes.get(name)
        if process is None:
            process = self._processes[name] = self._make(name)
        return process

    def _make(self, name: str) -> ToolProcess:
        process = ToolProcess(
            command_line(name),
            str(program_folder()),
            prepare=partial(self._prepare, name),
            gentle=name == Kind.PICTURES,
            parent=self,
        )
        process.finished.connect(self.finished)
        process.noted.connect(self.noted)
        process.offered.connect(self._offered)
        process.unusable.connect(lambda why: self._unusable(name, why))
        return process

    def _prepare(self, process: str) -> Prepare:
        values = self._manager.values_of(process)
        return Prepare(values, str(self._paths.tools), str(self._paths.pictures))

    def _offered(self, offers: object) -> None:
        if isinstance(offers, tuple):
            self._manager.introduced(offers)
            self.changed.emit()

    def _unusable(self, name: str, why: str) -> None:
        self._manager.broke(name, why)
        self.changed.emit()
