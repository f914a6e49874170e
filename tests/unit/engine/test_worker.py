"""The engine's loop with a backend that does what a test says."""

import os
import queue
import threading

import pytest

from app.domain.errors import ErrorCode, UserError
from app.domain.generation import FinishReason, Segment, Usage
from app.engine.backend import CancelFlag
from app.engine.lines import LineReader
from app.engine.protocol import (
    MAX_LINE_BYTES,
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
    decode_event,
    encode,
)
from app.engine.pulse import Pulse
from app.engine.worker import Inbox, Outbox, Worker
from tests.fakes.scripted_backend import ScriptedBackend


class Pipe:
    """Stands for stdin: what is sent arrives, and `close` ends it."""

    def __init__(self):
        self._chunks = queue.Queue()
        self._taken = 0
        self.lines = LineReader(self._read, MAX_LINE_BYTES)

    def wait_until_read(self):
        """Returns when whoever reads has dealt with all that was sent."""
        self._chunks.join()

    def _read(self, _most):
        if self._taken:
            self._chunks.task_done()
        self._taken += 1
        return self._chunks.get()

    def send(self, *commands):
        for command in commands:
            self.send_bytes(encode(command))

    def send_bytes(self, data):
        self._chunks.put(data)

    def close(self):
        self._chunks.put(b"")


class Engine:
    """A worker in a thread, spoken to through pipes."""

    def __init__(self, tmp_path, *, beat=60.0):
        self.pipe, self.cancelled = Pipe(), CancelFlag()
        self.backend = ScriptedBackend(self.cancelled)
        read, self._write = os.pipe()
        self._events = LineReader(lambda most: os.read(read, most), MAX_LINE_BYTES)
        self._read = read
        outbox = Outbox(self._write)
        pulse = Pulse(outbox.put, seconds=beat)
        pulse.start()
        worker = Worker(
            self.backend,
            Inbox(self.pipe.lines, self.cancelled, pulse),
            outbox,
            pulse=pulse,
            base=tmp_path,
            directory=self.backend,
        )
        self._thread = threading.Thread(target=worker.run)
        self._thread.start()

    def receive(self):
        return decode_event(self._events.read_line())

    def close(self):
        self.pipe.close()
        self._thread.join()
        os.close(self._write)
        os.close(self._read)


@pytest.fixture
def engine(tmp_path):
    engine = Engine(tmp_path)
    assert isinstance(engine.receive(), Hello)
    yield engine
    engine.close()


def test_relative_paths_start_where_the_engine_was_started(engine, tmp_path):
    engine.pipe.send(Load("m.gguf", context=7, state_folder="states"))
    assert engine.receive() == LoadProgress(0.5)
    assert isinstance(engine.receive(), Loaded)
    states = str(tmp_path / "states")
    load = Load(str(tmp_path / "m.gguf"), context=7, state_folder=states)
    assert engine.backend.loads == [load]


def test_links_are_no_paths(engine):
    engine.pipe.send(Load("https://host/v1#m"))
    engine.receive()
    assert isinstance(engine.receive(), Loaded)
    assert engine.backend.loads == [Load("https://host/v1#m")]


def test_a_server_is_asked_for_its_models(engine):
    engine.pipe.send(ListModels("l", "https://host"))
    assert engine.receive() == ModelsListed("l", ("https://host", "b"))
    engine.backend.error = UserError(ErrorCode.SERVER_KEY, "host")
    engine.pipe.send(ListModels("m", "https://host"))
    assert engine.receive() == Failed(ErrorCode.SERVER_KEY, "host", "m")


def test_a_stop_reaches_a_server_that_does_not_answer(engine):
    engine.pipe.send(ListModels("l", "https://silent"), Stop("l"))
    assert isinstance(engine.receive(), ModelsListed)


def test_an_earlier_stop_does_not_reach_what_is_measured_later(engine):
    engine.backend.generation = ScriptedBackend.until_cancelled
    engine.pipe.send(Generate("g", ()))
    engine.receive()
    engine.pipe.send(Stop("g"), Tokenize("t", ()))
    engine.receive()
    assert isinstance(engine.receive(), Tokenized)
    assert not engine.cancelled.is_set()


def test_commands_are_answered_in_order(engine):
    engine.pipe.send(Unload(), Tokenize("t", ()), Generate("g", ()), Unload())
    assert engine.receive() == Unloaded()
    assert engine.receive() == Tokenized("t", (1, 2, 3))
    assert engine.receive() == TextDelta("g", "text")
    assert engine.receive() == Finished("g", FinishReason.STOP, Usage())
    assert engine.receive() == Unloaded()


