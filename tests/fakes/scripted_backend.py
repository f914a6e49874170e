"""A backend that does what a test says."""

from app.domain.generation import FinishReason, ModelInfo, Usage
from app.engine.protocol import (
    PROTOCOL_VERSION,
    Finished,
    Hello,
    LoadProgress,
    Prepared,
    PromptProgress,
    TextDelta,
)

MODEL = ModelInfo(
    path="m.gguf",
    name="Fake",
    architecture="fake",
    form="sft",
    demo=False,
    parameters=1,
    size_bytes=1,
    vocabulary=9,
    context=512,
    device="CPU",
)


class ScriptedBackend:
    """Answers at once, fails with `error` if there is one, generates by `generation`.

    Attributes:
        forgotten: The chats to be forgotten.
        prepared: The preparations that were begun.
        spare: Steps of spare work; taken from its end as they are done.
        loads: The load commands that came.
        unloads: How often it was told to unload.
        closed: Whether it was closed.
    """

    def __init__(self, cancelled):
        self.cancelled = cancelled
        self.generation = ScriptedBackend.one_word
        self.error = None
        self.loads = []
        self.unloads = 0
        self.prepared = []
        self.forgotten = []
        self.spare = []
        self.closed = False

    def hello(self):
        return Hello(PROTOCOL_VERSION, "scripted")

    def load(self, command, report):
        self._fail()
        self.loads.append(command)
        report(LoadProgress(0.5))
        return MODEL

    def unload(self):
        self.unloads += 1

    def tokenize(self, _prompt):
        self._fail()
        return (1, 2, 3)

    def generate(self, command):
        self._fail()
        yield from self.generation(self, command)

    def prepare(self, command):
        self.prepared.append(command.id)
        yield PromptProgress(command.id, 0, 1)
        self.cancelled.wait()
        yield Prepared(command.id, Usage(), complete=False)

    def spare_work(self):
        while self.spare:
            yield
            self.spare.pop()()

    def forget(self, chat):
        self.forgotten.append(chat)

    def list_models(self, command):
        self._fail()
        if command.address == "https://silent":
            self.cancelled.wait()
        return (command.address, "b")

    def close(self):
        self.closed = True

    def one_word(self, command):
        yield TextDelta(command.id, "text")
        yield Finished(command.id, FinishReason.STOP, Usage())

    def until_cancelled(self, command):
        yield TextDelta(command.id, "waiting")
        self.cancelled.wait()
        yield Finished(command.id, FinishReason.CANCELLED, Usage())

    def _fail(self):
        if self.error is not None:
            raise self.error
