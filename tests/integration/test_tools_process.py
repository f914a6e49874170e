"""The real tool process: limits, crashes and restarts."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.domain.tools import Command, Tool, ToolCall, ToolFailure, ToolState
from app.plugins.client import ToolClient
from app.plugins.kinds import COMPUTE_LIMITS, command_line
from app.plugins.messages import (
    Answer,
    Offer,
    Ready,
    Request,
    Started,
    decode_reply,
    encode,
)

ROOT = Path(__file__).parents[2]
PATIENT = 120.0

# A tool process that answers, hangs, dies or talks nonsense, as the argument says.
FAKE = """
import os, signal, sys
from app.plugins.messages import Answer, Prepare, Started, decode_order, encode

for line in sys.stdin.buffer:
    request = decode_order(line)
    if isinstance(request, Prepare):
        continue
    replies = [Started(request.id), Answer(request.id, str(os.getpid()))]
    match request.argument:
        case "hang before":
            signal.pause()
        case "hang":
            replies.pop()
        case "die":
            os.kill(os.getpid(), signal.SIGKILL)
        case "exit":
            sys.exit(3)
        case "nonsense":
            print("Traceback", flush=True)
        case "late":
            replies.insert(0, Answer(request.id - 1, "of the last command"))
    for reply in replies:
        sys.stdout.buffer.write(encode(reply))
    sys.stdout.flush()
    if request.argument == "die after":
        os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture(autouse=True)
def in_the_root(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)


@pytest.fixture(scope="module")
def client() -> Iterator[ToolClient]:
    before = Path.cwd()
    os.chdir(ROOT)
    with ToolClient() as client:
        os.chdir(before)
        yield client


@pytest.fixture
def fake() -> Iterator[ToolClient]:
    with ToolClient([sys.executable, "-c", FAKE]) as client:
        yield client


def run(client: ToolClient, tool: Tool, argument: str) -> ToolCall:
    return client.run(Command(tool, argument), PATIENT)


def ask(client: ToolClient, argument: str, seconds: float = PATIENT) -> ToolCall:
    return client.run(Command(Tool.SEARCH, argument), seconds)


def test_it_computes(client: ToolClient) -> None:
    call = run(client, Tool.CALCULATE, "12*sqrt(3)")
    assert (call.state, call.result) == (ToolState.DONE, "20.784609690826528")
    call = run(client, Tool.SOLVE, "x+y=35;2x+4y=94")
    assert (call.state, call.result) == (ToolState.DONE, "x = 23\ny = 12")


@pytest.mark.parametrize(
    ("tool", "argument", "failure"),
    [
        (Tool.CALCULATE, "1/0", ToolFailure.NO_SOLUTION),
        (Tool.CALCULATE, "你好\ud83d", ToolFailure.NOT_UNDERSTOOD),
        (Tool.CALCULATE, "9" * 1_000_000, ToolFailure.TOO_LARGE),
        (Tool.SOLVE, "x+y=1", ToolFailure.NO_SOLUTION),
        (Tool.SEARCH, "MOSS", ToolFailure.UNAVAILABLE),
    ],
)
def test_it_refuses(
    client: ToolClient, tool: Tool, *, argument: str, failure: ToolFailure
) -> None:
    call = run(client, tool, argument)
    assert (call.state, call.result) == (ToolState.FAILED, "No result.")
    assert call.reason == failure


@pytest.mark.skipif(sys.platform == "win32", reason="needs SIGPROF")
@pytest.mark.parametrize(
    "argument",
    ["(x+1)^64=(x+2)^63", "(a+b+c+d)^30=1;a=b^9;b=c^9;c=d^9", "x^64+y^63=1;x^9-y^8=2"],
)
def test_an_equation_that_is_too_hard_costs_no_process(
    client: ToolClient, argument: str
) -> None:
    before = process_of(client)
    call = run(client, Tool.SOLVE, argument)
    assert call.reason in {ToolFailure.TIME_LIMIT, ToolFailure.TOO_LARGE}
    assert run(client, Tool.SOLVE, "2x=8").result == "x = 4"
    assert process_of(client) == before


@pytest.mark.skipif(sys.platform != "linux", reason="needs /proc")
def test_its_memory_is_limited(client: ToolClient) -> None:
    limits = Path(f"/proc/{process_of(client)}/limits").read_text()
    line = next(row for row in limits.splitlines() if "address space" in row)
    assert str(COMPUTE_LIMITS.memory) in line


def process_of(client: ToolClient) -> int:
    assert client._child is not None
    return client._child.process.pid


@pytest.mark.skipif(sys.platform == "win32", reason="needs signals")
@pytest.mark.parametrize(
    ("argument", "failure"),
    [
        ("die", ToolFailure.TOOL_LOST),
        ("exit", ToolFailure.TOOL_LOST),
        ("nonsense", ToolFailure.TOOL_LOST),
    ],
)
def test_a_process_that_is_lost_is_replaced(
    fake: ToolClient, argument: str, failure: ToolFailure
) -> None:
    first = ask(fake, "").result
    assert ask(fake, argument).reason == failure
    second = ask(fake, "")
    assert second.state is ToolState.DONE
    assert second.result != first


def test_a_process_that_is_too_slow_is_replaced(fake: ToolClient) -> None:
    first = ask(fake, "").result
    assert ask(fake, "hang", seconds=0.01).reason == ToolFailure.TIME_LIMIT
    assert ask(fake, "").result not in {first, "No result."}


@pytest.mark.skipif(sys.platform == "win32", reason="needs signals")
def test_a_process_that_does_not_begin_is_replaced() -> None:
    with ToolClient([sys.executable, "-c", FAKE], start_seconds=0.01) as client:
        assert ask(client, "hang before").reason == ToolFailure.TIME_LIMIT


@pytest.mark.skipif(sys.platform == "win32", reason="needs signals")
def test_a_process_that_dies_between_commands_is_replaced(fake: ToolClient) -> None:
    assert ask(fake, "die after").state is ToolState.DONE
    assert fake._child is not None
    fake._child.process.wait()
    assert ask(fake, "").state is ToolState.DONE


def test_an_answer_to_another_command_is_ignored(fake: ToolClient) -> None:
    assert ask(fake, "late").result == str(process_of(fake))


def test_a_program_that_is_not_there() -> None:
    with ToolClient(["/nowhere/moss-tools"]) as client:
        assert ask(client, "").reason == ToolFailure.UNAVAILABLE


def test_it_ends_with_its_parent() -> None:
    process = subprocess.Popen(
        command_line(), stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    answers, _ = process.communicate(encode(Request(1, Tool.CALCULATE, "1+1")))
    assert [decode_reply(line) for line in answers.splitlines()] == [
        Ready((Offer("calculate", Tool.CALCULATE), Offer("solve", Tool.SOLVE))),
        Started(1),
        Answer(1, "2"),
    ]
    assert process.returncode == 0


@pytest.mark.skipif(sys.platform == "win32", reason="needs signals")
def test_closing_ends_the_process() -> None:
    client = ToolClient()
    pid = process_of(client)
    client.close()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, signal.SIGCONT)