def test_a_stop_reaches_a_running_generation(engine):
    engine.backend.generation = ScriptedBackend.until_cancelled
    engine.pipe.send(Generate("g", ()))
    assert engine.receive() == TextDelta("g", "waiting")
    engine.pipe.send(Stop("g"))
    assert engine.receive() == Finished("g", FinishReason.CANCELLED, Usage())


def test_a_stop_reaches_a_generation_that_waits(engine):
    engine.backend.generation = ScriptedBackend.until_cancelled
    engine.pipe.send(Generate("a", ()), Generate("b", ()))
    assert engine.receive() == TextDelta("a", "waiting")
    engine.pipe.send(Stop("b"), Stop("a"))
    reasons = [engine.receive() for _ in range(3)]
    assert reasons[0] == Finished("a", FinishReason.CANCELLED, Usage())
    assert reasons[2] == Finished("b", FinishReason.CANCELLED, Usage())


def test_a_stop_that_comes_late_stops_nothing_else(engine):
    engine.pipe.send(Generate("a", ()))
    assert isinstance(engine.receive(), TextDelta)
    assert isinstance(engine.receive(), Finished)
    engine.pipe.send(Stop("a"), Stop("never"), Generate("a", ()))
    assert isinstance(engine.receive(), TextDelta)
    assert engine.receive() == Finished("a", FinishReason.STOP, Usage())


def test_a_chat_is_forgotten(engine):
    engine.pipe.send(Forget("c"), Unload())
    assert engine.receive() == Unloaded()
    assert engine.backend.forgotten == ["c"]


def test_tokens_are_counted_by_segment_on_request(engine):
    engine.pipe.send(Tokenize("t", (Segment("a"), Segment("b")), each=True))
    assert engine.receive() == Tokenized("t", (1, 2, 3), counts=(3, 3))


@pytest.mark.parametrize(
    "command",
    [
        Generate("g", ()),
        Tokenize("t", ()),
        ListModels("l", "https://host"),
        Forget("c"),
        Unload(),
    ],
    ids=lambda command: type(command).__name__,
)
def test_any_command_ends_a_preparation(engine, command):
    engine.pipe.send(Prepare("p", ()))
    assert engine.receive() == PromptProgress("p", 0, 1)
    engine.pipe.send(command, Unload())
    assert engine.receive() == Prepared("p", Usage(), complete=False)
    assert not isinstance(engine.receive(), Prepared)


def test_a_preparation_that_waits_is_ended_too(engine):
    engine.backend.generation = ScriptedBackend.until_cancelled
    engine.pipe.send(Generate("g", ()), Prepare("p", ()), Prepare("q", ()))
    assert engine.receive() == TextDelta("g", "waiting")
    engine.pipe.send(Unload(), Stop("g"))
    assert isinstance(engine.receive(), Finished)
    ends = [engine.receive() for _ in range(4)]
    assert ends[1] == Prepared("p", Usage(), complete=False)
    assert ends[3] == Prepared("q", Usage(), complete=False)
    assert engine.receive() == Unloaded()


def test_a_command_does_not_stop_what_is_no_preparation(engine):
    engine.backend.generation = ScriptedBackend.until_cancelled
    engine.pipe.send(Generate("g", ()), Unload(), Prepare("p", ()), Stop("p"))
    assert engine.receive() == TextDelta("g", "waiting")
    engine.pipe.send(Stop("g"))
    assert isinstance(engine.receive(), Finished)
    assert engine.receive() == Unloaded()
    assert engine.receive() == PromptProgress("p", 0, 1)
    assert isinstance(engine.receive(), Prepared)


def test_counting_is_done_between_two_steps_and_ends_nothing(engine):
    go_on = threading.Event()

    def in_steps(self, command):
        yield TextDelta(command.id, "one")
        go_on.wait()
        yield TextDelta(command.id, "two")
        yield Finished(command.id, FinishReason.STOP, Usage())

    engine.backend.generation = in_steps
    engine.pipe.send(Generate("g", ()), Unload())
    assert engine.receive() == TextDelta("g", "one")
    engine.pipe.send(Count("late", ((),)))
    engine.pipe.wait_until_read()
    go_on.set()
    assert engine.receive() == TextDelta("g", "two")
    assert isinstance(engine.receive(), Finished)
    assert engine.receive() == Unloaded()
    assert engine.receive() == Counted("late", (3,))

    go_on.clear()
    engine.pipe.send(Generate("g", ()))
    assert engine.receive() == TextDelta("g", "one")
    engine.pipe.send(Count("c", ((), ())), Count("d", ()))
    engine.pipe.wait_until_read()
    go_on.set()
    events = [engine.receive() for _ in range(4)]
    assert isinstance(events[-1], Finished)
    counted = [event for event in events if isinstance(event, Counted)]
    assert counted == [Counted("c", (3, 3)), Counted("d", ())]


