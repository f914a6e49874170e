"""Two sides: the engine as the window runs it, and llama.cpp alone."""

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

import msgspec

from app.domain.generation import ModelInfo, Sampling, Segment
from app.engine.client import EngineClient, command_line
from app.engine.processors import thread_count
from app.engine.protocol import (
    Event,
    Failed,
    Finished,
    Generate,
    Hello,
    Load,
    Loaded,
    Prepare,
    Prepared,
    PromptProgress,
    TextDelta,
    Tokenize,
    Tokenized,
)
from benchmarks.chatting.tasks import Done, Setup, Task
from benchmarks.measure import MeasureError

_WORDS = " and then one more word of a prompt that nobody will ever want to read"
_BUDGET = 1 << 30
_ROOT = Path(__file__).parents[2]
GREEDY = Sampling(temperature=0, repetition_penalty=1)
_Kind = TypeVar("_Kind", bound=Event)


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A generation as it looked from the other end of the pipe. Times in seconds.

    Attributes:
        text: What was written.
        whole: From the command to the end.
        decoding: From the end of the prompt to the end.
        finished: The last event.
    """

    text: str
    whole: float
    decoding: float
    finished: Finished


class Engine(EngineClient):
    """An engine process."""

    def __init__(self, arguments: Sequence[str] | None = None) -> None:
        """Starts it; it has said hello then."""
        super().__init__(arguments or command_line())
        self._expect(Hello)

    def load(
        self, path: Path, *, context: int | None = None, states: Path | None = None
    ) -> ModelInfo:
        """Loads a model on the processor.

        Args:
            path: The file.
            context: Tokens of the window; None takes all.
            states: Where the engine keeps what it has read; None keeps nothing.

        Raises:
            MeasureError: It cannot be loaded.
        """
        self.send(
            Load(
                str(path),
                context=context,
                gpu_layers=0,
                # The other side has no drafts either.
                speculation=False,
                state_folder=None if states is None else str(states),
                state_budget=_BUDGET,
            )
        )
        return self._expect(Loaded).model

    def tokenize(self, prompt: Sequence[Segment]) -> tuple[int, ...]:
        """The ids of a prompt."""
        self.send(Tokenize("t", tuple(prompt)))
        return self._expect(Tokenized).tokens

    def filler(self, tokens: int) -> str:
        """Text of about so many tokens, rather fewer."""
        return _WORDS * (tokens // len(self.tokenize((Segment(_WORDS),))))

    def prepare(self, command: Prepare) -> None:
        """Prepares to the end."""
        self.send(command)
        self._expect(Prepared)

    def generate(self, command: Generate) -> Written:
        """Generates to the end.

        Raises:
            MeasureError: It failed.
        """
        text: list[str] = []
        ready = 0.0
        clock = time.perf_counter
        start = clock()
        self.send(command)
        for event in self.events():
            match event:
                case TextDelta():
                    text.append(event.text)
                case PromptProgress() if event.done == event.total:
                    ready = clock()
                case Finished():
                    end = clock()
                    return Written(
                        text="".join(text),
                        whole=end - start,
                        decoding=end - ready,
                        finished=event,
                    )
                case _:
                    self.check(event)
        raise AssertionError

    @staticmethod
    def check(event: Event) -> None:
        """Looks at an event that may be any.

        Raises:
            MeasureError: It is a failure.
        """
        if isinstance(event, Failed):
            message = f"the engine says {event.code}: {event.detail}"
            raise MeasureError(message)

    def _expect(self, kind: type[_Kind]) -> _Kind:
        for event in self.events():
            if isinstance(event, kind):
                return event
            self.check(event)
        raise AssertionError


class Peer:
    """llama.cpp alone; a context manager."""

    def __init__(self, model: ModelInfo, *, spins: bool = False) -> None:
        """Starts it and loads a model.

        Args:
            model: As the engine has loaded it.
            spins: Whether OpenMP's threads wait for each other as long as they do by
                default; otherwise as in the engine, which has them sleep soon.
        """
        placement = model.placement
        environment = {**os.environ, "PYTHONPATH": str(_ROOT)}
        if not spins:
            environment.setdefault("GOMP_SPINCOUNT", "1000")
        self._process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.chatting.bare"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=_ROOT,
            env=environment,
        )
        setup = Setup(
            path=model.path,
            context=model.context,
            batch=placement.batch,
            threads=placement.threads,
            batch_threads=thread_count(),
            kv_type=placement.kv_type,
            gpu_layers=placement.gpu_layers,
            mapped=placement.mapped,
            repacked=placement.repacked,
        )
        self.ask(setup)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._process.communicate()

    @property
    def process_id(self) -> int:
        """Its process id."""
        return self._process.pid

    def ask(self, task: Task) -> Done:
        """Has a task done.

        Raises:
            MeasureError: It could not be done.
        """
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None
        assert stdout is not None
        stdin.write(msgspec.json.encode(task) + b"\n")
        stdin.flush()
        line = stdout.readline()
        if not line:
            message = f"llama.cpp alone ended with code {self._process.wait()}"
            raise MeasureError(message)
        return msgspec.json.decode(line, type=Done)
