"""Questions to a server that answers late, wrongly, half or not at all."""

import socket
import threading
from contextlib import contextmanager

import pytest

from app.domain.errors import ErrorCode, UserError
from app.domain.remote import RemoteModel, ServerKey
from app.engine.backend import CancelFlag
from app.engine.backends.remote import sse
from app.engine.backends.remote.exchange import Server
from app.engine.backends.remote.failures import RequestCancelledError, StatusError
from app.engine.backends.remote.wire import Limits
from tests.fakes.http_server import ScriptedServer

SHORT = Limits(connect=5, answer=0.3, silence=0.3)
LONG = Limits(connect=30, answer=30, silence=30)
KEY = "sk-a-secret-key-0123456789"


class Bench:
    """A scripted server and the one who asks it."""

    def __init__(self):
        self.cancelled = CancelFlag()
        self._opened = []

    def asks(self, server, limits=LONG, key=None):
        link = server if isinstance(server, str) else server.address
        asking = Server(
            RemoteModel.parse(link), key, cancelled=self.cancelled, limits=limits
        )
        self._opened.append(asking)
        return asking

    def close(self):
        for server in self._opened:
            server.close()


@pytest.fixture
def bench():
    bench = Bench()
    yield bench
    bench.close()


@contextmanager
def failing(code, words=""):
    with pytest.raises(UserError) as caught:
        yield caught
    assert caught.value.code is code
    assert words in caught.value.detail


def hello(answer):
    answer.json({"hello": 1})


def events(server):
    with server.stream("/stream", {"a": 1}) as data:
        return list(data)


def test_a_question_and_its_answer(bench):
    with ScriptedServer({"/p/x": hello}) as script:
        server = bench.asks(f"{script.address}/p")
        assert server.get("/x?y=1", dict) == {"hello": 1}
        assert server.post("/x", {"é": [1]}, dict) == {"hello": 1}
    got, posted = script.requests
    assert (got.method, got.path, got.body) == ("GET", "/p/x?y=1", b"")
    assert (posted.method, posted.json) == ("POST", {"é": [1]})
    assert posted.headers["Content-Type"] == "application/json"
    assert posted.headers["Host"] == f"127.0.0.1:{script.port}"
    assert "Authorization" not in posted.headers


def test_a_key_goes_to_the_server_and_nowhere_else(bench, capfd, caplog):
    def refuse(answer):
        said = answer.request.headers["Authorization"]
        answer.json({"error": {"message": f"I know no {said}"}}, 401)

    with ScriptedServer({"/x": hello, "/no": refuse}) as script:
        server = bench.asks(script, key=ServerKey(f" {KEY}\n"))
        server.get("/x", dict)
        with failing(ErrorCode.SERVER_KEY, "HTTP 401") as caught:
            server.get("/no", dict)
    assert script.requests[0].headers["Authorization"] == f"Bearer {KEY}"
    shown = f"{caught.value!r} {caught.value.detail} {caplog.text} {capfd.readouterr()}"
    assert KEY not in shown


@pytest.mark.parametrize("key", ["with space", "new\nline", "schlüssel", "钥匙"])
def test_what_cannot_be_a_key_is_refused_without_being_repeated(bench, key):
    with pytest.raises(UserError) as caught:
        bench.asks("https://host", key=ServerKey(key))
    assert caught.value.code is ErrorCode.SERVER_KEY
    assert key not in str(caught.value)


