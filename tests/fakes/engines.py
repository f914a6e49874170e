"""Real engine processes, spoken to in a test's words."""

import sys
from collections.abc import Sequence

from app.domain.generation import FinishReason, Sampling, Segment, StopRule, Usage
from app.engine.client import EngineClient, command_line
from app.engine.protocol import (
    ControlToken,
    Event,
    Failed,
    Finished,
    Generate,
    Hello,
    Load,
    Loaded,
    PromptProgress,
    TextDelta,
    Tokenize,
    Tokenized,
)
from app.engine.watch import USUAL, Patience

GREEDY = Sampling(temperature=0, repetition_penalty=1, max_tokens=8)


class Engine(EngineClient):
    """An engine process that has said hello."""

    def __init__(
        self, *options: str, script: str = "", patience: Patience = USUAL
    ) -> None:
        """Starts it.

        Args:
            options: Arguments of `python -m app.engine`.
            script: Python that runs before the engine's `main`, in its process.
            patience: How long it may be silent.
        """
        arguments = (*command_line(), *options)
        if script:
            start = f"from app.engine import __main__ as engine\n{script}\n"
            start += f"engine.main({options!r})"
            arguments = (sys.executable, "-c", start)
        super().__init__(arguments, patience=patience)
        hello = self.receive()
        assert isinstance(hello, Hello)
        self.hello = hello

    def load(self, path, **settings) -> Loaded | Failed:
        """Loads a model and returns how that ended."""
        self.send(Load(str(path), **settings))
        return self.last((Loaded, Failed))

    def last(self, kinds: tuple[type, ...]) -> Event:
        """The next event of these kinds; others are skipped."""
        return next(event for event in self.events() if isinstance(event, kinds))

    def tokenize(self, *segments: Segment) -> tuple[int, ...]:
        """The ids of a prompt."""
        self.send(Tokenize("t", segments))
        return self.last((Tokenized,)).tokens

    def start(
        self,
        prompt: str | Sequence[Segment],
        sampling: Sampling = GREEDY,
        stop: Sequence[StopRule] = (),
        *,
        name: str = "g",
    ) -> None:
        """Asks for a generation."""
        segments = (Segment(prompt),) if isinstance(prompt, str) else tuple(prompt)
        self.send(Generate(name, segments, sampling, tuple(stop)))

    def generate(
        self,
        prompt: str | Sequence[Segment],
        sampling: Sampling = GREEDY,
        stop: Sequence[StopRule] = (),
    ) -> "Reply":
        """Generates to the end."""
        self.start(prompt, sampling, stop)
        return self.reply()

    def reply(self) -> "Reply":
        """Collects events up to the end of a generation."""
        reply = Reply()
        for event in self.events():
            if reply.take(event):
                break
        return reply


class Reply:
    """What came of a generation.

    Attributes:
        text: Its text, control tokens left out.
        controls: Its control tokens.
        progress: How many prompt tokens were done, as it was told.
        failed: The failure that ended it, if there was one.
    """

    def __init__(self) -> None:
        self.text = ""
        self.controls: list[str] = []
        self.progress: list[int] = []
        self.failed: Failed | None = None
        self.finished: Finished | None = None

    @property
    def usage(self) -> Usage:
        assert self.finished is not None, self.failed
        return self.finished.usage

    @property
    def reason(self) -> FinishReason:
        assert self.finished is not None, self.failed
        return self.finished.reason

    def take(self, event: Event) -> bool:
        """Notes an event; true for the last one."""
        match event:
            case TextDelta():
                self.text += event.text
            case ControlToken():
                self.controls.append(event.token)
            case PromptProgress():
                self.progress.append(event.done)
            case Failed():
                self.failed = event
            case Finished():
                self.finished = event
        return isinstance(event, Finished | Failed)
