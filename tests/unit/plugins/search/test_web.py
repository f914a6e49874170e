"""The web source: ddgs itself, sent to a search engine of this test's."""

import pytest

from app.plugins.api import Setup, ToolError, ToolFailure
from app.plugins.search.web import ENGINE, HOST, WebSearch
from tests.fakes.http_server import ScriptedServer
from tests.fakes.tool_run import FakeRun

ddgs_engines = pytest.importorskip("ddgs.engines")

PAGE = """<html><body>{}</body></html>"""
ENTRY = '<div class="result__body links_main"><h2>{0}</h2><a href="{1}">{2}</a></div>'


def ask(script, run=None):
    run = run or FakeRun()
    engine = ddgs_engines.ENGINES["text"][ENGINE]
    with (
        ScriptedServer({"/html/": script}) as server,
        pytest.MonkeyPatch.context() as m,
    ):
        m.setattr(engine, "search_url", f"{server.address}/html/")
        tool = WebSearch(Setup())
        tool.prepare()
        return tool.run("what is moss", run).sources


def page(*entries):
    return PAGE.format("".join(ENTRY.format(*entry) for entry in entries)).encode()


def test_results_are_sources_and_the_request_is_noted():
    run = FakeRun()
    found = page(
        ("Moss", "https://example.org/moss", "Mosses are small plants. " * 40),
        ("Trap", "javascript:alert(1)", "no page"),
        ("More", "https://example.org/more", "They grow in shade."),
    )
    sources = ask(lambda answer: answer.raw(found, "text/html"), run)
    assert [source.location for source in sources] == [
        "https://example.org/moss",
        "https://example.org/more",
    ]
    assert len(sources[0].text) <= 400
    assert sources[0].text.endswith("plants.")
    assert [(each.host, each.outcome) for each in run.requests] == [(HOST, "")]


@pytest.mark.parametrize(
    ("script", "failure"),
    [
        (lambda a: a.raw(page(), "text/html"), ToolFailure.NOTHING_FOUND),
        (lambda a: a.raw(b"", "text/html", 503), ToolFailure.NOTHING_FOUND),
        (lambda a: a.reset(), ToolFailure.UNREACHABLE),
    ],
    ids=["nothing", "503", "reset"],
)
def test_what_goes_wrong_is_said(script, failure):
    with pytest.raises(ToolError) as caught:
        ask(script)
    assert caught.value.failure is failure


def test_an_engine_that_is_gone_is_not_replaced_by_others(monkeypatch):
    monkeypatch.delitem(ddgs_engines.ENGINES["text"], ENGINE)
    run = FakeRun()
    with pytest.raises(ToolError) as caught:
        WebSearch(Setup()).run("moss", run)
    assert run.requests == []
    assert caught.value.failure is ToolFailure.MISSING
