"""The engine process's loop: commands in, events out, one thing at a time.

A thread reads stdin, so that a stop is noticed while the backend works. It never
writes: all events come from the main thread, in order, but for the pulse's.
"""

import logging
import os
import queue
import threading
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import Final, assert_never, cast

import msgspec

from app.domain.errors import ErrorCode, UserError
from app.domain.remote import is_link
from app.engine.backend import Backend, CancelFlag, Directory
from app.engine.coalescing import Coalescer
from app.engine.lines import LineReader
from app.engine.protocol import (
    MAX_LINE_BYTES,
    Command,
    Count,
    Counted,
    Event,
    Failed,
    Forget,
    Generate,
    ListModels,
    Load,
    Loaded,
    ModelsListed,
    Prepare,
    Stop,
    Tokenize,
    Tokenized,
    Unload,
    Unloaded,
    decode_command,
    encode,
)
from app.engine.pulse import Pulse

_GRACE_SECONDS: Final = 2.0
_IDLE_SECONDS: Final = 0.5
"""Without a command for so long, work that can wait is done: not between the two
stages of a reply."""
_MOST_TOKENS: Final = MAX_LINE_BYTES // 16
_WITH_ID: Final = Count | Generate | ListModels | Load | Prepare | Tokenize | Stop
_STOPPABLE: Final = Generate | ListModels | Load | Prepare | Tokenize
_USES: Final = Generate | Prepare | Forget
_LOG = logging.getLogger(__name__)


class _Idle:
    """Stands for a command while there is none."""


class Inbox:
    """Reads commands in a thread of its own and hands them over in order.

    `Stop` takes no place in the order: it sets the cancel flag at once when what it
    ends runs, and is remembered when that still waits. Any other command stops the
    preparations that were asked for before it.
    """

    def __init__(self, lines: LineReader, cancelled: CancelFlag, pulse: Pulse) -> None:
        self._lines = lines
        self._pulse = pulse
        self._cancelled = cancelled
        self._queue: queue.SimpleQueue[Command | UserError | None] = queue.SimpleQueue()
        self._pending: list[Command | UserError | None] = []
        self._lock = threading.Lock()
        self._waiting: set[str] = set()
        self._stopped: set[str] = set()
        self._preparing: set[str] = set()
        self._running: str | None = None
        self._ended = False
        self._thread = threading.Thread(target=self._read, daemon=True, name="inbox")

    def start(self, after_end: Callable[[], None]) -> None:
        """Begins to read.

        Args:
            after_end: Called in the thread once stdin has ended and the flag is set.
        """
        self._after_end = after_end
        self._thread.start()

    def get(self) -> Command | UserError | None:
        """Waits for the next command.

        Returns:
            A command, what was wrong with a line, or None at the end of stdin.
        """
        return self._pending.pop() if self._pending else self._queue.get()

    def is_idle(self, seconds: float) -> bool:
        """Whether no command comes for so long."""
        if not self._pending:
            try:
                self._pending.append(self._queue.get(timeout=seconds))
            except queue.Empty:
                return True
        return False

    @property
    def is_cancelled(self) -> bool:
        """Whether what was begun last is to end."""
        return self._cancelled.is_set()

    def next_count(self) -> Count | None:
        """The next command if it is there already and can be answered in between."""
        if not self.is_idle(0) and isinstance(self._pending[-1], Count):
            return cast("Count", self._pending.pop())
        return None

    def begin(self, name: str | None = None) -> None:
        """Before something that can be cancelled is begun; `Stop` knows its `name`."""
        with self._lock:
            self._running = name
            if name in self._stopped or self._ended:
                self._cancelled.set()
            else:
                self._cancelled.clear()

    def end(self) -> None:
        """After it: a stop that comes late has no effect."""
        with self._lock:
            if self._running is not None:
                self._waiting.discard(self._running)
                self._stopped.discard(self._running)
                self._preparing.discard(self._running)
            self._running = None

    def _read(self) -> None:
        while True:
            try:
                line = self._lines.read_line()
                if line is None:
                    break
                self._take(decode_command(line))
            except UserError as error:
                self._put(error)
            except OSError:
                break
        with self._lock:
            self._ended = True
            self._cancelled.set()
        self._queue.put(None)
        self._after_end()

    def _take(self, command: Command) -> None:
        if isinstance(command, Stop):
            self._stop(command.id)
            return
        if isinstance(command, Count):
            self._put(command)
            return
        with self._lock:
            for preparation in self._preparing:
                self._end(preparation)
            self._preparing.clear()
            if isinstance(command, _STOPPABLE) and command.id is not None:
                self._waiting.add(command.id)
            if isinstance(command, Prepare):
                self._preparing.add(command.id)
        self._put(command)

    def _put(self, item: Command | UserError) -> None:
        self._pulse.asked()
        self._queue.put(item)

    def _stop(self, name: str) -> None:
        with self._lock:
            self._end(name)

    def _end(self, name: str) -> None:
        if name == self._running:
            self._cancelled.set()
        elif name in self._waiting:
            self._stopped.add(name)