def test_a_preparation_outlives_counting(engine):
    engine.pipe.send(Prepare("p", ()))
    assert engine.receive() == PromptProgress("p", 0, 1)
    engine.pipe.send(Count("c", ((),)))
    engine.pipe.wait_until_read()
    assert not engine.cancelled.is_set()
    engine.pipe.send(Stop("p"))
    assert engine.receive() == Prepared("p", Usage(), complete=False)
    assert engine.receive() == Counted("c", (3,))


def test_counting_that_fails_does_not_end_what_runs(engine):
    def in_steps(self, command):
        self.error = UserError(ErrorCode.MODEL_UNSUPPORTED, "no such token")
        yield TextDelta(command.id, "one")
        yield Finished(command.id, FinishReason.STOP, Usage())

    engine.backend.generation = in_steps
    engine.pipe.send(Generate("g", ()), Count("c", ((),)))
    assert engine.receive() == TextDelta("g", "one")
    events = [engine.receive() for _ in range(2)]
    assert Finished("g", FinishReason.STOP, Usage()) in events
    assert Failed(ErrorCode.MODEL_UNSUPPORTED, "no such token", "c") in events


def test_spare_work_is_done_when_nobody_waits_and_ended_when_somebody_does(engine):
    begun, go_on, done = (threading.Event() for _ in range(3))

    def first():
        begun.set()
        go_on.wait()

    engine.backend.spare = [done.set, first]
    engine.pipe.send(Unload())
    assert engine.receive() == Unloaded()
    begun.wait()
    engine.backend.generation = ScriptedBackend.until_cancelled
    engine.pipe.send(Generate("g", ()))
    engine.pipe.wait_until_read()
    go_on.set()
    assert engine.receive() == TextDelta("g", "waiting")
    assert not done.is_set()
    engine.pipe.send(Stop("g"))
    assert isinstance(engine.receive(), Finished)
    done.wait()


def test_what_the_user_can_mend_is_named(engine):
    code = ErrorCode.OUT_OF_MEMORY
    engine.backend.error = UserError(code, "12 GB")
    engine.pipe.send(Load("m.gguf"), Generate("g", ()), Tokenize("t", ()))
    assert engine.receive() == Failed(code, "12 GB")
    assert engine.receive() == Failed(code, "12 GB", "g", unloaded=True)
    assert engine.receive() == Failed(code, "12 GB", "t")


@pytest.mark.parametrize(
    ("error", "failed"),
    [
        (ValueError("two\nlines"), Failed(ErrorCode.INTERNAL, "ValueError: two", "g")),
        (RuntimeError(), Failed(ErrorCode.INTERNAL, "RuntimeError: ", "g")),
    ],
)
def test_a_bug_costs_the_command_and_not_the_engine(engine, error, failed):
    engine.backend.error = error
    engine.pipe.send(Generate("g", ()))
    assert engine.receive() == failed
    engine.backend.error = None
    engine.pipe.send(Unload())
    assert engine.receive() == Unloaded()


@pytest.mark.parametrize("command", [Load("m", id="g"), Tokenize("g", ())])
def test_memory_that_does_not_suffice_for_a_question_costs_the_question(
    engine, command
):
    engine.backend.error = MemoryError()
    engine.pipe.send(command)
    assert engine.receive() == Failed(ErrorCode.OUT_OF_MEMORY, "", "g")
    engine.backend.error = None
    engine.pipe.send(Unload())
    assert engine.receive() == Unloaded()


@pytest.mark.parametrize("error", [MemoryError(), UserError(ErrorCode.OUT_OF_MEMORY)])
def test_memory_that_runs_out_in_an_answer_costs_the_model(engine, error):
    engine.backend.error = error
    engine.pipe.send(Generate("g", ()))
    assert engine.receive() == Failed(ErrorCode.OUT_OF_MEMORY, "", "g", unloaded=True)
    assert engine.backend.unloads == 1
    engine.backend.error = None
    engine.pipe.send(Load("m", less=True))
    last(engine, Loaded)
    assert engine.backend.loads[0].less


def test_what_there_is_no_memory_to_save_is_not_saved(engine):
    def save():
        raise MemoryError

    engine.backend.spare = [save]
    engine.pipe.send(Unload())
    assert engine.receive() == Unloaded()
    engine.pipe.wait_until_read()
    engine.pipe.send(Generate("g", ()))
    assert engine.receive() == TextDelta("g", "text")


