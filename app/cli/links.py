"""The services' links, fulfilled by waiting, as only a terminal may."""

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from app.cli.output import say
from app.domain.errors import ErrorCode, UserError
from app.domain.tools import Command
from app.engine import protocol
from app.engine.client import EngineClient, EngineLostError, command_line
from app.engine.watch import USUAL, Patience
from app.paths import Paths
from app.services import conversion


class Engine:
    """Fulfils `EngineLink`: a blocking client that is started when needed.

    Args:
        paths: Where the engine keeps what it remembers, and finds modules.
        patience: How long it may be silent.
    """

    def __init__(self, paths: Paths, *, patience: Patience = USUAL) -> None:
        self._patience = patience
        self._command = command_line(state=paths.engine, modules=paths.modules)
        self._client: EngineClient | None = None

    def send(self, command: protocol.Command) -> None:
        """Sends a command, starting the engine if it is not running."""
        if self._client is None:
            self._client = EngineClient(self._command, patience=self._patience)
        try:
            self._client.send(command)
        except EngineLostError:
            # `receive` reports the loss; that is where it is dealt with.
            return

    def receive(self) -> protocol.Event:
        """Waits for an event; a lost engine is forgotten, so the next send starts one.

        Raises:
            EngineLostError: The process is gone.
            UserError: `ErrorCode.PROTOCOL`: it said what is no event, and was ended.
        """
        if self._client is None:
            raise UserError(ErrorCode.MODEL_NOT_LOADED)
        try:
            return self._client.receive()
        except UserError:
            # One that breaks the protocol would not heed the end of stdin either.
            self._client.kill()
            self.close()
            raise

    @property
    def process_id(self) -> int:
        """The process; 0 while there is none."""
        return 0 if self._client is None else self._client.process_id

    def close(self) -> None:
        """Ends the process."""
        client, self._client = self._client, None
        if client is not None:
            client.close()


class Tools:
    """Fulfils `ToolLink`: keeps the command until the loop runs it."""

    def __init__(self) -> None:
        self.waiting: tuple[str, Command] | None = None

    def start(self, name: str, command: Command) -> None:
        """Keeps the command, and which tool is to run it."""
        self.waiting = name, command

    def cancel(self) -> None:
        """Forgets it."""
        self.waiting = None


class Converter:
    """Fulfils `ConverterLink` by waiting for the converter."""

    def __init__(self) -> None:
        self.problem: str | None = None

    def start(self, source: Path, target: Path, quantization: str) -> None:
        """Converts and keeps how it ended."""
        say("Preparing the demo model …")
        self.problem = conversion.run(source, target, quantization)


class CtrlC:
    """Ctrl+C as a wish that the loop looks at, never in the midst of anything.

    So no message is half saved and no event lost. While the loop waits for the engine
    or a tool, `ask` is called, which makes them say something soon. A second Ctrl+C
    that finds the loop still waiting is an ordinary KeyboardInterrupt.

    Attributes:
        wished: True once Ctrl+C was pressed.

    Args:
        ask: Asks engine and tool to stop; called between two of Python's instructions
            while the loop waits, so it may only write to them.
    """

    def __init__(self, ask: Callable[[], None]) -> None:
        self._ask = ask
        self._waiting = False
        self.wished = False

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Watches for Ctrl+C for the length of a block."""
        self.wished = False
        previous = signal.signal(signal.SIGINT, self._handle)
        try:
            yield
        finally:
            signal.signal(signal.SIGINT, previous)

    @contextmanager
    def waiting(self) -> Iterator[None]:
        """A block in which nothing happens but waiting."""
        self._waiting = True
        try:
            yield
        finally:
            self._waiting = False

    @contextmanager
    def questioned(self) -> Iterator[None]:
        """A block that waits for the user: Ctrl+C ends it, and is a wish as ever."""
        previous = signal.signal(signal.SIGINT, signal.default_int_handler)
        try:
            yield
        except KeyboardInterrupt:
            self.wished = True
        finally:
            signal.signal(signal.SIGINT, previous)

    def _handle(self, _number: int, _frame: FrameType | None) -> None:
        if self.wished and self._waiting:
            raise KeyboardInterrupt
        self.wished = True
        if self._waiting:
            self._ask()
