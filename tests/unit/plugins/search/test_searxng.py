"""A SearXNG server that answers well, strangely, or not at all."""

import pytest

from app.plugins.api import Setup, ToolError, ToolFailure
from app.plugins.search import http
from app.plugins.search.needs import has_server
from app.plugins.search.searxng import SearxngSearch
from tests.fakes.http_server import ScriptedServer
from tests.fakes.tool_run import FakeRun

GOOD = {
    "query": "moss",
    "answers": [],
    "results": [
        {
            "title": "Moss &amp; more",
            "url": "https://example.org/moss",
            "content": "Mosses are <b>small</b> plants.\nThey grow in shade.",
        },
        {"title": "Long", "url": "http://example.org/2", "content": "Word. " * 300},
        {"title": "Only a title", "url": "https://example.org/3", "content": None},
        {"title": "No page", "url": "javascript:alert(1)", "content": "x"},
    ],
}


def ask(script, run=None, question="what is moss & 苔藓?"):
    with ScriptedServer({"/search": script}) as server:
        tool = SearxngSearch(Setup({"address": server.address}))
        result = tool.run(question, run or FakeRun())
        return result.sources, server


def failure(script, **options):
    with pytest.raises(ToolError) as caught:
        ask(script, **options)
    return caught.value.failure


def test_results_are_sources_and_the_request_is_noted():
    run = FakeRun()
    sources, server = ask(lambda answer: answer.json(GOOD), run)
    assert [source.title for source in sources] == [
        "Moss & more",
        "Long",
        "Only a title",
    ]
    assert sources[0].text == "Mosses are small plants. They grow in shade."
    assert sources[0].location == "https://example.org/moss"
    assert 300 < len(sources[1].text) <= 400
    assert sources[1].text.endswith("Word.")
    (request,) = server.requests
    assert request.path == (
        "/search?q=what+is+moss+%26+%E8%8B%94%E8%97%93%3F&format=json"
    )
    (exchange,) = run.requests
    assert exchange.host == f"127.0.0.1:{server.port}"
    assert exchange.outcome == "HTTP 200"
    assert exchange.size > 1000


@pytest.mark.parametrize(
    "answer", ["42 metres", {"answer": "42 metres", "url": "https://example.org/a"}]
)
def test_an_answer_box_comes_first(answer):
    sources, _ = ask(lambda reply: reply.json(GOOD | {"answers": [answer]}))
    assert sources[0].answer
    assert sources[0].text == "42 metres"
    assert not sources[1].answer


@pytest.mark.parametrize(
    "value",
    [
        {},
        [],
        None,
        {"results": None, "answers": 7},
        {"results": [1, "x", None, {"url": 5}, {"title": ["a"], "url": "https://a"}]},
    ],
)
def test_what_holds_no_results_found_nothing(value):
    assert failure(lambda answer: answer.json(value)) is ToolFailure.NOTHING_FOUND


@pytest.mark.parametrize(
    "script",
    [
        lambda answer: answer.json({"error": "rate"}, 429),
        lambda answer: answer.head(
            302, Location="http://127.0.0.1:9/", Content_Length=0
        ),
        lambda answer: answer.raw(b"<html>", "text/html"),
        lambda answer: answer.raw(b"[" * 100_000, "application/json"),
        lambda answer: answer.raw(b"\xff\xfe\x00", "application/json"),
        lambda answer: answer.reset(),
        lambda answer: answer.hang_up(),
        lambda answer: answer.raw(b"x" * (http.MOST_BYTES + 1), "text/plain"),
    ],
    ids=["429", "redirect", "html", "deep", "binary", "reset", "hang-up", "huge"],
)
def test_what_goes_wrong_is_said(script):
    assert failure(script) is ToolFailure.UNREACHABLE


def test_a_server_that_is_silent_or_slow_is_given_up(monkeypatch):
    monkeypatch.setattr(http.get, "__kwdefaults__", {"seconds": 0.3})

    def drip(answer):
        answer.head(Content_Length=1000)
        while not answer._server.over.wait(0.05):
            answer.send(b" ")

    assert failure(lambda answer: answer.silence()) is ToolFailure.UNREACHABLE
    assert failure(drip) is ToolFailure.UNREACHABLE


def test_nobody_is_there():
    with ScriptedServer() as server:
        address = server.address
    with pytest.raises(ToolError) as caught:
        SearxngSearch(Setup({"address": address})).run("x", FakeRun())
    assert caught.value.failure is ToolFailure.UNREACHABLE


def test_a_certificate_that_nobody_trusts():
    with ScriptedServer(encrypted=True) as server:
        tool = SearxngSearch(Setup({"address": server.address}))
        with pytest.raises(ToolError) as caught:
            tool.run("x", FakeRun())
    assert caught.value.failure is ToolFailure.UNREACHABLE
    assert "certificate" in caught.value.detail
    assert server.requests == []


@pytest.mark.parametrize(
    ("address", "usable"),
    [
        ("https://search.example", True),
        ("http://127.0.0.1:8888/searx", True),
        ("http://192.168.1.4:8888", False),
        ("https://name:secret@search.example", False),
        ("", False),
        (7, False),
    ],
)
def test_which_addresses_may_be_asked(address, usable):
    assert has_server({"address": address}) is usable
    run = FakeRun()
    if not usable:
        with pytest.raises(ToolError) as caught:
            SearxngSearch(Setup({"address": address})).run("x", run)
        assert caught.value.failure is ToolFailure.MISSING
        assert run.requests == []