@pytest.mark.parametrize(
    ("status", "body", "code"),
    [
        (401, {"error": {"message": "Invalid API Key"}}, ErrorCode.SERVER_KEY),
        (403, {"detail": "forbidden"}, ErrorCode.SERVER_KEY),
        (404, {"detail": "Not Found"}, ErrorCode.SERVER_FAILED),
        (404, {"message": "The model `x` does not exist."}, ErrorCode.SERVER_MODEL),
        (
            400,
            {"error": {"type": "exceed_context_size_error"}},
            ErrorCode.PROMPT_TOO_LONG,
        ),
        (
            400,
            {"error": {"code": "context_length_exceeded"}},
            ErrorCode.PROMPT_TOO_LONG,
        ),
        (
            400,
            {"error": {"message": "maximum context length is 9"}},
            ErrorCode.PROMPT_TOO_LONG,
        ),
        (400, {"error": "bad"}, ErrorCode.SERVER_FAILED),
        (429, {"error": {"message": "slow down"}}, ErrorCode.SERVER_BUSY),
        (500, {"error": {"message": "oh"}}, ErrorCode.SERVER_FAILED),
        (502, [1], ErrorCode.SERVER_BUSY),
        (503, {"error": {"message": "Loading model"}}, ErrorCode.SERVER_BUSY),
        (301, {}, ErrorCode.SERVER_ADDRESS),
        (204, None, ErrorCode.SERVER_FAILED),
    ],
)
def test_refusals(bench, status, body, code):
    script = ScriptedServer({"/x": lambda answer: answer.json(body, status)})
    with script, failing(code, f"HTTP {status}"):
        bench.asks(script).get("/x", dict)


def test_when_to_come_again_is_said(bench):
    def busy(answer):
        answer.json({"error": "busy"}, 429, Retry_After="17")

    with ScriptedServer({"/x": busy}) as script:
        with failing(ErrorCode.SERVER_BUSY, "busy, Retry-After: 17 s"):
            bench.asks(script).get("/x", dict)
        assert len(script.requests) == 1


def test_a_strangers_words_are_cut_short_and_made_plain(bench):
    said = "line\none\x1b[31m\u202e" + "x" * 9999
    with ScriptedServer({"/x": lambda a: a.json({"error": said}, 500)}) as script:
        with failing(ErrorCode.SERVER_FAILED, "line one [31m xxx") as caught:
            bench.asks(script).get("/x", dict)
        assert len(caught.value.detail) < 300
        assert caught.value.detail.isprintable()


@pytest.mark.parametrize("where", ["http://192.0.2.1/", "/x", "https://127.0.0.1:1/"])
def test_redirects_are_not_followed(bench, where):
    def elsewhere(answer):
        answer.raw(b"", "text/html", 307, Location=where)

    with ScriptedServer({"/x": elsewhere, "/stream": elsewhere}) as script:
        server = bench.asks(script, key=ServerKey(KEY))
        with failing(ErrorCode.SERVER_ADDRESS):
            server.get("/x", dict)
        with failing(ErrorCode.SERVER_ADDRESS):
            events(server)
        assert script.paths() == ["/x", "/stream"]


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"<html>", "text/html"),
        (b"not json", "application/json"),
        (b"\xff", "application/json"),
        (b"[" * 100_000, "application/json"),
        (b"[1]", "application/json"),
        (b"", "application/json"),
    ],
)
def test_other_answers_than_were_asked_for(bench, body, kind):
    script = ScriptedServer({"/x": lambda answer: answer.raw(body, kind)})
    with script, failing(ErrorCode.SERVER_FAILED):
        bench.asks(script).get("/x", dict)


@pytest.mark.parametrize(
    "garbage", [b"SSH-2.0-OpenSSH\r\n", b"\x16\x03\x01" * 99, b"HTTP/1.1 abc\r\n\r\n"]
)
def test_a_server_that_speaks_something_else(bench, garbage):
    def speak(answer):
        answer.send(garbage)
        answer.hang_up()

    with ScriptedServer({"/x": speak}) as script, failing(ErrorCode.SERVER_FAILED):
        bench.asks(script).get("/x", dict)


def test_endless_heads_are_cut_off(bench):
    def speak(answer):
        answer.send(b"HTTP/1.1 200 OK\r\nX: " + b"x" * 100_000)
        answer.hang_up()

    with ScriptedServer({"/x": speak}) as script, failing(ErrorCode.SERVER_FAILED):
        bench.asks(script).get("/x", dict)


def test_an_answer_that_is_too_long(bench, monkeypatch):
    monkeypatch.setattr("app.engine.backends.remote.exchange._MOST_BODY", 99)
    script = ScriptedServer({"/x": lambda answer: answer.json(["x" * 99])})
    with script, failing(ErrorCode.SERVER_FAILED, "more than 99 bytes"):
        bench.asks(script).get("/x", list)


