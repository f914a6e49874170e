"""When an engine is given up: counted, without a clock."""

import pytest

from app.domain.errors import ErrorCode
from app.domain.generation import FinishReason, Usage
from app.engine.protocol import (
    PROTOCOL_VERSION,
    Alive,
    Count,
    Counted,
    Failed,
    Finished,
    Forget,
    Generate,
    Hello,
    ListModels,
    Load,
    Loaded,
    LoadProgress,
    ModelsListed,
    Prepare,
    Prepared,
    PromptProgress,
    Stop,
    TextDelta,
    Tokenize,
    Tokenized,
    Unload,
    Unloaded,
)
from app.engine.watch import Patience, Watch
from tests.fakes.scripted_backend import MODEL

PATIENCE = Patience(start=5, silence=3, standstill=6, stopping=4)
HELLO = Hello(PROTOCOL_VERSION, "fake")
DONE = Finished("g", FinishReason.STOP, Usage())


@pytest.fixture
def watch():
    watch = Watch(PATIENCE)
    watch.heard(HELLO)
    return watch


def ticks(watch, *between, most=1000):
    """How many ticks go by until it is given up; None if that does not happen."""
    for _ in range(most):
        if given_up := watch.tick():
            return given_up
        for event in between:
            watch.heard(event)
    return None


def test_a_start_may_take_longer():
    watch = Watch(PATIENCE)
    assert ticks(watch) == 5
    watch.begin()
    watch.sent(Load("m.gguf"))
    assert ticks(watch) == 5
    watch.begin()
    assert ticks(watch, Alive()) == 6


def test_nobody_is_waited_for_who_has_nothing_to_do(watch):
    assert not watch.waiting
    assert ticks(watch) is None
    watch.sent(Forget("c"))
    watch.sent(Stop("never"))
    assert ticks(watch) is None


def test_silence_is_counted_from_the_last_word(watch):
    watch.sent(Generate("g", ()))
    assert [watch.tick(), watch.tick()] == [0, 0]
    watch.heard(TextDelta("g", "a"))
    assert [watch.tick(), watch.tick(), watch.tick()] == [0, 0, 3]


def test_what_was_counted_before_a_pause_does_not_count_after_it(watch):
    watch.sent(Generate("g", ()))
    watch.tick()
    watch.tick()
    watch.heard(DONE)
    watch.sent(Generate("g", ()))
    assert watch.tick() == 0


@pytest.mark.parametrize("event", [PromptProgress("g", 1, 2), LoadProgress(0.1)])
def test_who_comes_on_is_waited_for(watch, event):
    watch.sent(Generate("g", ()))
    assert ticks(watch, event) is None


def test_who_is_alive_and_does_not_come_on_is_waited_for_longer(watch):
    watch.sent(Generate("g", ()))
    assert ticks(watch, Alive()) == 6


def test_a_server_has_limits_of_its_own(watch):
    watch.sent(Generate("g", ()))
    assert ticks(watch, Alive(elsewhere=True)) is None


def test_a_stop_is_to_be_heeded(watch):
    watch.sent(Generate("g", ()))
    for _ in range(5):
        watch.tick()
        watch.heard(Alive())
    watch.sent(Stop("g"))
    watch.sent(Stop("g"))
    assert ticks(watch, Alive()) == 4


def test_what_was_stopped_does_not_hurry_what_follows(watch):
    watch.sent(Generate("g", ()))
    watch.sent(Stop("g"))
    watch.heard(DONE)
    watch.sent(Generate("g", ()))
    assert ticks(watch, Alive()) == 6


@pytest.mark.parametrize(
    ("command", "answer"),
    [
        (Load("m"), Loaded(MODEL, 0.1)),
        (Load("m", id="l"), Loaded(MODEL, 0.1, "l")),
        (Load("m", id="l"), Failed(ErrorCode.OUT_OF_MEMORY, id="l")),
        (Load("m"), Failed(ErrorCode.OUT_OF_MEMORY)),
        (Unload(), Unloaded()),
        (Tokenize("t", ()), Tokenized("t", ())),
        (Generate("g", ()), DONE),
        (Generate("g", ()), Failed(ErrorCode.INTERNAL, id="g")),
        (Prepare("p", ()), Prepared("p", Usage())),
        (Count("n", ()), Counted("n", ())),
        (ListModels("n", "https://host"), ModelsListed("n", ())),
    ],
)
def test_each_command_has_its_answer(watch, command, answer):
    watch.sent(command)
    assert watch.waiting
    watch.heard(Finished("another", FinishReason.STOP, Usage()))
    assert watch.waiting
    watch.heard(answer)
    assert not watch.waiting
