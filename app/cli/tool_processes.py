"""The tool processes of a terminal, each started when it is first needed."""

from collections.abc import Callable

from app.domain.tools import Command, ToolCall
from app.paths import Paths
from app.plugins.api import ToolError
from app.plugins.client import ToolClient
from app.plugins.kinds import Kind, command_line
from app.plugins.manager import ToolManager
from app.plugins.messages import Prepare, Progress, Requested


class ToolProcesses:
    """Runs commands and waits for them.

    Args:
        paths: Where tools keep what is theirs.
        manager: Which tools there are.
        note: Takes what a tool, whose name comes first, says on its way.
    """

    def __init__(
        self,
        paths: Paths,
        manager: ToolManager,
        note: Callable[[str, Progress | Requested], None],
    ) -> None:
        self._paths = paths
        self._manager = manager
        self._note = note
        self._clients: dict[str, ToolClient] = {}
        self._running: tuple[str, ToolClient] | None = None

    def warm_up(self) -> None:
        """Starts what computes, so that the first command does not wait for it."""
        self._client(Kind.COMPUTE)

    def introduce(self) -> None:
        """Asks installed tools that may run what they are; some seconds at most."""
        for process in self._manager.to_introduce():
            try:
                self._manager.introduced(self._client(process).offers())
            except ToolError as error:
                self._manager.broke(process, error.detail)

    def run(self, name: str, command: Command) -> ToolCall:
        """Runs one command with the tool of this name."""
        info = self._manager.info(name)
        client = self._client(info.process)
        self._running = name, client
        try:
            return client.run(command, info.seconds, name=name)
        finally:
            self._running = None

    def cancel(self) -> None:
        """Ends the command that runs; a signal handler may call it."""
        if self._running is not None:
            self._running[1].cancel()

    def close(self) -> None:
        """Ends all processes."""
        for client in self._clients.values():
            client.close()

    def _client(self, process: str) -> ToolClient:
        client = self._clients.get(process)
        if client is None:
            values = self._manager.values_of(process)
            client = self._clients[process] = ToolClient(
                command_line(process),
                prepare=Prepare(
                    values, str(self._paths.tools), str(self._paths.pictures)
                ),
                note=self._noted,
            )
        return client

    def _noted(self, note: Progress | Requested) -> None:
        if self._running is not None:
            self._note(self._running[0], note)