@pytest.mark.parametrize("how", ["hang_up", "reset"])
@pytest.mark.parametrize("when", ["before", "within"])
def test_a_connection_that_breaks(bench, how, when):
    def breaks(answer):
        if when == "within":
            answer.head(Content_Type="application/json", Content_Length=99)
            answer.send(b"[1,")
        getattr(answer, how)()

    with ScriptedServer({"/x": breaks}) as script, failing(ErrorCode.SERVER_LOST):
        bench.asks(script).get("/x", list)


def test_nobody_is_there(bench):
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with failing(ErrorCode.SERVER_UNREACHABLE, f"127.0.0.1:{port}: "):
        bench.asks(f"http://127.0.0.1:{port}").get("/x", dict)


def test_a_server_that_never_answers(bench):
    with ScriptedServer({"/x": lambda answer: answer.silence()}) as script:
        with failing(ErrorCode.SERVER_SILENT):
            bench.asks(script, SHORT).get("/x", dict)
        script.over.set()


def test_a_small_answer_that_drips(bench):
    def drip(answer):
        answer.send(b"HTTP/1.1 200 OK\r\n")
        while not answer.drips.wait(0.05):
            answer.send(b"X: 1\r\n")

    def script(answer):
        answer.drips = server.over
        try:
            drip(answer)
        except ConnectionError:
            answer.hang_up()

    with ScriptedServer({"/x": script}) as server, failing(ErrorCode.SERVER_SILENT):
        bench.asks(server, SHORT).get("/x", dict)


def test_a_connection_is_used_again(bench):
    ports = []

    def note(answer):
        ports.append(answer._handler.client_address)
        answer.json({})

    with ScriptedServer({"/x": note}) as script:
        server = bench.asks(script)
        for _ in range(3):
            server.get("/x", dict)
        server.close()
    assert len(set(ports)) == 1


@pytest.mark.parametrize("how", ["hang_up", "reset"])
def test_a_connection_that_has_gone_stale_is_made_anew(bench, how):
    def once(answer):
        answer.json({})
        getattr(answer, how)()

    with ScriptedServer({"/x": once}) as script:
        server = bench.asks(script)
        for _ in range(3):
            assert server.get("/x", dict) == {}
        assert len(script.requests) == 3


def test_a_completion_is_not_asked_for_twice(bench):
    with ScriptedServer({"/stream": lambda answer: answer.hang_up()}) as script:
        with failing(ErrorCode.SERVER_LOST):
            events(bench.asks(script))
        assert len(script.requests) == 1


# -- events --------------------------------------------------------------------------


def test_events_come_as_they_are_sent(bench):
    script = ScriptedServer({"/stream": lambda a: a.events(b"one", {"b": "é"}, b"x")})
    with script:
        assert events(bench.asks(script)) == [b"one", b'{"b": "\\u00e9"}', b"x"]


def test_events_are_cut_from_lines_however_they_arrive(bench):
    def drip(answer):
        answer.begin_events()
        for (
            byte
        ) in b": ping\r\n\r\nevent: x\r\ndata: a\r\ndata:b\r\n\r\n\n\ndata: c\n\n":
            answer.chunk(bytes([byte]))
        answer.chunk(b"data: cut off")
        answer.end_events()

    with ScriptedServer({"/stream": drip}) as script:
        assert events(bench.asks(script)) == [b"a\nb", b"c"]


@pytest.mark.parametrize("how", ["hang_up", "reset"])
def test_a_stream_that_breaks_is_lost(bench, how):
    def breaks(answer):
        answer.begin_events()
        answer.event(b"one")
        getattr(answer, how)()

    got = []
    with ScriptedServer({"/stream": breaks}) as script:
        server = bench.asks(script)
        with (
            failing(ErrorCode.SERVER_LOST),
            server.stream("/stream", {}) as data,
        ):
            got.extend(data)
    assert how == "reset" or got == [b"one"]


