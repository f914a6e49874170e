"""Two versions of a reply written at once: one prompt, two messages."""

import pytest

from app.domain.conversation import MessageState
from app.domain.errors import ErrorCode, UserError
from app.domain.generation import FinishReason, Sampling, Usage
from app.domain.tools import Tool, ToolCall, ToolState
from app.engine import protocol
from app.services.reply import ReplyOptions
from tests.fakes.chat_bench import ENABLED, Bench

TWO = ReplyOptions(frozenset(ENABLED), Sampling(), candidates=2)
STOP, LENGTH = FinishReason.STOP, FinishReason.LENGTH


@pytest.fixture
def bench(tmp_path):
    bench = Bench(tmp_path / "chats.sqlite3")
    yield bench
    bench.database.close()


def second(bench, *pieces):
    generation = bench.engine.last(protocol.Generate).id
    for piece in pieces:
        kind = protocol.ControlToken if piece.startswith("<eo") else protocol.TextDelta
        bench.chat.engine_event(kind(generation, piece, candidate=1))


def both_finish(bench, *reasons):
    generation = bench.engine.last(protocol.Generate).id
    usage = Usage(300, 250, 9, generate_seconds=0.5, seed=7)
    bench.chat.engine_event(protocol.Finished(generation, reasons[0], usage, reasons))


def versions(bench, chat):
    """The replies of a chat, those that are not shown included."""
    messages = bench.store.load(chat).conversation.messages.values()
    return [m for m in messages if m.parent is not None]


def test_thoughts_and_tools_are_shared_and_the_answers_are_not(bench):
    chat = bench.asking.send(None, "What is 37*48?", TWO)
    bench.stage_one('Calculate("37*48")')
    assert bench.engine.last(protocol.Generate).candidates == 1
    command = bench.tools.started[-1]
    bench.chat.tool_finished(ToolCall(command, ToolState.DONE, "1776"))
    bench.fit()
    assert bench.engine.last(protocol.Generate).candidates == 2
    bench.write(" It is ", "1776.")
    second(bench, " 1776", ", of course.", "<eom>")
    bench.write("<eom>")
    both_finish(bench, STOP, STOP)
    first, other = versions(bench, chat)
    assert (first.text, other.text) == ("It is 1776.", "1776, of course.")
    assert first.thoughts == other.thoughts == "Hm."
    assert first.calls == other.calls
    assert first.calls[0].command.tool is Tool.CALCULATE
    assert {first.state, other.state} == {MessageState.COMPLETE}
    assert bench.path(chat)[-1].id == first.id
    shown = {piece.text for piece in bench.observer.pieces}
    assert not any("of course" in text for text in shown)


def test_what_streams_is_saved_of_both_and_the_first_stays_the_leaf(bench):
    chat = bench.asking.send(None, "Hello", TWO)
    bench.stage_one()
    bench.fit()
    bench.write(" One")
    second(bench, " Two")
    bench.chat.flush()
    assert [m.text for m in versions(bench, chat)] == ["One", "Two"]
    assert bench.path(chat)[-1].text == "One"
    second(bench, " and more")
    bench.chat.flush()
    assert [m.text for m in versions(bench, chat)] == ["One", "Two and more"]


def test_each_ends_in_its_own_way(bench):
    chat = bench.asking.send(None, "Hello", TWO)
    bench.stage_one()
    bench.fit()
    bench.write(" One", "<eom>")
    second(bench, " Two and so on")
    both_finish(bench, STOP, LENGTH)
    assert [m.state for m in versions(bench, chat)] == [
        MessageState.COMPLETE,
        MessageState.CUT,
    ]


def test_both_are_stopped_and_kept(bench):
    chat = bench.asking.send(None, "Hello", TWO)
    bench.stage_one()
    bench.fit()
    bench.write(" One")
    second(bench, " Two")
    bench.chat.stop()
    assert [(m.text, m.state) for m in versions(bench, chat)] == [
        ("One", MessageState.STOPPED),
        ("Two", MessageState.STOPPED),
    ]


def test_an_engine_that_writes_one_leaves_no_trace_of_the_other(bench):
    chat = bench.asking.send(None, "Hello", TWO)
    bench.stage_one()
    bench.answer("One")
    assert [m.text for m in versions(bench, chat)] == ["One"]
    assert bench.path(chat)[-1].state is MessageState.COMPLETE


def test_a_stage_that_is_written_on_is_not_written_twice_again(bench):
    chat = bench.asking.send(None, "One", TWO)
    bench.stage_one()
    bench.answer("1")
    bench.asking.send(chat, "Hello", TWO)
    bench.stage_one()
    bench.fit()
    bench.write(" One")
    second(bench, " Two")
    both_finish(bench, FinishReason.CONTEXT_FULL, STOP)
    bench.fit()
    assert bench.engine.last(protocol.Generate).candidates == 1
    bench.write(" and on", "<eom>")
    bench.finish()
    texts = [m.text for m in versions(bench, chat)]
    assert texts[-2:] == ["One and on", "Two"]


def test_one_who_asked_for_one_gets_one(bench):
    options = ReplyOptions(frozenset(ENABLED), Sampling())
    bench.asking.send(None, "Hello", options)
    bench.stage_one()
    bench.fit()
    assert bench.engine.last(protocol.Generate).candidates == 1


def test_a_full_disk_is_said_once(bench, monkeypatch):
    def full(*_):
        raise UserError(ErrorCode.DISK_FULL)

    bench.asking.send(None, "Hello", TWO)
    bench.stage_one()
    bench.fit()
    monkeypatch.setattr(type(bench.store), "save_message", full)
    bench.write(" One")
    second(bench, " Two")
    bench.chat.flush()
    second(bench, " and more")
    bench.chat.flush()
    assert [e.code for e in bench.observer.errors] == [ErrorCode.DISK_FULL]
