"""The commands of a reply: asking, running, done; and the log of it."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import pytest

from app.domain.errors import ErrorCode, UserError
from app.domain.permissions import Consent, Permission
from app.domain.sources import Source
from app.domain.tools import Command, Tool, ToolCall, ToolFailure, ToolState
from app.plugins.manager import Decisions, ToolInfo, ToolManager
from app.plugins.messages import Progress, Requested
from app.services.tool_desk import ToolDesk
from app.services.tool_stage import ToolStage
from app.store.database import Database
from app.store.tool_log import ToolLog

CALCULATE = Command(Tool.CALCULATE, "1+1")
SEARCH = Command(Tool.SEARCH, "MOSS")
TOOLS = (
    ToolInfo("documents", Tool.SEARCH, "search"),
    ToolInfo("web", Tool.SEARCH, "web"),
    ToolInfo("calculate", Tool.CALCULATE, "compute", Permission.ALWAYS),
)


@dataclass
class Link:
    started: list = field(default_factory=list)
    cancelled: int = 0

    def start(self, name, command):
        self.started.append((name, command))

    def cancel(self):
        self.cancelled += 1


class Bench:
    """A stage, with a clock that goes a second a look."""

    def __init__(self, database, **permissions):
        self.link, self.log = Link(), ToolLog(database)
        self.manager = ToolManager(TOOLS, decisions=Decisions(permissions))
        self.now = datetime(2026, 1, 1, tzinfo=UTC)
        self.errors, self.states = [], []
        self.desk = ToolDesk(
            manager=self.manager,
            link=self.link,
            journal=self.log,
            clock=self.tick,
            allow=self.allow,
            failed=self.errors.append,
        )

    def tick(self):
        self.now += timedelta(seconds=1)
        return self.now

    def allow(self, name, permission):
        permissions = {**self.manager.decisions.permissions, name: permission}
        self.manager.decide(Decisions(permissions))

    def begin(self, *commands):
        self.stage = ToolStage(commands, desk=self.desk, changed=self.changed)
        self.stage.begin()

    def changed(self):
        self.states.append([call.state for call in self.stage.calls])

    def found(self, *texts):
        sources = tuple(Source(text, f"/{text}", text) for text in texts)
        _, command = self.link.started[-1]
        self.stage.finished(ToolCall(command, ToolState.DONE, sources=sources))

    def failed(self, reason):
        _, command = self.link.started[-1]
        self.stage.finished(ToolCall.failed(command, reason))

    @property
    def logged(self):
        return [(call.tool, call.failure) for call in self.log.calls()]


@pytest.fixture
def database(tmp_path):
    with Database(tmp_path / "chats.sqlite3") as database:
        yield database


def test_commands_run_one_after_the_other(database):
    bench = Bench(database)
    bench.begin(CALCULATE, replace(CALCULATE, argument="2+2"))
    assert bench.link.started == [("calculate", CALCULATE)]
    bench.stage.finished(ToolCall(CALCULATE, ToolState.DONE, "2"))
    assert len(bench.link.started) == 2
    assert not bench.stage.over
    bench.failed(ToolFailure.TOO_LARGE)
    assert bench.stage.over
    assert [call.result for call in bench.stage.calls] == ["2", "No result."]
    assert [call.seconds for call in bench.stage.calls] == [1.0, 1.0]
    assert bench.logged == [
        ("calculate", ToolFailure.TOO_LARGE),
        ("calculate", None),
    ]


def test_a_call_is_skipped_and_the_next_begins(database):
    bench = Bench(database)
    again = replace(CALCULATE, argument="2+2")
    bench.begin(CALCULATE, again)
    bench.stage.skip()
    assert bench.link.cancelled == 1
    assert bench.stage.calls[0].reason is ToolFailure.CANCELLED
    assert bench.stage.calls[0].result == "No result."
    assert bench.link.started[-1] == ("calculate", again)
    bench.stage.finished(ToolCall(CALCULATE, ToolState.DONE, "2"))
    assert not bench.stage.over
    bench.stage.finished(ToolCall(again, ToolState.DONE, "4"))
    assert bench.stage.over
    assert bench.logged == [
        ("calculate", None),
        ("calculate", ToolFailure.CANCELLED),
    ]
    bench.stage.skip()
    assert bench.link.cancelled == 1


def test_a_tool_asks_and_is_allowed_once(database):
    bench = Bench(database, web=Permission.ASK)
    bench.begin(SEARCH)
    assert bench.link.started == []
    assert bench.stage.asking
    assert bench.stage.calls[0].providers == ("web",)
    bench.stage.consent(Consent.ONCE)
    assert bench.link.started == [("web", SEARCH)]
    bench.found("a")
    assert bench.stage.over
    assert bench.manager.permission("web") is Permission.ASK


def test_always_is_remembered(database):
    bench = Bench(database, web=Permission.ASK)
    bench.begin(SEARCH, replace(SEARCH, argument="again"))
    bench.stage.consent(Consent.ALWAYS)
    bench.found("a")
    assert [name for name, _ in bench.link.started] == ["web", "web"]
    assert not bench.stage.asking
    assert bench.manager.permission("web") is Permission.ALWAYS


def test_a_refused_tool_gives_moss_its_failure_text(database):
    bench = Bench(database, web=Permission.ASK)
    bench.begin(SEARCH, CALCULATE)
    bench.stage.consent(Consent.NO)
    call = bench.stage.calls[0]
    assert (call.state, call.result) == (ToolState.FAILED, "No result.")
    assert call.reason is ToolFailure.REFUSED
    assert bench.logged == [("web", ToolFailure.REFUSED)]
    assert bench.link.started == [("calculate", CALCULATE)]


def test_who_need_not_ask_answers_all_the_same(database):
    bench = Bench(database, web=Permission.ASK, documents=Permission.ALWAYS)
    bench.begin(SEARCH)
    assert bench.stage.calls[0].providers == ("web",)
    bench.stage.consent(Consent.NO)
    assert bench.link.started == [("documents", SEARCH)]


def test_what_several_found_is_merged(database):
    allowed = dict.fromkeys(("web", "documents"), Permission.ALWAYS)
    bench = Bench(database, **allowed)
    bench.begin(SEARCH)
    bench.found("a", "b", "c")
    assert not bench.stage.over
    bench.found("d", "a")
    [call] = bench.stage.calls
    assert [source.text for source in call.sources] == ["a", "d", "b"]
    assert call.providers == ("documents", "web")
    assert call.seconds == 2.0


@pytest.mark.parametrize("first", [True, False])
def test_one_of_several_fails(database, first):
    allowed = dict.fromkeys(("web", "documents"), Permission.ALWAYS)
    bench = Bench(database, **allowed)
    bench.begin(SEARCH)
    for fails in (first, not first):
        bench.failed(ToolFailure.UNREACHABLE) if fails else bench.found("a")
    [call] = bench.stage.calls
    assert (call.state, len(call.sources)) == (ToolState.DONE, 1)


def test_all_of_several_fail(database):
    allowed = dict.fromkeys(("web", "documents"), Permission.ALWAYS)
    bench = Bench(database, **allowed)
    bench.begin(SEARCH)
    bench.failed(ToolFailure.NOTHING_FOUND)
    bench.failed(ToolFailure.UNREACHABLE)
    assert bench.stage.calls[0].reason is ToolFailure.NOTHING_FOUND


def test_nobody_answers_any_more(database):
    bench = Bench(database, web=Permission.ASK)
    bench.begin(SEARCH)
    bench.manager.decide(Decisions())
    bench.stage.consent(Consent.ONCE)
    assert bench.stage.calls[0].reason is ToolFailure.UNAVAILABLE
    bench.begin(SEARCH)
    assert bench.stage.over
    assert bench.logged[0] == ("", ToolFailure.UNAVAILABLE)


def test_progress_is_shown(database):
    bench = Bench(database)
    bench.begin(CALCULATE)
    bench.stage.progressed(Progress(1, 0.5, "half"))
    [call] = bench.stage.calls
    assert (call.progress, call.detail) == (0.5, "half")
    bench.stage.finished(ToolCall(CALCULATE, ToolState.DONE, "2"))
    assert bench.stage.calls[0].detail == ""
    bench.stage.progressed(Progress(1, 0.7))
    assert bench.stage.calls[0].progress == 0.0


@pytest.mark.parametrize("asking", [True, False])
def test_all_is_given_up(database, asking):
    bench = Bench(database, web=Permission.ASK if asking else Permission.ALWAYS)
    bench.begin(SEARCH, CALCULATE)
    bench.stage.cancel()
    assert bench.link.cancelled == (not asking)
    reasons = {call.reason for call in bench.stage.calls}
    assert reasons == {ToolFailure.CANCELLED}
    assert bench.logged == ([] if asking else [("web", ToolFailure.CANCELLED)])
    bench.stage.finished(ToolCall(SEARCH, ToolState.DONE))
    assert bench.stage.over


def test_what_was_done_stays_when_the_rest_is_given_up(database):
    bench = Bench(database)
    bench.begin(CALCULATE, CALCULATE)
    bench.stage.finished(ToolCall(CALCULATE, ToolState.DONE, "2"))
    bench.stage.cancel()
    assert [call.state for call in bench.stage.calls] == [
        ToolState.DONE,
        ToolState.FAILED,
    ]


def test_all_is_given_up_by_whoever_is_told_that_it_begins(database):
    bench = Bench(database)
    bench.changed = lambda: bench.stage.cancel()  # noqa: PLW0108 -- not made yet
    bench.begin(CALCULATE, CALCULATE)
    assert bench.stage.over
    assert bench.link.started == []


def test_an_answer_that_nobody_waits_for(database):
    bench = Bench(database)
    bench.begin(CALCULATE)
    bench.stage.finished(ToolCall(SEARCH, ToolState.DONE))
    assert not bench.stage.over
    bench.stage.consent(Consent.ONCE)
    assert len(bench.link.started) == 1


def test_each_request_is_noted_at_its_beginning_and_its_end(database):
    bench = Bench(database)
    begun = Requested(7, 1, host="a.org", purpose="results")
    bench.desk.note_request("web", begun)
    [record] = bench.log.requests()
    assert (record.tool, record.host, record.outcome) == ("web", "a.org", "")
    ended = Requested(7, 1, "a.org", "results", size=9, outcome="done", seconds=0.5)
    bench.desk.note_request("web", ended)
    bench.desk.note_request("web", ended)
    [record] = bench.log.requests()
    assert (record.size, record.outcome, record.seconds) == (9, "done", 0.5)


def test_a_log_that_cannot_be_written_ends_nothing(database):
    bench = Bench(database)

    def full(_record):
        raise UserError(ErrorCode.DISK_FULL)

    bench.desk.journal = type("Full", (), {"add_call": staticmethod(full)})()
    bench.begin(CALCULATE)
    bench.stage.finished(ToolCall(CALCULATE, ToolState.DONE, "2"))
    assert bench.stage.over
    assert [error.code for error in bench.errors] == [ErrorCode.DISK_FULL]