def endless_line(answer):
    answer.begin_events()
    try:
        while True:
            answer.chunk(b"data: " + b"x" * 9999)
    except ConnectionError:
        answer.until_closed()


def one_long_line(answer):
    answer.events(b"x" * 1100)


def many_lines(answer):
    answer.events(b"\ndata: ".join([b"x" * 99] * 99))


@pytest.mark.parametrize("script", [endless_line, one_long_line, many_lines])
def test_huge_events_are_cut_off(bench, monkeypatch, script):
    monkeypatch.setattr(sse, "MOST_BYTES", 1000)
    with ScriptedServer({"/stream": script}) as server:
        with failing(ErrorCode.SERVER_FAILED, "more than 1000 bytes"):
            events(bench.asks(server))
        server.scripts["/stream"] = lambda answer: answer.events(b"x" * 900)
        assert events(bench.asks(server)) == [b"x" * 900]


def test_a_stream_that_falls_silent(bench):
    def silent(answer):
        answer.begin_events()
        answer.event(b"one")
        answer.silence()

    with ScriptedServer({"/stream": silent}) as script:
        with failing(ErrorCode.SERVER_SILENT):
            events(bench.asks(script, SHORT))
        script.over.set()


def test_a_slow_stream_is_no_silent_one(bench):
    def slow(answer):
        answer.begin_events()
        for _ in range(8):
            answer.event(b"x")
            script.over.wait(0.1)
        answer.end_events()

    with ScriptedServer({"/stream": slow}) as script:
        assert len(events(bench.asks(script, SHORT))) == 8


def test_a_stream_of_another_kind(bench):
    script = ScriptedServer({"/stream": hello})
    with script, failing(ErrorCode.SERVER_FAILED, "application/json"):
        events(bench.asks(script))


def test_leaving_a_stream_closes_it(bench):
    def endless(answer):
        answer.begin_events()
        answer.event(b"one")
        answer.until_closed()

    with ScriptedServer({"/stream": endless}) as script:
        server = bench.asks(script)
        with server.stream("/stream", {}) as data:
            assert next(data) == b"one"
            assert not script.client_left.is_set()
        assert script.client_left.wait(30)


# -- stopping ------------------------------------------------------------------------


def cancel_soon(bench, event):
    thread = threading.Thread(target=lambda: (event.wait(30), bench.cancelled.set()))
    thread.start()
    return thread


def test_a_stop_ends_the_wait_for_an_answer(bench):
    asked = threading.Event()

    def waits(answer):
        asked.set()
        answer.until_closed()

    with ScriptedServer({"/x": waits}) as script:
        stopping = cancel_soon(bench, asked)
        with pytest.raises(RequestCancelledError):
            bench.asks(script).get("/x", dict)
        assert script.client_left.wait(30)
        stopping.join()


def test_a_stop_ends_the_wait_for_an_event(bench):
    asked = threading.Event()

    def waits(answer):
        answer.begin_events()
        answer.event(b"one")
        asked.set()
        answer.until_closed()

    with ScriptedServer({"/stream": waits}) as script:
        stopping = cancel_soon(bench, asked)
        with pytest.raises(RequestCancelledError):
            events(bench.asks(script))
        assert script.client_left.wait(30)
        stopping.join()


def test_a_stop_that_came_before(bench):
    bench.cancelled.set()
    with ScriptedServer({"/x": hello}) as script:
        with pytest.raises(RequestCancelledError):
            bench.asks(script).get("/x", dict)
        bench.cancelled.clear()
        assert bench.asks(script).get("/x", dict) == {"hello": 1}


def test_what_a_stop_calls_is_forgotten_afterwards():
    called, flag = [], CancelFlag()
    with flag.calling(lambda: called.append("first")):
        flag.set()
    with flag.calling(lambda: called.append("second")):
        pass
    flag.clear()
    with flag.calling(lambda: called.append("third")):
        pass
    flag.set()
    assert called == ["first", "second"]


def test_a_refusal_says_its_status(bench):
    with ScriptedServer() as script, pytest.raises(StatusError) as caught:
        bench.asks(script).get("/x", dict)
    assert caught.value.status == 404
