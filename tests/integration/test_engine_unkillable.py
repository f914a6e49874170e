"""The engine is killed or stopped at any moment, and the next message is answered.

Here through the terminal's classes and bare; `tests/e2e/test_killed_engine.py` does the
same to the window.
"""

import os
import signal
import sqlite3
import sys
import threading
from random import Random

import pytest

from app import paths
from app.cli.links import Engine
from app.cli.session import Session
from app.domain.conversation import MessageState
from app.domain.errors import ErrorCode
from app.domain.generation import Sampling, Segment
from app.engine.client import EngineClient, EngineLostError
from app.engine.protocol import (
    MAX_LINE_BYTES,
    Failed,
    Finished,
    Generate,
    Load,
    Loaded,
    LoadProgress,
    Prepare,
    Prepared,
    TextDelta,
    Tokenize,
    Unload,
    Unloaded,
)
from app.engine.watch import Patience
from app.services.observers import ModelState
from tests.fakes import tiny_gguf
from tests.fakes.engines import Engine as BareEngine
from tests.fakes.killing import SIGNALS, kill_soon, no_core_files
from tests.fakes.tiny_gguf import TinyModel

pytestmark = pytest.mark.skipif(os.name != "posix", reason="needs POSIX signals")

QUESTIONS = ("What can you do?", "你好", "What is 37*48?", "Hello " * 60)
LONG = Sampling(max_tokens=400, repetition_penalty=1, seed=1)
HASTE = 0.0005
"""Seconds of a tick, once an engine is to be given up."""


class Terminal:
    """A terminal's session, with something that happens at the n-th event."""

    def __init__(self, session):
        self.session = session
        self.ask = session.ask
        self._receive = session.engine.receive
        self.deaths = 0
        self.events = None
        self.action = lambda _process: None
        session.engine.receive = self.receive

    def receive(self):
        try:
            event = self._receive()
        except EngineLostError as error:
            self.deaths += 1
            self.error = error
            raise
        if self.events is not None:
            self.events -= 1
            if self.events < 0:
                self.events = None
                self.action(self.session.engine._client.process_id)
        return event


@pytest.fixture
def terminal(home, demo_gguf):
    """A terminal with a model that can answer."""
    no_core_files()
    place = paths.find()
    session = Session.open(place, archive=place.archive, quiet=True)
    terminal = Terminal(session)
    assert session.load(demo_gguf)
    yield terminal
    session.close()


def saved(message):
    archive = sqlite3.connect(paths.find().archive)
    rows = archive.execute("SELECT text FROM messages WHERE id = ?", (message.id,))
    text = rows.fetchone()[0]
    archive.close()
    return text


@pytest.mark.model
@pytest.mark.timeout(900)
def test_a_terminal_whose_engine_is_killed_answers_the_next_message(terminal):
    choose = Random(4)
    interrupted = 0
    for number in range(25):
        sign = choose.choice(SIGNALS)
        terminal.events = choose.randrange(40)
        terminal.action = lambda process, sign=sign: os.kill(process, sign)
        reply = terminal.ask(choose.choice(QUESTIONS))
        assert reply.state in (MessageState.INTERRUPTED, MessageState.COMPLETE)
        assert saved(reply) == reply.text
        interrupted += reply.state is MessageState.INTERRUPTED
        if number % 6 == 5:
            # The engine that follows dies too, while it loads.
            terminal.events = choose.randrange(3)
        again = terminal.ask("What is 6*8?")
        if again.state is MessageState.INTERRUPTED:
            again = terminal.ask("What is 6*8?")
        terminal.events = None
        assert "48" in again.text
        assert terminal.session.models.state is ModelState.READY
        if number % 6 == 5:
            # The demo model loses its way in a chat of a dozen broken answers.
            terminal.session.conversation = None
    assert interrupted > 8
    assert terminal.deaths >= 20


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    """Reads and writes slowly enough to be met in the midst of it."""
    path = tmp_path_factory.mktemp("models") / "slow.gguf"
    return tiny_gguf.write(path, TinyModel(embedding=256, layers=3, heads=8))


PROMPT = (Segment("ab" * 200),)
COMMANDS = {
    "reading": Generate("g", PROMPT, LONG),
    "writing": Generate("g", PROMPT, LONG),
    "candidates": Generate("g", PROMPT, LONG, candidates=3),
    # Before it reads, it writes down what was read before.
    "saving": Prepare("p", (Segment("cd" * 100),), chat="another"),
}

AFTER = {"writing": 3, "candidates": 3}
"""How many events come before the work that is meant."""


def talk(engine, *commands, ends):
    """The events from commands to their end."""
    for command in commands:
        engine.send(command)
    while True:
        event = engine.receive()
        yield event
        if isinstance(event, ends):
            return


def until_killed(engine, events, kill, *, after):
    """Takes events; what ends before the signal comes is waited for."""
    for count, _event in enumerate(events):
        if count == after:
            kill()
    while True:
        engine.receive()


