"""The engine as a process: its pipes, its end, and what it survives."""

import os
import signal
import sys
from pathlib import Path

import pytest

from app import paths
from app.domain.errors import ErrorCode, UserError
from app.domain.generation import FinishReason, Sampling
from app.domain.moss import Form, Turn, stage_one, stage_two, stop_rules
from app.domain.tools import Tool
from app.engine.client import EngineClient, EngineLostError, command_line
from app.engine.protocol import (
    MAX_LINE_BYTES,
    Finished,
    Hello,
    Load,
    Loaded,
    PromptProgress,
    Stop,
    TextDelta,
    Unload,
    Unloaded,
)
from tests.fakes import tiny_gguf
from tests.fakes.engines import Engine
from tests.fakes.tiny_gguf import TinyModel

ECHO = ("--backend", "echo")
LONG = Sampling(max_tokens=100_000, repetition_penalty=1)
STAGE_ONE = stop_rules(Form.PLUGIN, answering=False)
STAGE_TWO = stop_rules(Form.PLUGIN, answering=True)

posix = pytest.mark.skipif(os.name != "posix", reason="needs POSIX signals")


@pytest.fixture
def model(tmp_path):
    path = tmp_path / "any.gguf"
    path.touch()
    return path


@pytest.fixture
def engine(model):
    with Engine(*ECHO) as engine:
        assert isinstance(engine.load(model), Loaded)
        yield engine


@pytest.fixture(scope="module")
def slow_model(tmp_path_factory):
    """Takes seconds for its window: long enough to be interrupted."""
    path = tmp_path_factory.mktemp("models") / "slow.gguf"
    return tiny_gguf.write(
        path, TinyModel(embedding=256, layers=3, heads=8, context=8192)
    )


def ask(question, history=()):
    return stage_one(Form.PLUGIN, history, question)


def answer(question, **fields):
    return stage_two((), Turn(question, **fields), (Tool.CALCULATE,))


def test_the_echo_follows_both_stages_of_the_protocol(engine):
    question = 'what is Calculate("1+1") 你好'
    first = engine.generate(ask(question), stop=STAGE_ONE, sampling=Sampling())
    assert first.controls == ["<eot>", "<eoc>"]
    assert first.text.endswith('\n<|Commands|>: Calculate("1+1")')
    assert first.reason is FinishReason.STOP
    results = "\nCalculate(\"1+1\") => '2'\n"
    prompt = answer(question, commands='Calculate("1+1")', results=results)
    second = engine.generate(prompt, stop=STAGE_TWO, sampling=Sampling())
    assert second.text == " Calculate(\"1+1\") => '2'"
    assert second.controls == ["<eom>"]
    assert second.usage.cached_tokens > 0


def test_the_echo_says_the_question_back_without_commands(engine):
    assert engine.generate(ask("你好"), stop=STAGE_ONE, sampling=Sampling()).text == (
        " <|Inner Thoughts|>: Someone asks for an echo.\n<|Commands|>: None"
    )
    reply = engine.generate(answer("你好 😀"), stop=STAGE_TWO, sampling=Sampling())
    assert reply.text == " 你好 😀"


def test_the_echo_waits_for_a_stop(engine):
    engine.start(answer("one /wait two"), Sampling(), STAGE_TWO)
    assert engine.last((TextDelta,)).text == " one"
    engine.send(Stop("g"))
    reply = engine.reply()
    assert (reply.text, reply.reason) == ("", FinishReason.CANCELLED)


def test_a_bug_in_a_backend_costs_one_answer(engine):
    reply = engine.generate(answer("now /fail"), Sampling(), STAGE_TWO)
    assert reply.text == " now"
    assert reply.failed.code is ErrorCode.INTERNAL
    assert "RuntimeError" in reply.failed.detail
    assert engine.generate(answer("again"), Sampling(), STAGE_TWO).text == " again"


def test_a_process_that_ends_is_a_loss_with_its_exit_code(engine):
    with pytest.raises(EngineLostError) as caught:
        engine.generate(answer("now /die"), Sampling(), STAGE_TWO)
    assert caught.value.code is ErrorCode.ENGINE_LOST
    assert (caught.value.exit_code, caught.value.signal) == (70, None)
    assert caught.value.detail == "exit code 70"
    with pytest.raises(EngineLostError):
        engine.send(Unload())


@posix
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSEGV, signal.SIGABRT])
def test_a_process_that_is_killed_is_a_loss_with_the_signal(engine, number):
    engine.start(answer("one /wait two"), Sampling(), STAGE_TWO)
    assert engine.last((TextDelta,)).text == " one"
    os.kill(engine.process_id, number)
    with pytest.raises(EngineLostError) as caught:
        engine.reply()
    assert caught.value.signal == signal.Signals(number).name
    assert caught.value.exit_code is None


def test_a_loss_comes_with_the_end_of_stderr(model):
    script = """
import os, sys
from app.engine.backends import echo
echo.os._exit = lambda code: (sys.stderr.write("GGML_ASSERT failed\\n"), os.abort())
"""
    # os.abort is what a failed assertion of ggml's ends in.
    with Engine(*ECHO, script=script) as engine:
        engine.load(model)
        engine.start(answer("/die"), Sampling(), STAGE_TWO)
        with pytest.raises(EngineLostError) as caught:
            engine.reply()
    assert "GGML_ASSERT failed" in caught.value.stderr
    assert caught.value.signal == "SIGABRT" or os.name != "posix"


@posix
def test_ctrl_c_in_the_terminal_is_the_parents_to_handle(engine):
    engine.start(answer("one /wait two"), Sampling(), STAGE_TWO)
    assert engine.last((TextDelta,)).text == " one"
    os.kill(engine.process_id, signal.SIGINT)
    engine.send(Stop("g"))
    assert engine.reply().reason is FinishReason.CANCELLED


