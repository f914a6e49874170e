"""A reply through all its stages, with fakes at the services' own seams."""

from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest

from app.domain.conversation import MessageState, Role
from app.domain.errors import ErrorCode, UserError
from app.domain.generation import FinishReason, ModelInfo, Sampling, Usage
from app.domain.tools import Tool, ToolCall, ToolState
from app.engine import protocol
from app.services.chat import ChatService
from app.services.observers import ChatState
from app.store.conversations import ConversationStore
from app.store.database import Database

MODEL = ModelInfo(
    path="m.gguf",
    name="MOSS test",
    architecture="phi2",
    form="plugin",
    demo=False,
    parameters=1,
    size_bytes=1,
    vocabulary=1,
    context=2048,
    device="CPU",
)


@dataclass
class FakeEngine:
    sent: list = field(default_factory=list)

    def send(self, command):
        self.sent.append(command)

    def last(self, kind):
        return next(c for c in reversed(self.sent) if isinstance(c, kind))


@dataclass
class FakeTools:
    started: list = field(default_factory=list)
    cancelled: int = 0

    def start(self, command):
        self.started.append(command)

    def cancel(self):
        self.cancelled += 1


@dataclass
class FakeObserver:
    states: list = field(default_factory=list)
    messages: list = field(default_factory=list)
    pieces: list = field(default_factory=list)
    errors: list = field(default_factory=list)
    context: tuple = ()

    def chat_state_changed(self, state):
        self.states.append(state)

    def message_changed(self, conversation_id, message):
        self.messages.append(message)

    def text_streamed(self, piece):
        self.pieces.append(piece)

    def context_measured(self, used, total):
        self.context = (used, total)

    def conversations_changed(self):
        pass

    def chat_failed(self, error):
        self.errors.append(error)


class Bench:
    """A chat service over a real archive, and hands to play the engine."""

    def __init__(self, path):
        self.engine, self.tools, self.observer = (
            FakeEngine(),
            FakeTools(),
            FakeObserver(),
        )
        self.database = Database(path)
        self.store = ConversationStore(self.database)
        self.chat = ChatService(
            engine=self.engine,
            tools=self.tools,
            archive=self.store,
            observer=self.observer,
            clock=lambda: datetime.now(UTC),
        )
        self.chat.set_model(MODEL)

    def send(self, text, conversation=None, tools=(Tool.CALCULATE, Tool.SOLVE)):
        return self.chat.send(conversation, text, enabled=tools, sampling=Sampling())

    def fit(self, tokens=300):
        asked = self.engine.last(protocol.Tokenize)
        self.chat.engine_event(protocol.Tokenized(asked.id, tuple(range(tokens))))

    def write(self, *pieces):
        generation = self.engine.last(protocol.Generate).id
        for piece in pieces:
            event = (
                protocol.ControlToken(generation, piece)
                if piece.startswith("<eo")
                else protocol.TextDelta(generation, piece)
            )
            self.chat.engine_event(event)

    def finish(self, reason=FinishReason.STOP):
        generation = self.engine.last(protocol.Generate).id
        usage = Usage(300, 250, 5, generate_seconds=0.5, seed=7)
        self.chat.engine_event(protocol.Finished(generation, reason, usage))

    def stage_one(self, commands="None"):
        self.fit()
        self.write("<|Inner Thoughts|>: Hm.", "<eot>", "\n<|Commands|>: ", commands)
        self.write("<eoc>")
        self.finish()

    def answer(self, text):
        self.fit()
        self.write(" ", text, "<eom>")
        self.finish()

    def path(self, conversation):
        return self.store.load(conversation).conversation.path()

    def prompt(self):
        segments = self.engine.last(protocol.Generate).prompt
        return "".join(segment.text for segment in segments)


@pytest.fixture
def bench(tmp_path):
    bench = Bench(tmp_path / "chats.sqlite3")
    yield bench
    bench.database.close()


