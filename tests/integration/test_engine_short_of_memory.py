"""Memory that does not suffice, from the ladder's steps to the words of each.

The engine has a limit of what it may map, and so has every engine that follows it. The
same in the window: `tests/e2e/test_short_of_memory.py`.
"""

import sys

import pytest

from app import paths
from app.cli.links import Converter, Engine
from app.cli.screen import Screen
from app.domain.errors import ErrorCode
from app.domain.generation import Segment
from app.domain.hardware import KvType, Step
from app.engine.client import EngineLostError
from app.engine.protocol import (
    Failed,
    Finished,
    Generate,
    Load,
    Loaded,
    LoadStep,
    Prepare,
    Prepared,
    Tokenize,
    Tokenized,
)
from app.services.models import ModelService, StatePlace
from app.services.observers import ModelState
from app.services.words import SENTENCES
from tests.fakes import engines, tiny_gguf
from tests.fakes.engines import GREEDY
from tests.fakes.limited_engine import limit, limited
from tests.fakes.tiny_gguf import LONG_WINDOW

pytestmark = [
    pytest.mark.model,
    pytest.mark.skipif(sys.platform != "linux", reason="limits of Linux"),
]

EIGHT_BITS = (
    "Memory was not enough. "
    "Trying again with 8 bits instead of 16 for what the model has read."
)
SMALL_BATCH = "Memory was not enough. Trying again with 32 tokens at a time."
KEPT_SMALLER = (
    "What the model has read is kept in 8 bits instead of 16, so that it fits."
)
NONE_LEFT = SENTENCES[ErrorCode.OUT_OF_MEMORY].partition("{")[0]


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return tiny_gguf.write(tmp_path_factory.mktemp("models") / "m.gguf", LONG_WINDOW)


class Terminal:
    """The terminal's model service, and what it says."""

    def __init__(self, mebibytes, folder):
        self.engine = Engine(paths.find())
        self.engine._command = limited(self.engine._command, mebibytes)
        self.models = ModelService(
            engine=self.engine,
            converter=Converter(),
            observer=Screen(quiet=True),
            models=folder,
            demo_checkpoint=folder,
            states=StatePlace(folder / "states"),
        )

    def load(self, model):
        self.models.open(model)
        self.wait()

    def ask(self, command):
        """How a command ends, or the engine."""
        self.wait()
        self.engine.send(command)
        ends = Finished | Failed | Prepared | Tokenized | EngineLostError
        while not isinstance(event := self.step(), ends):
            pass
        return event

    def wait(self):
        while self.models.state.is_loading:
            self.step()

    def step(self):
        try:
            event = self.engine.receive()
        except EngineLostError as error:
            self.models.engine_lost(error)
            return error
        self.models.engine_event(event)
        return event


@pytest.fixture
def terminal(home, tmp_path):
    """Makes a terminal whose engines may map so many MiB more."""
    made = []

    def make(mebibytes):
        made.append(Terminal(mebibytes, tmp_path))
        return made[-1]

    yield make
    for terminal in made:
        terminal.engine.close()


@pytest.mark.parametrize(
    ("mebibytes", "steps"),
    [(500, []), (345, [EIGHT_BITS]), (305, [EIGHT_BITS, SMALL_BATCH])],
)
def test_each_step_is_said_and_then_there_is_an_answer(
    terminal, model, capsys, mebibytes, steps
):
    moss = terminal(mebibytes)
    moss.load(model)
    said = capsys.readouterr().err.splitlines()
    # An attempt may also cost the engine, which is said as well.
    assert [line for line in said if "Trying" in line] == steps
    assert any(KEPT_SMALLER in line for line in said) == bool(steps)
    assert isinstance(
        moss.ask(Generate("g", (Segment("abc" * 200),), GREEDY)), Finished
    )


def test_when_no_step_is_left_it_is_said(terminal, model, capsys):
    moss = terminal(240)
    moss.load(model)
    assert moss.models.state is ModelState.FAILED
    said = capsys.readouterr().err.splitlines()
    assert said[:2] == [EIGHT_BITS, SMALL_BATCH]
    assert said[2].startswith(NONE_LEFT)
    assert "m.gguf" in said[2]
    assert len(said) == 3


HUGE = Segment("x y" * 2_000_000)


@pytest.mark.parametrize("mebibytes", [400, 410, 440, 480])
def test_memory_that_runs_out_later_is_said_and_the_next_is_answered(
    terminal, model, capsys, mebibytes
):
    moss = terminal(mebibytes)
    moss.load(model)
    capsys.readouterr()
    for command in (
        Tokenize("t", (HUGE,)),
        Generate("g", (HUGE,), GREEDY),
        Prepare("p", (HUGE,)),
    ):
        end = moss.ask(command)
        assert isinstance(end, Failed | EngineLostError)
        assert end.code in {ErrorCode.OUT_OF_MEMORY, ErrorCode.ENGINE_LOST}
        small = Generate("s", (Segment("abc"),), GREEDY)
        assert isinstance(moss.ask(small), Finished)
        if isinstance(end, EngineLostError):
            assert "The engine stopped and is starting again" in capsys.readouterr().err
    assert moss.models.state is ModelState.READY


def test_what_did_not_suffice_in_use_is_loaded_with_less(model):
    with engines.Engine() as engine:
        placement = engine.load(model).model.placement
        assert placement.kv_type is KvType.F16
        # There is plenty: it was not memory.
        assert engine.load(model, less=True).model.placement.kv_type is KvType.F16
    with engines.Engine() as engine:
        limit(engine.process_id, 410)
        assert engine.load(model).model.placement.kv_type is KvType.F16
        engine.send(Load(str(model), less=True))
        event, steps = engine.receive(), []
        while not isinstance(event, Loaded):
            steps += [event.step] if isinstance(event, LoadStep) else []
            event = engine.receive()
        assert steps == [Step.SMALLER_KV]
        assert event.model.placement.kv_type is KvType.Q8_0
        # It is remembered as what works.
        assert engine.load(model).model.placement.kv_type is KvType.Q8_0