def test_garbage_is_answered_and_the_engine_goes_on(engine):
    for line in (b"garbage", b"", b"\xff", b"x" * (MAX_LINE_BYTES + 1)):
        engine._stdin.write(line + b"\n")
        failed = engine.receive()
        assert (failed.code, failed.id) == (ErrorCode.PROTOCOL, None)
    engine.send(Unload())
    assert engine.receive() == Unloaded()


def test_garbage_from_an_engine_is_a_protocol_error():
    script = "print('not an event')"
    with EngineClient((sys.executable, "-c", script)) as strange:
        with pytest.raises(UserError) as caught:
            strange.receive()
        with pytest.raises(EngineLostError):
            strange.receive()
    assert caught.value.code is ErrorCode.PROTOCOL


def test_closed_stdin_ends_the_process(engine):
    assert engine.close() == 0


def test_closed_stdin_ends_a_generation_and_the_process(engine):
    engine.start(answer("one /wait two"), Sampling(), STAGE_TWO)
    assert engine.last((TextDelta,)).text == " one"
    assert engine.close() == 0


@pytest.mark.model
def test_closed_stdin_ends_the_reading_of_a_long_prompt(slow_model):
    with Engine() as engine:
        engine.load(slow_model)
        engine.start("ab" * 4000, LONG)
        assert engine.last((PromptProgress,)).done == 0
        assert engine.close() == 0


def test_closed_stdin_ends_native_code_that_heeds_nothing(model):
    script = """
import threading
from app.engine import worker
from app.engine.backends import echo
from app.engine.protocol import LoadProgress
worker._GRACE_SECONDS = 0.01
def load(self, command, report):
    report(LoadProgress(0.5))
    threading.Event().wait()
echo.EchoBackend.load = load
"""
    with Engine(*ECHO, script=script) as engine:
        engine.send(Load(str(model)))
        engine.receive()
        assert engine.close() == 0


@pytest.mark.model
def test_loading_ends_with_closed_stdin(slow_model):
    # The cancel flag is set while llama.cpp reports progress, which must end it.
    script = """
from app.engine.backends.llama import backend
original = backend.Model
def model(command, placement, progress, **rest):
    def cancel(fraction):
        rest["cancelled"].set()
        progress(fraction)
    return original(command, placement, cancel, **rest)
backend.Model = model
"""
    with Engine(script=script) as engine:
        assert engine.load(slow_model).code is ErrorCode.LOAD_CANCELLED


def test_a_thread_that_dies_takes_the_engine_along():
    script = """
from app.engine import worker
def take(self, command):
    raise MemoryError
worker.Inbox._take = take
"""
    with Engine(*ECHO, script=script) as engine:
        engine.send(Unload())
        with pytest.raises(EngineLostError) as caught:
            engine.receive()
    assert caught.value.exit_code == 71
    assert "A thread failed: MemoryError()" in caught.value.stderr


def test_what_is_printed_in_the_process_cannot_corrupt_the_protocol(model):
    script = """
import ctypes, os, sys
from app.engine.backends import echo
def load(self, command, report, original=echo.EchoBackend.load):
    os.write(1, b'{"type":"unloaded"}\\n')
    print("from Python", flush=True)
    if sys.platform != "win32":
        libc = ctypes.CDLL(None)
        libc.puts(b"from C")
        libc.fflush(None)
    return original(self, command, report)
echo.EchoBackend.load = load
"""
    with Engine(*ECHO, script=script) as engine:
        assert isinstance(engine.load(model), Loaded)
        engine.send(Unload())
        assert engine.receive() == Unloaded()
        engine.kill()
        with pytest.raises(EngineLostError) as caught:
            engine.receive()
    assert "from Python" in caught.value.stderr
    assert "from C" in caught.value.stderr or sys.platform == "win32"


def test_the_working_directory_is_not_where_a_user_happens_to_be(model):
    script = """
import os
from app.engine.backends import echo
def hello(self, original=echo.EchoBackend.hello):
    hello = original(self)
    return type(hello)(hello.protocol, hello.engine, os.getcwd())
echo.EchoBackend.hello = hello
"""
    with Engine(*ECHO, script=script) as engine:
        assert engine.hello.system == str(Path(sys.executable).parent)


def test_a_backend_that_cannot_be_loaded_is_said_before_the_end():
    script = "import sys; sys.modules['llama_cpp'] = None"
    start = f"{script}\nfrom app.engine.__main__ import main\nsys.exit(main(()))"
    with EngineClient((sys.executable, "-c", start)) as broken:
        failed = broken.receive()
        assert failed.code is ErrorCode.INTERNAL
        assert "llama" in failed.detail
        with pytest.raises(EngineLostError) as caught:
            broken.receive()
    assert caught.value.exit_code == 1


def test_the_command_line_of_a_frozen_program(monkeypatch):
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    assert command_line() == (sys.executable, "--engine")
    told = command_line(state=Path("状态"), modules=Path("m"))
    assert told[2:] == ("--state", "状态", "--modules", "m")
    assert paths.program_folder() == Path(sys.executable).parent


def test_a_killed_engine_is_replaced_by_another(model):
    with Engine(*ECHO) as first:
        first.kill()
        with pytest.raises(EngineLostError):
            first.receive()
    with Engine(*ECHO) as second:
        assert isinstance(second.load(model), Loaded)
        assert isinstance(second.hello, Hello)
        reply = second.generate(answer("hello"), Sampling(), STAGE_TWO)
        assert isinstance(reply.finished, Finished)