def test_a_reply_with_a_tool(bench):
    chat = bench.send("What is 37*48?")
    bench.stage_one('Calculate("37*48")')
    [command] = bench.tools.started
    assert (command.tool, command.argument) == (Tool.CALCULATE, "37*48")
    assert bench.chat.state is ChatState.USING_TOOLS
    bench.chat.tool_finished(ToolCall(command, ToolState.DONE, "1776"))
    bench.fit()
    assert bench.prompt().endswith(
        '<|Commands|>: Calculate("37*48")<eoc>\n'
        "<|Results|>:\nCalculate(\"37*48\") => '1776'\n<eor>\n<|MOSS|>:"
    )
    bench.write(" 37*48", " = 1776.", "<eom>")
    bench.finish()
    question, reply = bench.path(chat)
    assert question.role is Role.USER
    assert reply.text == "37*48 = 1776."
    assert reply.thoughts == "Hm."
    assert reply.state is MessageState.COMPLETE
    assert reply.calls == (ToolCall(command, ToolState.DONE, "1776"),)
    assert reply.usage.generated_tokens == 10
    assert reply.usage.prompt_tokens == 300
    assert (reply.usage.seed, reply.usage.cached_tokens) == (7, 250)
    assert bench.chat.state is ChatState.IDLE
    assert bench.observer.context == (300, 2048)


def test_without_a_command_no_tool_runs(bench):
    bench.send("Hello")
    bench.stage_one()
    assert bench.tools.started == []
    bench.fit()
    assert bench.prompt().endswith("<|Results|>: None<eor>\n<|MOSS|>:")


def test_a_tool_that_is_off_does_not_run(bench):
    bench.send("Solve x=1", tools=(Tool.CALCULATE,))
    bench.stage_one('Solve("x=1")')
    assert bench.tools.started == []


def test_the_next_turn_sees_the_last(bench):
    chat = bench.send("one")
    bench.stage_one()
    bench.answer("1")
    bench.send("two", chat)
    bench.fit()
    assert "<|Human|>: one<eoh>\n" in bench.prompt()
    assert "<|MOSS|>: 1<eom>\n<|Human|>: two<eoh>\n" in bench.prompt()


def test_oldest_turns_make_room(bench):
    chat = bench.send("one")
    bench.stage_one()
    bench.answer("1")
    bench.send("two", chat)
    bench.fit(tokens=2000)
    assert bench.chat.state is ChatState.FITTING
    bench.fit(tokens=300)
    assert "<|Human|>: one" not in bench.prompt()
    assert bench.prompt().endswith("<|Human|>: two<eoh>\n")


def test_a_full_window_is_emptied_well_below_its_end(bench):
    """So that the next turns fit without evaluating the history again."""
    chat = None
    for number in range(12):
        chat = bench.send(f"question {number} " + "x" * 200, chat)
        bench.stage_one()
        bench.answer("y" * 200)
    bench.send("next", chat)
    bench.fit(tokens=2000)
    left = bench.engine.last(protocol.Tokenize).prompt
    text = "".join(segment.text for segment in left)
    assert 2 <= text.count("<|Human|>: question") <= 8
    assert "question 11" in text
    bench.fit(tokens=900)
    assert bench.chat.state is ChatState.THINKING


def test_half_characters_do_not_stop_a_message(bench):
    chat = bench.send("caf\udce9")
    assert bench.path(chat)[0].text == "caf?"


def test_stop_keeps_what_was_written(bench):
    chat = bench.send("Hello")
    bench.stage_one()
    bench.fit()
    bench.write(" Half of")
    bench.chat.stop()
    generation = bench.engine.last(protocol.Generate).id
    assert bench.engine.sent[-1] == protocol.Stop(generation)
    reply = bench.path(chat)[-1]
    assert (reply.text, reply.state) == ("Half of", MessageState.STOPPED)
    bench.write(" it.")
    bench.finish(FinishReason.CANCELLED)
    assert bench.path(chat)[-1] == reply
    assert bench.chat.state is ChatState.IDLE


def test_stop_that_meets_the_end_of_a_stage(bench):
    chat = bench.send("Hello")
    bench.fit()
    bench.write("<|Inner Thoughts|>: Hm.", "<eot>", "\n<|Commands|>: None", "<eoc>")
    bench.chat.stop()
    bench.finish()
    assert bench.chat.state is ChatState.IDLE
    assert bench.path(chat)[-1].state is MessageState.STOPPED


def test_a_reply_that_was_cut_says_so(bench):
    chat = bench.send("Hello")
    bench.stage_one()
    bench.fit()
    bench.write(" And then")
    bench.finish(FinishReason.LENGTH)
    reply = bench.path(chat)[-1]
    assert (reply.text, reply.state) == ("And then", MessageState.CUT)


