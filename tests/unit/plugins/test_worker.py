"""A tool process's loop, its messages and its limits, without a process."""

import socket
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from app.domain.errors import ErrorCode, UserError
from app.domain.sources import Source
from app.domain.tools import Command, Tool, ToolCall, ToolFailure, ToolState
from app.plugins import kinds
from app.plugins.api import Result, Run, Setup, ToolError, ToolRunner
from app.plugins.builtin.calculator import Calculator
from app.plugins.cpu_limit import OutOfTime, cpu_limit
from app.plugins.inbox import Inbox, orders
from app.plugins.kinds import Kind, Limits, command_line
from app.plugins.messages import (
    Answer,
    Cancel,
    Offer,
    Order,
    Prepare,
    Progress,
    Ready,
    Refusal,
    Reply,
    Request,
    Requested,
    Started,
    Unusable,
    call_from,
    decode_order,
    decode_reply,
    encode,
)
from app.plugins.network import Gate
from app.plugins.worker import Worker


@dataclass
class FakeTool:
    """A tool that does what it is told."""

    action: Callable[[str, Run], Result | str]
    tool: Tool = Tool.SEARCH
    prepared: int = 0

    def prepare(self) -> None:
        self.prepared += 1

    def run(self, argument: str, run: Run) -> Result:
        result = self.action(argument, run)
        return Result(result) if isinstance(result, str) else result


def upper(argument: str, _: Run) -> str:
    return argument.upper()


def ask(
    runner: ToolRunner, *requests: Order | bytes, process: str = Kind.SEARCH
) -> list[Reply]:
    """What a process with one tool replies, after it said which tool it has."""
    replies: list[Reply] = []
    lines = [line if isinstance(line, bytes) else encode(line) for line in requests]
    worker = Worker(process, replies.append, gate=Gate())
    worker.make({"fake": lambda _: runner}, Prepare())
    assert worker.serve(orders(lines)) == 0
    ready, *others = replies
    assert ready == Ready((Offer("fake", runner.tool),))
    return others


def test_requests_are_answered_in_turn() -> None:
    runner = FakeTool(upper)
    requests = [Request(number, Tool.SEARCH, "a你") for number in (7, 8)]
    assert ask(runner, *requests) == [
        Started(7),
        Answer(7, "A你"),
        Started(8),
        Answer(8, "A你"),
    ]
    assert runner.prepared == 2


def failing(error: BaseException) -> Callable[[str, Run], str]:
    def fail(_: str, __: Run) -> str:
        raise error

    return fail


@pytest.mark.parametrize(
    ("error", "failure"),
    [
        (ToolError(ToolFailure.NO_SOLUTION), ToolFailure.NO_SOLUTION),
        (MemoryError(), ToolFailure.TOO_LARGE),
        (RecursionError(), ToolFailure.TOO_LARGE),
        (OutOfTime(), ToolFailure.TIME_LIMIT),
        (PermissionError("a bug"), ToolFailure.INTERNAL),
    ],
)
def test_what_fails_is_refused_and_the_next_one_answered(
    error: BaseException, failure: ToolFailure
) -> None:
    runner = FakeTool(failing(error))
    replies = ask(runner, Request(1, Tool.SEARCH, ""), Request(2, Tool.SEARCH, ""))
    detail = "PermissionError: a bug" if failure is ToolFailure.INTERNAL else ""
    assert replies == [
        Started(1),
        Refusal(1, failure, detail),
        Started(2),
        Refusal(2, failure, detail),
    ]


def test_a_refusal_says_what_makes_it_concrete() -> None:
    error = ToolError(ToolFailure.UNREACHABLE, "example.org")
    assert ask(FakeTool(failing(error)), Request(1, Tool.SEARCH, ""))[-1] == Refusal(
        1, ToolFailure.UNREACHABLE, "example.org"
    )


def test_a_tool_that_is_not_there() -> None:
    replies = ask(FakeTool(upper), Request(1, Tool.SOLVE, "x=1"))
    assert replies == [Refusal(1, ToolFailure.UNAVAILABLE)]


