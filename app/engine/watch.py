"""Is the engine still there? The parent's side of `Alive`.

Counted in ticks and not in seconds: a tick is a second in which the parent itself ran.
While the computer sleeps, or the parent is stopped, there are none, and afterwards the
engine has as many left to say something as it had before.
"""

import threading
from dataclasses import dataclass
from typing import Final

from app.engine.protocol import (
    Alive,
    Command,
    Counted,
    Event,
    Failed,
    Finished,
    Forget,
    Hello,
    Loaded,
    ModelsListed,
    Prepared,
    Stop,
    Tokenized,
    Unload,
    Unloaded,
)

_ENDINGS: Final = (
    Finished | Prepared | Tokenized | Counted | ModelsListed | Loaded | Failed
)


@dataclass(frozen=True, slots=True)
class Patience:
    """How many ticks an engine that has something to do is waited for.

    Attributes:
        start: Without a word before `Hello`. Libraries are loaded, from a cold disk
            perhaps, and none of our code runs meanwhile.
        silence: Without a word after it: the process is stopped or hangs.
        standstill: Without a word but `Alive`: native code does not return. A batch of
            128 tokens may take minutes where weights come from a slow disk.
        stopping: The same, when what it does was to stop at once.
        tick: Seconds of a tick.
    """

    start: int = 120
    silence: int = 30
    standstill: int = 900
    stopping: int = 60
    tick: float = 1.0


USUAL: Final = Patience()
"""For the program; tests have less."""


class Watch:
    """Notes what is asked and answered; may be used from several threads.

    The lock can be taken twice by a thread, because a signal's handler may send.
    """

    def __init__(self, patience: Patience) -> None:
        self._patience: Final = patience
        self._lock: Final = threading.RLock()
        self.begin()

    def begin(self) -> None:
        """A new engine is started; nothing is known of it."""
        with self._lock:
            self._greeted = False
            self._open: set[str | None] = set()
            self._stopping = False
            self._silent = self._still = 0

    @property
    def waiting(self) -> bool:
        """Whether the engine has to say something."""
        return not self._greeted or bool(self._open)

    def sent(self, command: Command) -> None:
        """Takes what was asked."""
        with self._lock:
            if not self.waiting:
                self._silent = self._still = 0
            match command:
                case Stop() if command.id in self._open and not self._stopping:
                    self._stopping = True
                    self._still = 0
                case Stop() | Forget():
                    pass
                case Unload():
                    self._open.add(None)
                case _:
                    self._open.add(command.id)

    def heard(self, event: Event) -> None:
        """Takes what the engine said."""
        with self._lock:
            self._silent = 0
            if not isinstance(event, Alive) or event.elsewhere:
                self._still = 0
            match event:
                case Hello():
                    self._greeted = True
                case Unloaded():
                    self._answered(None)
                case _ if isinstance(event, _ENDINGS):
                    self._answered(event.id)
                case _:
                    pass

    def tick(self) -> int:
        """Counts a tick.

        Returns:
            How many ticks the engine has not answered or not come on, once those are
            too many; 0 until then.
        """
        with self._lock:
            if not self.waiting:
                return 0
            self._silent += 1
            self._still += 1
            patience = self._patience
            silence = patience.silence if self._greeted else patience.start
            still = patience.stopping if self._stopping else patience.standstill
            if self._silent >= silence:
                return self._silent
            return self._still if self._still >= still else 0

    def _answered(self, name: str | None) -> None:
        self._open.discard(name)
        self._stopping = self._stopping and bool(self._open)
