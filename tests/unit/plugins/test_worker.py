"""The tool process's loop, its messages and its limit, without a process."""

import sys
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from app.domain.errors import ErrorCode, UserError
from app.domain.tools import Command, Tool, ToolCall, ToolFailure, ToolState
from app.plugins import worker
from app.plugins.api import ToolError, ToolRunner
from app.plugins.builtin.calculator import Calculator
from app.plugins.cpu_limit import OutOfTime, cpu_limit
from app.plugins.messages import (
    Answer,
    Refusal,
    Reply,
    Request,
    Started,
    call_from,
    decode_reply,
    decode_request,
    encode,
)
from app.plugins.worker import command_line, serve


@dataclass
class FakeTool:
    """A tool that does what it is told."""

    action: Callable[[str], str]
    tool: Tool = Tool.SEARCH
    prepared: int = 0

    def prepare(self) -> None:
        self.prepared += 1

    def run(self, argument: str) -> str:
        return self.action(argument)


def ask(runner: ToolRunner, *requests: Request | bytes) -> list[Reply]:
    replies: list[Reply] = []
    lines = [line if isinstance(line, bytes) else encode(line) for line in requests]
    serve([runner], lines, replies.append)
    return replies


def test_requests_are_answered_in_turn() -> None:
    runner = FakeTool(str.upper)
    requests = [Request(number, Tool.SEARCH, "a你") for number in (7, 8)]
    assert ask(runner, *requests) == [
        Started(7),
        Answer(7, "A你"),
        Started(8),
        Answer(8, "A你"),
    ]
    assert runner.prepared == 2


def failing(error: BaseException) -> Callable[[str], str]:
    def fail(_: str) -> str:
        raise error

    return fail


@pytest.mark.parametrize(
    ("error", "failure"),
    [
        (ToolError(ToolFailure.NO_SOLUTION), ToolFailure.NO_SOLUTION),
        (MemoryError(), ToolFailure.TOO_LARGE),
        (RecursionError(), ToolFailure.TOO_LARGE),
        (OutOfTime(), ToolFailure.TIME_LIMIT),
        (KeyError("a bug"), ToolFailure.INTERNAL),
    ],
)
def test_what_fails_is_refused_and_the_next_one_answered(
    error: BaseException, failure: ToolFailure
) -> None:
    runner = FakeTool(failing(error))
    replies = ask(runner, Request(1, Tool.SEARCH, ""), Request(2, Tool.SEARCH, ""))
    assert replies == [Started(1), Refusal(1, failure), Started(2), Refusal(2, failure)]


def test_a_tool_that_is_not_there() -> None:
    replies = ask(FakeTool(str.upper), Request(1, Tool.SOLVE, "x=1"))
    assert replies == [Refusal(1, ToolFailure.UNAVAILABLE)]


def test_a_line_that_is_no_request_is_skipped() -> None:
    lines = [b"{", b"\xff\n", b'{"id": 1, "tool": "Fly", "argument": ""}\n']
    good = Request(1, Tool.SEARCH, "a")
    assert ask(FakeTool(str.upper), *lines, good) == [Started(1), Answer(1, "A")]


@pytest.mark.skipif(sys.platform == "win32", reason="needs SIGPROF")
def test_work_without_end_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "CPU_SECONDS", 0.05)

    def work(argument: str) -> str:
        while argument == "endless":
            pass
        return argument

    requests = [Request(1, Tool.SEARCH, "endless"), Request(2, Tool.SEARCH, "short")]
    assert ask(FakeTool(work), *requests) == [
        Started(1),
        Refusal(1, ToolFailure.TIME_LIMIT),
        Started(2),
        Answer(2, "short"),
    ]


@pytest.mark.skipif(sys.platform == "win32", reason="needs SIGPROF")
def test_a_limit_that_is_swallowed_comes_again() -> None:
    swallowed = 0

    def work() -> None:
        nonlocal swallowed
        while True:
            try:
                while True:
                    pass
            except OutOfTime:
                swallowed += 1
                if swallowed > 1:
                    raise

    with pytest.raises(OutOfTime), cpu_limit(0.05):
        work()
    assert swallowed == 2


def test_the_calculator_in_the_loop() -> None:
    assert ask(Calculator(), Request(1, Tool.CALCULATE, "1/0"))[-1] == Refusal(
        1, ToolFailure.NO_SOLUTION
    )


@pytest.mark.parametrize(
    "message",
    [Started(1), Answer(2, "x = 1\ny = 你"), Refusal(3, ToolFailure.TOO_LARGE)],
)
def test_replies_cross_the_pipe(message: Reply) -> None:
    line = encode(message)
    assert line.count(b"\n") == 1
    assert decode_reply(line) == message


def test_requests_cross_the_pipe() -> None:
    request = Request(1, Tool.CALCULATE, 'a"\n\x00你😀')
    assert decode_request(encode(request)) == request


def test_half_a_surrogate_pair() -> None:
    assert decode_request(encode(Request(1, Tool.SEARCH, "a\ud83d"))).argument == "a?"
    assert decode_reply(encode(Answer(1, "\udc00"))) == Answer(1, "?")


@pytest.mark.parametrize("line", [b"", b"{", b'{"type": "fly", "id": 1}', b"\xff"])
def test_what_is_no_reply(line: bytes) -> None:
    with pytest.raises(UserError) as caught:
        decode_reply(line)
    assert caught.value.code is ErrorCode.PROTOCOL


def test_what_became_of_a_command() -> None:
    command = Command(Tool.SOLVE, "x=1")
    assert call_from(command, Answer(1, "x = 1")) == ToolCall(
        command, ToolState.DONE, "x = 1"
    )
    failed = call_from(command, Refusal(1, ToolFailure.TIME_LIMIT))
    assert failed.state is ToolState.FAILED
    assert failed.result == "No result."
    assert failed.reason == "time_limit"


def test_command_line(monkeypatch: pytest.MonkeyPatch) -> None:
    assert command_line() == [sys.executable, "-m", "app.plugins"]
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    assert command_line() == [sys.executable, "--tools"]