def test_a_line_that_is_no_request_is_skipped() -> None:
    fly = b'{"type": "request", "id": 1, "tool": "Fly", "argument": ""}\n'
    lines = [b"{", b"\xff\n", fly]
    good = Request(1, Tool.SEARCH, "a")
    assert ask(FakeTool(upper), *lines, good) == [Started(1), Answer(1, "A")]


@pytest.mark.skipif(sys.platform == "win32", reason="needs SIGPROF")
def test_work_without_end_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kinds, "limits", lambda _: Limits(seconds=0.05))

    def work(argument: str, _: Run) -> str:
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
    [
        Ready((Offer("solve", Tool.SOLVE),)),
        Unusable("ImportError: no"),
        Started(1),
        Progress(1, 0.5, "half"),
        Requested(1, 2, host="a.org", purpose="b", outcome="HTTP 200", seconds=0.5),
        Answer(2, "x = 1\ny = 你"),
        Answer(3, sources=(Source("标题", "/a/b.pdf", "text", page=3),)),
        Answer(4, picture="a.png"),
        Refusal(5, ToolFailure.TOO_LARGE, "why"),
    ],
)
def test_replies_cross_the_pipe(message: Reply) -> None:
    line = encode(message)
    assert line.count(b"\n") == 1
    assert decode_reply(line) == message


@pytest.mark.parametrize(
    "order",
    [
        Prepare({"a": {"folders": ["/你"]}}, data="/d", pictures="/p"),
        Request(1, Tool.CALCULATE, 'a"\n\x00你😀', name="a"),
        Cancel(1),
    ],
)
def test_orders_cross_the_pipe(order: Order) -> None:
    assert decode_order(encode(order)) == order


def test_half_a_surrogate_pair() -> None:
    assert decode_order(encode(Request(1, Tool.SEARCH, "a\ud83d"))) == Request(
        1, Tool.SEARCH, "a?"
    )
    assert decode_reply(encode(Answer(1, "\udc00"))) == Answer(1, "?")
    source = Source("\ud83d", "\udc00", answer=True)
    assert decode_reply(encode(Answer(1, sources=(source,)))) == Answer(
        1, sources=(Source("?", "?", answer=True),)
    )


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


def test_a_search_found_something() -> None:
    command, source = Command(Tool.SEARCH, "a"), Source("A", "/a", "text")
    call = call_from(command, Answer(1, sources=(source,)))
    assert (call.state, call.sources) == (ToolState.DONE, (source,))
    drawn = call_from(Command(Tool.TEXT_TO_IMAGE, "a"), Answer(1, picture="a.png"))
    assert drawn.picture == "a.png"


def test_sources_and_pictures_go_to_the_parent() -> None:
    source = Source("A", "/a", "text")
    result = Result("", (source,), Path("/pictures/fox.png"))
    replies = ask(FakeTool(lambda *_: result), Request(1, Tool.SEARCH, ""))
    assert replies[-1] == Answer(1, "", (source,), "fox.png")


def test_tools_are_made_with_their_own_settings() -> None:
    setups: list[Setup] = []

    def make(setup: Setup) -> ToolRunner:
        setups.append(setup)
        return FakeTool(upper)

    values = {"a": {"folders": ["x"]}, "b": {"n": 1}}
    worker = Worker(Kind.SEARCH, lambda _: None, gate=Gate())
    worker.make({"a": make, "c": make}, Prepare(values, data="/d", pictures="/p"))
    assert setups == [
        Setup({"folders": ["x"]}, Path("/d/a"), Path("/p")),
        Setup({}, Path("/d/c"), Path("/p")),
    ]