class Outbox:
    """Writes events to the pipe, from any thread; knows when nobody reads them."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._lock = threading.Lock()
        self._coalescer = Coalescer()
        self.lost = False

    def put(self, event: Event) -> None:
        """Writes a line, all of it; text of a fast model may wait for what follows."""
        with self._lock:
            if events := self._coalescer.add(event):
                self._write(b"".join(map(encode, events)))

    def _write(self, lines: bytes) -> None:
        rest = memoryview(lines)
        try:
            while rest and not self.lost:
                rest = rest[os.write(self._descriptor, rest) :]
        except OSError:
            self.lost = True


class Worker:
    """Carries out commands until stdin ends."""

    def __init__(
        self,
        backend: Backend,
        inbox: Inbox,
        outbox: Outbox,
        *,
        pulse: Pulse,
        base: Path,
        directory: Directory | None = None,
    ) -> None:
        """Puts the parts together.

        Args:
            backend: What runs models; closed at the end.
            inbox: Where commands come from; started by `run`.
            outbox: Where events go.
            pulse: Told when something is answered, the hello too; it has been started.
            base: The folder that relative model paths start from.
            directory: What asks servers for their models; None knows no servers.
        """
        self._backend = backend
        self._directory = directory
        self._inbox = inbox
        self._outbox = outbox
        self._pulse = pulse
        self._base = base
        self._remote = False
        self._finished = threading.Event()

    def run(self) -> None:
        """Says hello and works until the parent is gone."""
        self._inbox.start(self._leave_in_time)
        self._outbox.put(self._backend.hello())
        self._pulse.answered()
        while not self._outbox.lost and (item := self._inbox.get()) is not None:
            self._carry_out(item)
            self._pulse.answered()
            if self._inbox.is_idle(_IDLE_SECONDS):
                self._carry_out(_Idle())
        self._backend.close()
        self._pulse.stop()
        self._finished.set()

    def _leave_in_time(self) -> None:
        """Ends the process when native code does not heed the cancel flag."""
        if not self._finished.wait(_GRACE_SECONDS):
            os._exit(0)

    def _carry_out(self, item: Command | UserError | _Idle) -> None:
        """Answers one command; whatever goes wrong becomes `Failed`."""
        name = item.id if isinstance(item, _WITH_ID) else None
        try:
            if isinstance(item, _STOPPABLE):
                self._inbox.begin(item.id)
            self._dispatch(item)
        except UserError as error:
            self._fail(item, name, error)
        except MemoryError:
            self._fail(item, name, UserError(ErrorCode.OUT_OF_MEMORY))
        except Exception as error:  # noqa: BLE001  (the outermost loop; it is logged)
            _LOG.exception("A command failed unexpectedly")
            detail = f"{type(error).__name__}: {error}".splitlines()[0]
            self._outbox.put(Failed(ErrorCode.INTERNAL, detail, name))
        finally:
            self._inbox.end()

    def _fail(self, item: object, name: str | None, error: UserError) -> None:
        """Says what went wrong.

        Memory that runs out while the model is in use costs the model: between what is
        in the cache and what is on the books anything may be missing then.
        """
        unloaded = error.code is ErrorCode.OUT_OF_MEMORY and isinstance(item, _USES)
        if unloaded:
            self._backend.unload()
        self._outbox.put(Failed(error.code, error.detail, name, unloaded))

    def _dispatch(self, item: Command | UserError | _Idle) -> None:
        match item:
            case UserError():
                raise item
            case Load():
                self._load(item)
            case Unload():
                self._backend.unload()
                self._outbox.put(Unloaded())
            case Tokenize() | Count():
                self._measure(item)
            case Generate() | Prepare():
                self._read_or_write(item)
            case Forget():
                self._backend.forget(item.chat)
            case ListModels():
                self._list_models(item)
            case Stop():
                pass  # the inbox has seen to it
            case _Idle():
                self._work_in_idle_time()
            case _:
                assert_never(item)

    def _load(self, command: Load) -> None:
        started = time.perf_counter()
        path, states = command.path, command.state_folder
        self._remote = self._pulse.elsewhere = is_link(path)
        whole = msgspec.structs.replace(
            command,
            path=path if self._remote else str(self._base / path),
            state_folder=None if states is None else str(self._base / states),
        )
        try:
            info = self._backend.load(whole, self._outbox.put)
        except UserError as error:
            if self._inbox.is_cancelled:
                raise UserError(ErrorCode.LOAD_CANCELLED) from error
            raise
        self._outbox.put(Loaded(info, time.perf_counter() - started, command.id))

    def _measure(self, command: Tokenize | Count) -> None:
        if isinstance(command, Tokenize):
            self._tokenize(command)
        else:
            self._count(command)

    def _tokenize(self, command: Tokenize) -> None:
        tokenize = self._backend.tokenize
        counts: tuple[int, ...] = ()
        if command.each:
            counts = tuple(len(tokenize((segment,))) for segment in command.prompt)
        tokens = tokenize(command.prompt)
        if len(tokens) > _MOST_TOKENS:
            # No window has room for them, nor has a line.
            raise UserError(ErrorCode.PROMPT_TOO_LONG, f"{len(tokens)} tokens")
        self._outbox.put(Tokenized(command.id, tokens, counts))

    def _count(self, command: Count) -> None:
        counts = tuple(len(self._backend.tokenize(each)) for each in command.prompts)
        self._outbox.put(Counted(command.id, counts))

    def _count_in_between(self) -> None:
        """Answers what has been asked meanwhile; its failure is nobody else's."""
        while (command := self._inbox.next_count()) is not None:
            try:
                self._count(command)
            except UserError as error:
                self._outbox.put(Failed(error.code, error.detail, command.id))
            except MemoryError:
                self._outbox.put(Failed(ErrorCode.OUT_OF_MEMORY, id=command.id))
            self._pulse.answered()

    def _work_in_idle_time(self) -> None:
        """Does what can wait, for as long as no command comes, and memory lasts."""
        self._inbox.begin()
        with suppress(MemoryError):
            for _step in self._backend.spare_work():
                if not self._inbox.is_idle(0):
                    break

    def _read_or_write(self, command: Generate | Prepare) -> None:
        events: Iterable[Event] = (
            self._backend.generate(command)
            if isinstance(command, Generate)
            else self._backend.prepare(command)
        )
        for event in events:
            self._outbox.put(event)
            if self._outbox.lost:
                break
            self._count_in_between()

    def _list_models(self, command: ListModels) -> None:
        if self._directory is None:
            raise UserError(ErrorCode.SERVER_UNSUITABLE, command.address)
        self._pulse.elsewhere = True
        try:
            names = self._directory.list_models(command)
        finally:
            self._pulse.elsewhere = self._remote
        self._outbox.put(ModelsListed(command.id, names))