def test_garbage_is_answered_and_the_engine_goes_on(engine):
    engine.pipe.send_bytes(b"garbage\n\n" + b"[" * 100_000 + b"\n")
    engine.pipe.send_bytes(b"x" * (MAX_LINE_BYTES + 1) + b"\n")
    engine.pipe.send(Unload())
    failures = [engine.receive() for _ in range(4)]
    assert {failure.code for failure in failures} == {ErrorCode.PROTOCOL}
    assert engine.receive() == Unloaded()


def test_the_end_of_stdin_cancels_and_closes(tmp_path):
    engine = Engine(tmp_path)
    engine.backend.generation = ScriptedBackend.until_cancelled
    engine.receive()
    engine.pipe.send(Generate("g", ()), Generate("h", ()))
    assert engine.receive() == TextDelta("g", "waiting")
    engine.close()
    assert engine.backend.closed


def run(backend, pipe, cancelled, outbox, base):
    """Runs a worker in this thread."""
    pulse = Pulse(outbox.put)
    pulse.start()
    inbox = Inbox(pipe.lines, cancelled, pulse)
    Worker(backend, inbox, outbox, pulse=pulse, base=base).run()


def test_without_a_directory_no_server_is_asked(tmp_path):
    pipe, cancelled = Pipe(), CancelFlag()
    read, write = os.pipe()
    pipe.send(ListModels("l", "https://host"))
    pipe.close()
    backend = ScriptedBackend(cancelled)
    run(backend, pipe, cancelled, Outbox(write), tmp_path)
    os.close(write)
    with os.fdopen(read, "rb") as events:
        assert decode_event(events.readlines()[-1]).code is ErrorCode.SERVER_UNSUITABLE


def test_a_reader_who_left_ends_the_worker(tmp_path):
    cancelled = CancelFlag()
    backend = ScriptedBackend(cancelled)
    pipe = Pipe()
    read, write = os.pipe()
    os.close(read)
    run(backend, pipe, cancelled, Outbox(write), tmp_path)
    os.close(write)
    pipe.close()
    assert backend.closed


@pytest.fixture
def beating(tmp_path):
    """An engine that says all the time that it is alive."""
    engine = Engine(tmp_path, beat=0.001)
    yield engine
    engine.close()


def last(engine, kind):
    """The next event of a kind, and what was said before it."""
    before = []
    while not isinstance(event := engine.receive(), kind):
        before.append(event)
    return event, before


def test_an_engine_that_works_says_that_it_is_alive(beating):
    beating.backend.generation = ScriptedBackend.until_cancelled
    beating.pipe.send(Generate("g", ()))
    last(beating, TextDelta)
    for _ in range(3):
        assert beating.receive() == Alive()
    beating.pipe.send(Stop("g"))
    last(beating, Finished)


def test_a_command_that_waits_for_idle_work_hears_that_somebody_is_there(beating):
    at_work, go_on = threading.Event(), threading.Event()
    beating.backend.spare = [lambda: (at_work.set(), go_on.wait())]
    beating.pipe.send(Unload())
    last(beating, Unloaded)
    at_work.wait()
    beating.pipe.send(Unload())
    for _ in range(3):
        last(beating, Alive)
    go_on.set()
    last(beating, Unloaded)


def test_an_engine_with_nothing_to_do_says_nothing():
    said = queue.SimpleQueue()
    pulse = Pulse(said.put, seconds=0.001)
    pulse.start()
    for _ in range(3):
        said.get()  # the start, then what is asked
        pulse.answered()
        while not said.empty():
            said.get()
        threading.Event().wait(0.05)  # fifty words, if it went on
        assert said.qsize() <= 1  # one may have been on its way
        pulse.asked()
    pulse.stop()


def test_who_waits_for_a_server_says_so(beating):
    beating.pipe.send(ListModels("l", "https://silent"))
    last(beating, Hello)
    event, _ = last(beating, Alive)
    while not event.elsewhere:
        event, _ = last(beating, Alive)
    beating.pipe.send(Stop("l"))
    last(beating, ModelsListed)
    beating.pipe.send(Load("https://host#m"))
    last(beating, Loaded)
    beating.backend.generation = ScriptedBackend.until_cancelled
    beating.pipe.send(Generate("g", ()))
    last(beating, TextDelta)
    assert last(beating, Alive)[0].elsewhere
    beating.pipe.send(Stop("g"), Load("m.gguf"))
    last(beating, Loaded)
    beating.pipe.send(Generate("g", ()))
    last(beating, TextDelta)
    assert not last(beating, Alive)[0].elsewhere
    beating.pipe.send(Stop("g"))
