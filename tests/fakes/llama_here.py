"""The llama backend in the test's own process, where its cache can be looked at."""

from contextlib import contextmanager

from app.domain.generation import Sampling, Segment
from app.engine.backend import CancelFlag
from app.engine.backends.llama.backend import LlamaBackend
from app.engine.protocol import (
    ControlToken,
    Finished,
    Generate,
    Load,
    Prepare,
    Prepared,
    TextDelta,
    Tokenize,
    Tokenized,
    TokenScored,
)

GREEDY = Sampling(temperature=0, repetition_penalty=1, max_tokens=8)


class LlamaHere:
    """A backend and its cancel flag."""

    def __init__(self):
        self.cancelled = CancelFlag()
        self.backend = LlamaBackend(self.cancelled)

    @property
    def cache(self):
        """The cache of the loaded model."""
        return self.backend._model.cache

    def load(self, path, **settings):
        """Loads a model; what it says of itself.

        One thread: several wait for each other where other programs run too.
        """
        self.cancelled.clear()
        command = Load(str(path), **{"threads": 1, **settings})
        return self.backend.load(command, lambda _fraction: None)

    def generate(self, prompt, sampling=GREEDY, **options):
        """Generates to the end."""
        command = Generate("g", segments(prompt), sampling, **options)
        events = list(self.backend.generate(command))
        return Written(events)

    def prepare(self, prompt, **options):
        """Prepares to the end; the last event."""
        *_, last = self.backend.prepare(Prepare("p", segments(prompt), **options))
        assert isinstance(last, Prepared)
        return last

    def save(self, steps=None):
        """Does spare work: all of it, or so many steps."""
        work = self.backend.spare_work()
        for done, _ in enumerate(work, 1):
            if done == steps:
                break
        work.close()

    def close(self):
        """Frees everything."""
        self.backend.close()


class Written:
    """What came of a generation."""

    def __init__(self, events):
        self.finished = events[-1]
        assert isinstance(self.finished, Finished)
        self.texts = {}
        self.scored = [event for event in events if isinstance(event, TokenScored)]
        self.controls = [e.token for e in events if isinstance(e, ControlToken)]
        for event in events:
            if isinstance(event, TextDelta):
                text = self.texts.get(event.candidate, "")
                self.texts[event.candidate] = text + event.text

    @property
    def text(self):
        return self.texts.get(0, "")

    @property
    def usage(self):
        return self.finished.usage

    @property
    def reason(self):
        return self.finished.reason


class EngineHere:
    """An `EngineLink` that answers at once.

    Attributes:
        events: What it answered and nobody has taken yet.
        told: All that it answered.
        commands: What it was asked.
    """

    def __init__(self, llama):
        self._llama = llama
        self.events = []
        self.told = []
        self.commands = []

    def send(self, command):
        """Carries a command out."""
        self.commands.append(command)
        backend = self._llama.backend
        if isinstance(command, Tokenize):
            counts = tuple(len(backend.tokenize((s,))) for s in command.prompt)
            tokens = backend.tokenize(command.prompt)
            answer = [Tokenized(command.id, tokens, counts)]
        elif isinstance(command, Generate):
            answer = list(backend.generate(command))
        else:
            answer = list(backend.prepare(command))
        self.events += answer
        self.told += answer


def segments(prompt):
    """A prompt as segments; a string is one of text."""
    return (Segment(prompt),) if isinstance(prompt, str) else tuple(prompt)


@contextmanager
def llama_here():
    """A backend for the length of a block."""
    llama = LlamaHere()
    try:
        yield llama
    finally:
        llama.close()