def test_stop_while_a_tool_runs(bench):
    chat = bench.send("1+1")
    bench.stage_one('Calculate("1+1")')
    bench.chat.stop()
    assert bench.tools.cancelled == 1
    assert bench.chat.state is ChatState.IDLE
    assert bench.path(chat)[-1].calls[0].state is ToolState.FAILED


def test_a_late_answer_of_a_cancelled_tool_is_ignored(bench):
    chat = bench.send("1+1")
    bench.stage_one('Calculate("1+1")')
    bench.chat.stop()
    bench.chat.tool_finished(ToolCall(bench.tools.started[0], ToolState.DONE, "2"))
    assert bench.chat.state is ChatState.IDLE
    assert bench.path(chat)[-1].calls[0].state is ToolState.FAILED


def test_a_lost_engine_keeps_the_text_and_the_next_message_works(bench):
    chat = bench.send("Hello")
    bench.stage_one()
    bench.fit()
    bench.write(" Half of")
    bench.chat.engine_lost()
    reply = bench.path(chat)[-1]
    assert (reply.text, reply.state) == ("Half of", MessageState.INTERRUPTED)
    with pytest.raises(UserError) as caught:
        bench.send("Again", chat)
    assert caught.value.code is ErrorCode.MODEL_NOT_LOADED
    bench.chat.set_model(MODEL)
    bench.send("Again", chat)
    bench.stage_one()
    bench.answer("Whole.")
    assert bench.path(chat)[-1].text == "Whole."


def test_flush_saves_what_has_streamed(bench):
    chat = bench.send("Hello")
    bench.stage_one()
    bench.fit()
    bench.write(" Half of")
    bench.chat.flush()
    assert bench.path(chat)[-1].text == "Half of"


def test_opening_the_chat_in_mid_reply_shows_all_of_it(bench):
    chat = bench.send("Hello")
    bench.stage_one()
    bench.fit()
    bench.write(" Half of")
    reply = bench.chat.open(chat).conversation.path()[-1]
    assert (reply.text, reply.state) == ("Half of", MessageState.STREAMING)


def test_one_reply_at_a_time(bench):
    bench.send("Hello")
    with pytest.raises(UserError) as caught:
        bench.send("Me too")
    assert caught.value.code is ErrorCode.BUSY


def test_events_of_another_generation_are_ignored(bench):
    chat = bench.send("Hello")
    bench.stage_one()
    bench.fit()
    bench.chat.engine_event(protocol.TextDelta("old", "nonsense"))
    bench.write(" Hi", "<eom>")
    bench.finish()
    assert bench.path(chat)[-1].text == "Hi"


def test_a_failure_ends_the_reply_and_is_said(bench):
    chat = bench.send("Hello")
    bench.fit()
    generation = bench.engine.last(protocol.Generate).id
    failed = protocol.Failed(ErrorCode.PROMPT_TOO_LONG, id=generation)
    bench.chat.engine_event(failed)
    assert [error.code for error in bench.observer.errors] == [
        ErrorCode.PROMPT_TOO_LONG
    ]
    assert bench.path(chat)[-1].state is MessageState.INTERRUPTED


def test_a_full_disk_does_not_end_the_reply(bench, monkeypatch):
    chat = bench.send("Hello")
    bench.stage_one()
    bench.fit()

    def refuse(conversation_id, message):
        raise UserError(ErrorCode.DISK_FULL)

    monkeypatch.setattr(bench.store, "save_message", refuse)
    bench.write(" Half")
    bench.chat.flush()
    bench.write(" of")
    bench.chat.flush()
    assert [error.code for error in bench.observer.errors] == [ErrorCode.DISK_FULL]
    monkeypatch.undo()
    bench.write(" it.", "<eom>")
    bench.finish()
    assert bench.path(chat)[-1].text == "Half of it."


def test_a_model_of_another_kind_is_refused(bench):
    bench.chat.set_model(ModelInfo(**{**_fields(MODEL), "form": ""}))
    with pytest.raises(UserError) as caught:
        bench.send("Hello")
    assert caught.value.code is ErrorCode.MODEL_UNSUPPORTED


def _fields(model):
    return {name: getattr(model, name) for name in model.__dataclass_fields__}
