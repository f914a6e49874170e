"""The seam between the engine process and what runs a model.

A backend carries out the protocol's commands, one at a time and in one thread. It
knows nothing of pipes, queues or JSON; `app.engine.worker` does. Errors are raised:
`UserError` for what the user can mend, anything else for a bug.
"""

import ctypes
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Protocol

from app.domain.generation import ModelInfo, Segment
from app.engine.protocol import (
    ControlToken,
    Finished,
    Generate,
    Hello,
    ListModels,
    Load,
    LoadProgress,
    LoadStep,
    Prepare,
    Prepared,
    PromptProgress,
    TextDelta,
    TokenScored,
)

GenerationEvent = PromptProgress | TextDelta | ControlToken | TokenScored | Finished
PreparationEvent = PromptProgress | Prepared


class CancelFlag:
    """Set by the thread that reads commands, looked at by the one that works.

    Native code can look at it without Python: `address` is that of a C string which
    is empty until the flag is set.
    """

    def __init__(self) -> None:
        self._text = ctypes.create_string_buffer(2)
        self._event = threading.Event()
        self._hidden = False
        self._lock = threading.Lock()
        self._actions: list[Callable[[], None]] = []

    def set(self) -> None:
        """Asks for an end of what is being done."""
        self._event.set()
        # Called within the lock, so that nothing is called once its block is left.
        with self._lock:
            self._show()
            for action in self._actions:
                action()

    def clear(self) -> None:
        """Before something new is begun."""
        self._event.clear()
        with self._lock:
            self._show()

    def is_set(self) -> bool:
        """Whether an end is asked for."""
        return self._event.is_set()

    def wait(self) -> None:
        """Returns when an end is asked for."""
        self._event.wait()

    @contextmanager
    def calling(self, action: Callable[[], None]) -> Iterator[None]:
        """A block in which `action` is called when an end is asked for.

        It is called in the thread that sets the flag, at once if that was before;
        it may be called twice, and it must be quick and raise nothing.
        """
        with self._lock:
            self._actions.append(action)
        try:
            if self.is_set():
                action()
            yield
        finally:
            with self._lock:
                self._actions.remove(action)

    @contextmanager
    def hidden(self) -> Iterator[None]:
        """A block in which native code does not see it: for what must not be halved."""
        self._hide(hidden=True)
        try:
            yield
        finally:
            self._hide(hidden=False)

    def _hide(self, *, hidden: bool) -> None:
        with self._lock:
            self._hidden = hidden
            self._show()

    def _show(self) -> None:
        """Tells native code; within the lock."""
        self._text[0] = b"!" if self._event.is_set() and not self._hidden else b"\0"

    @property
    def address(self) -> int:
        """Where the C string lies; valid as long as the flag lives."""
        return ctypes.addressof(self._text)


class Backend(Protocol):
    """Something that runs language models.

    Whoever creates a backend gives it a `CancelFlag`; when that is set, `load` fails
    soon, `generate` ends soon with reason "cancelled", and `prepare` ends soon.
    """

    def hello(self) -> Hello:
        """Who the backend is and which devices it sees."""
        ...

    def load(
        self, command: Load, report: Callable[[LoadProgress | LoadStep], None]
    ) -> ModelInfo:
        """Loads a model; the present one is unloaded first, whatever comes.

        Args:
            command: What to load; its path is absolute.
            report: Called in this thread: how far it has come, what is tried next.

        Raises:
            UserError: The file is missing, damaged or not supported, or memory is
                short. No model is loaded then.
        """
        ...

    def unload(self) -> None:
        """Gives the model's memory back; no model is no error."""
        ...

    def tokenize(self, prompt: tuple[Segment, ...]) -> tuple[int, ...]:
        """The token ids of a prompt.

        Raises:
            UserError: No model is loaded, or it has no such control token.
        """
        ...

    def generate(self, command: Generate) -> Iterator[GenerationEvent]:
        """Continues a prompt; `Finished` comes last.

        Raises:
            UserError: No model is loaded, or the prompt does not fit.
        """
        ...

    def prepare(self, command: Prepare) -> Iterator[PreparationEvent]:
        """Gets ready for a prompt; `Prepared` comes last.

        Raises:
            UserError: No model is loaded, or the prompt does not fit.
        """
        ...

    def spare_work(self) -> Iterator[None]:
        """What can wait until nobody waits: short steps, asked for one by one.

        May be given up after any step; nothing is cancelled meanwhile.
        """
        ...

    def forget(self, chat: str) -> None:
        """Deletes what is kept of a chat; none is no error."""
        ...

    def close(self) -> None:
        """Unloads and lets go of devices; nothing may be asked afterwards."""
        ...


class Directory(Protocol):
    """Something that can say which models a server has."""

    def list_models(self, command: ListModels) -> tuple[str, ...]:
        """The names of a server's models.

        Raises:
            UserError: The server cannot be asked.
        """
        ...