def test_one_of_several_tools_is_asked_by_name() -> None:
    replies: list[Reply] = []
    worker = Worker(Kind.SEARCH, replies.append, gate=Gate())
    tools = {name: FakeTool(lambda *_, name=name: name) for name in "ab"}
    worker.make({name: lambda _, t=tool: t for name, tool in tools.items()}, Prepare())
    names = ("b", "", "c")
    requests = (
        encode(Request(n, Tool.SEARCH, "", name)) for n, name in enumerate(names)
    )
    worker.serve(orders(requests))
    assert replies[1:] == [
        Started(0),
        Answer(0, "b"),
        Started(1),
        Answer(1, "a"),
        Refusal(2, ToolFailure.UNAVAILABLE),
    ]


def test_tools_that_cannot_be_made() -> None:
    replies: list[Reply] = []
    worker = Worker("extension:nowhere", replies.append, gate=Gate())
    assert worker.serve(iter([Prepare()])) == 1
    assert replies == [Unusable("LookupError: no package has the entry point nowhere")]


def test_a_command_says_how_far_it_has_come() -> None:
    def work(_: str, run: Run) -> str:
        run.progress(0.25, "a")
        run.progress(7)
        return "x"

    assert ask(FakeTool(work), Request(1, Tool.SEARCH, ""))[1:-1] == [
        Progress(1, 0.25, "a"),
        Progress(1, 1.0),
    ]


def test_a_command_is_cancelled_while_it_runs() -> None:
    begun = threading.Event()

    def work(_: str, run: Run) -> str:
        begun.set()
        while not run.cancelled:
            pass
        return "cancelled"

    def lines() -> Iterator[bytes]:
        yield encode(Request(1, Tool.SEARCH, ""))
        begun.wait()
        yield encode(Cancel(7))
        yield encode(Cancel(1))

    replies: list[Reply] = []
    worker = Worker(Kind.SEARCH, replies.append, gate=Gate())
    worker.make({"fake": lambda _: FakeTool(work)}, Prepare())
    worker.serve(Inbox(lines(), worker.cancel))
    assert replies[-1] == Answer(1, "cancelled")


def test_requests_are_noted_with_size_and_outcome() -> None:
    def work(_: str, run: Run) -> str:
        with run.network("a.org", "results") as traffic:
            traffic.count(3)
            traffic.count(4)
        with run.network("b.org", "results") as traffic:
            traffic.end("HTTP 503")
        with run.network("c.org", "results"):
            raise ValueError

    replies = ask(FakeTool(work), Request(1, Tool.SEARCH, ""))
    noted = [reply for reply in replies if isinstance(reply, Requested)]
    assert [(each.number, each.host, each.size, each.outcome) for each in noted] == [
        (1, "a.org", 0, ""),
        (1, "a.org", 7, "done"),
        (2, "b.org", 0, ""),
        (2, "b.org", 0, "HTTP 503"),
        (3, "c.org", 0, ""),
        (3, "c.org", 0, "ValueError"),
    ]


@pytest.mark.parametrize(
    ("event", "arguments"),
    [
        ("socket.getaddrinfo", ("a.org", 80, 0, 0, 0)),
        ("socket.connect", (None, ("127.0.0.1", 80))),
        ("socket.sendto", (None, ("::1", 80))),
        ("socket.sendmsg", (None, ("::1", 80))),
    ],
)
def test_a_request_that_was_not_announced_fails(
    event: str, arguments: tuple[object, ...]
) -> None:
    gate = Gate()
    with pytest.raises(PermissionError, match=event):
        gate._audit(event, arguments)
    with gate.request(lambda *_: None):
        gate._audit(event, arguments)
    with pytest.raises(PermissionError):
        gate._audit(event, arguments)


def test_processes_of_this_computer_may_talk() -> None:
    gate = Gate()
    gate._audit("socket.connect", (socket.socket, "/run/some.sock"))
    gate._audit("open", ("/etc/hosts", "r", 0))


def test_command_line(monkeypatch: pytest.MonkeyPatch) -> None:
    assert command_line() == (sys.executable, "-m", "app.plugins", "--kind", "compute")
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    assert command_line("extension:a") == (
        sys.executable,
        "--tools",
        "--kind",
        "extension:a",
    )