def answer(engine, load):
    """A whole answer, from an engine that may have to be started."""
    assert isinstance([*talk(engine, load, ends=(Loaded, Failed))][-1], Loaded)
    short = Sampling(temperature=0, repetition_penalty=1, max_tokens=8)
    asked = Generate("a", PROMPT, short, chat="c")
    events = [*talk(engine, asked, ends=(Finished, Failed))]
    assert isinstance(events[-1], Finished), events[-1]
    return "".join(e.text for e in events if isinstance(e, TextDelta))


@pytest.fixture
def engine(home):
    engine = Engine(paths.find())
    yield engine
    engine.close()


@pytest.mark.model
@pytest.mark.timeout(900)
def test_an_engine_that_is_killed_in_any_work_is_replaced_by_one_that_answers(
    engine, model, tmp_path
):
    no_core_files()
    choose = Random(9)
    load = Load(
        str(model), state_folder=str(tmp_path / "states"), state_budget=2**30, id="l"
    )
    expected = answer(engine, load)
    lost = dict.fromkeys(("loading", *COMMANDS), 0)
    for number in range(45):
        work = list(lost)[number % len(lost)]
        command = COMMANDS.get(work, load)
        sign = choose.choice(SIGNALS)
        delay = choose.random() * 0.03
        events = talk(engine, command, ends=(Finished, Prepared, Failed, Loaded))

        def kill(sign=sign, delay=delay):
            kill_soon(engine._client.process_id, sign, delay)

        with pytest.raises(EngineLostError) as caught:
            until_killed(engine, events, kill, after=AFTER.get(work, 0))
        assert caught.value.signal == sign.name
        lost[work] += 1
        assert answer(engine, load) == expected
    assert lost == dict.fromkeys(lost, 9)


def stop_and_lose_patience(session):
    """Stops the engine's process as Ctrl+Z would, and counts faster from then on."""

    def stop(process):
        os.kill(process, signal.SIGSTOP)
        session.engine._client._tick_seconds = HASTE

    return stop


@pytest.mark.model
@pytest.mark.parametrize("event", [0, 3, 12])
def test_a_terminal_whose_engine_is_stopped_gets_another(terminal, capsys, event):
    terminal.events = event
    terminal.action = stop_and_lose_patience(terminal.session)
    reply = terminal.ask("What can you do?")
    assert reply.state is MessageState.INTERRUPTED
    assert terminal.error.code is ErrorCode.ENGINE_SILENT
    assert saved(reply) == reply.text
    assert "The engine did not answer for " in capsys.readouterr().err
    assert "48" in terminal.ask("What is 6*8?").text


HANGING = """
import threading
from app.engine.backends import echo
from app.engine.protocol import LoadProgress
def load(self, command, report):
    report(LoadProgress(0.5))
    threading.Event().wait()
echo.EchoBackend.load = load
"""


def test_native_code_that_never_returns_is_noticed(model):
    patience = Patience(start=10**6, silence=10**6, standstill=50)
    with BareEngine("--backend", "echo", script=HANGING, patience=patience) as engine:
        engine.send(Load(str(model)))
        assert engine.receive() == LoadProgress(0.5)
        engine._tick_seconds = HASTE
        with pytest.raises(EngineLostError) as caught:
            engine.receive()
    assert caught.value.code is ErrorCode.ENGINE_SILENT
    assert caught.value.signal == "SIGKILL"


def test_an_engine_that_does_not_read_is_noticed_too():
    script = "import threading; threading.Event().wait()"
    patience = Patience(start=3, tick=0.05)
    with EngineClient((sys.executable, "-c", script), patience=patience) as engine:
        with pytest.raises(EngineLostError) as caught:
            engine.send(Generate("g", (Segment("a" * 10**6),)))
        assert caught.value.code is ErrorCode.ENGINE_SILENT
        with pytest.raises(EngineLostError):
            engine.receive()


def test_time_in_which_nobody_waits_does_not_count(model):
    patience = Patience(start=10**6, silence=50)
    with BareEngine("--backend", "echo", patience=patience) as engine:
        engine.load(model)
        engine._tick_seconds = HASTE
        engine.send(Unload())
        threading.Event().wait(1.5)  # a slow tool; a tick may have begun before
        assert engine.receive() == Unloaded()


def test_a_command_too_large_for_the_pipe_is_answered(model):
    with BareEngine("--backend", "echo") as engine:
        engine.load(model)
        engine.send(Generate("g", (Segment("x" * MAX_LINE_BYTES),)))
        failed = engine.receive()
        assert (failed.code, failed.id) == (ErrorCode.PROMPT_TOO_LONG, "g")
        engine.send(Tokenize("t", (Segment("x" * 10_000_000),)))
        failed = engine.receive()
        assert (failed.code, failed.id) == (ErrorCode.PROMPT_TOO_LONG, "t")
        assert failed.detail == "10000000 tokens"
        engine.send(Unload())
        assert engine.receive() == Unloaded()
