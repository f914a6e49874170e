"""Versions, edits, forks and deletions, with fakes at the services' own seams."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from app.domain import branches
from app.domain.conversation import MessageState
from app.domain.errors import ErrorCode, UserError
from app.domain.feedback import Feedback, Rating
from app.domain.generation import FinishReason, Sampling, Speaker
from app.domain.tools import Tool, ToolCall, ToolFailure, ToolState
from app.engine import protocol
from app.services.branching import Branching
from app.services.observers import ChatState
from app.services.reply import ReplyOptions
from tests.fakes.chat_bench import ENABLED, Bench

OPTIONS = ReplyOptions(frozenset(ENABLED), Sampling())


@pytest.fixture
def bench(tmp_path):
    bench = Bench(tmp_path / "chats.sqlite3")
    yield bench
    bench.database.close()


@pytest.fixture
def branching(bench):
    return Branching(
        chat=bench.chat,
        asking=bench.asking,
        archive=bench.store,
        clock=lambda: datetime.now(UTC),
    )


@pytest.fixture
def chat(bench):
    """A chat of two turns."""
    chat = bench.send("one")
    answer(bench, "1")
    bench.send("two", chat)
    answer(bench, "2")
    return chat


def answer(bench, text):
    bench.stage_one()
    bench.answer(text)


def texts(bench, chat):
    return [message.text for message in bench.path(chat)]


def loaded(bench, chat):
    return bench.store.load(chat).conversation


def test_an_edited_message_is_a_branch_and_the_old_one_stays(bench, branching, chat):
    old = bench.path(chat)
    branching.edit(chat, old[2].id, text="three", options=OPTIONS)
    answer(bench, "3")
    assert texts(bench, chat) == ["one", "1", "three", "3"]
    assert bench.prompt().count("<|Human|>:") == 2
    both = branches.versions(loaded(bench, chat), old[2].id)
    assert [message.text for message in both] == ["two", "three"]


def test_the_first_message_can_be_edited(bench, branching, chat):
    branching.edit(chat, bench.path(chat)[0].id, text="zero", options=OPTIONS)
    answer(bench, "0")
    assert texts(bench, chat) == ["zero", "0"]
    assert len(loaded(bench, chat).messages) == 6


def test_another_version_of_a_reply(bench, branching, chat):
    first = bench.path(chat)[-1]
    branching.regenerate(chat, first.id, OPTIONS)
    bench.fit()
    assert bench.prompt().endswith("<|Human|>: two<eoh>\n")
    assert "<|MOSS|>: 2" not in bench.prompt()
    bench.chat.stop()
    both = branches.versions(loaded(bench, chat), first.id)
    assert [message.state for message in both] == [
        MessageState.COMPLETE,
        MessageState.STOPPED,
    ]


def test_another_version_gets_another_seed(bench, branching, chat):
    options = replace(OPTIONS, sampling=Sampling(seed=7, temperature=1.5))
    branching.regenerate(chat, bench.path(chat)[-1].id, options)
    bench.fit()
    sampling = bench.engine.last(protocol.Generate).sampling
    assert (sampling.seed, sampling.temperature) == (None, 1.5)


def test_what_is_preferred_is_kept_and_shown(bench, branching, chat):
    first = bench.path(chat)[-1].id
    branching.regenerate(chat, first, OPTIONS)
    answer(bench, "second")
    second = bench.path(chat)[-1].id
    branching.prefer(chat, first, over=second)
    kept = loaded(bench, chat)
    assert kept.leaf == first
    assert kept.messages[first].feedback.preferred_over == (second,)
    branching.prefer(chat, second, over=first)
    kept = loaded(bench, chat)
    assert kept.leaf == second
    assert kept.messages[first].feedback.preferred_over == ()
    assert kept.messages[second].feedback.preferred_over == (first,)
    assert [v.id for v in branching.versions(chat, first)] == [first, second]


def test_preferring_what_is_shown_leaves_what_follows_it(bench, branching, chat):
    first = bench.path(chat)[1].id
    branching.regenerate(chat, first, OPTIONS)
    answer(bench, "other")
    other = bench.path(chat)[1].id
    branching.turn(chat, other, -1)
    branching.prefer(chat, first, over=other)
    assert texts(bench, chat) == ["one", "1", "two", "2"]


def test_versions_are_turned_with_what_follows_them(bench, branching, chat):
    question = bench.path(chat)[0]
    branching.edit(chat, question.id, text="zero", options=OPTIONS)
    answer(bench, "0")
    branching.turn(chat, bench.path(chat)[0].id, -1)
    assert texts(bench, chat) == ["one", "1", "two", "2"]
    branching.turn(chat, question.id, -1)
    assert texts(bench, chat) == ["one", "1", "two", "2"]
    branching.turn(chat, question.id, 1)
    assert texts(bench, chat) == ["zero", "0"]


def test_without_a_model_nothing_is_added(bench, branching, chat):
    bench.chat.set_model(None)
    before = loaded(bench, chat)
    question, reply = before.path()[-2:]
    for attempt in (
        lambda: branching.edit(chat, question.id, text="x", options=OPTIONS),
        lambda: branching.regenerate(chat, reply.id, OPTIONS),
        lambda: branching.resume(chat, reply.id, OPTIONS),
    ):
        with pytest.raises(UserError) as caught:
            attempt()
        assert caught.value.code is ErrorCode.MODEL_NOT_LOADED
    assert loaded(bench, chat) == before


def test_while_a_reply_is_written_its_chat_stays_as_it_is(bench, branching, chat):
    path = bench.path(chat)
    bench.send("three", chat)
    for attempt in (
        lambda: branching.delete(chat, path[0].id),
        lambda: branching.turn(chat, path[0].id, 1),
        lambda: branching.regenerate(chat, path[1].id, OPTIONS),
    ):
        with pytest.raises(UserError) as caught:
            attempt()
        assert caught.value.code is ErrorCode.BUSY
    bench.chat.stop()
    assert texts(bench, chat) == ["one", "1", "two", "2", "three", ""]


def test_what_is_deleted_comes_back(bench, branching, chat):
    before = loaded(bench, chat)
    deleted = branching.delete(chat, before.path()[1].id)
    assert texts(bench, chat) == ["one"]
    branching.restore(deleted)
    assert loaded(bench, chat) == before


def test_deleting_a_version_shows_the_one_that_is_left(bench, branching, chat):
    branching.regenerate(chat, bench.path(chat)[-1].id, OPTIONS)
    answer(bench, "second")
    branching.delete(chat, bench.path(chat)[-1].id)
    assert texts(bench, chat)[-1] == "2"


def test_a_fork_is_a_chat_of_its_own(bench, branching, chat):
    fork = branching.fork(chat, bench.path(chat)[1].id)
    assert texts(bench, fork) == ["one", "1"]
    bench.send("other", fork)
    answer(bench, "o")
    assert texts(bench, chat) == ["one", "1", "two", "2"]
    assert texts(bench, fork) == ["one", "1", "other", "o"]


def test_a_pinned_message_is_never_left_out(bench, branching):
    chat = None
    for number in range(12):
        chat = bench.send(f"question {number} " + "x" * 200, chat)
        answer(bench, "y" * 200)
    pinned = bench.path(chat)[0]
    branching.pin(chat, pinned.id, pinned=True)
    bench.send("next", chat)
    bench.fit(tokens=2000)
    bench.fit()
    assert "question 0 " in bench.prompt()
    assert "question 1 " not in bench.prompt()
    bench.chat.stop()
    branching.pin(chat, pinned.id, pinned=False)
    assert not bench.path(chat)[0].pinned


def test_a_judgement_is_kept_and_told(bench, branching, chat):
    reply = bench.path(chat)[-1]
    feedback = Feedback(Rating.DOWN, "wrong", ("other",))
    branching.judge(chat, reply.id, feedback)
    assert bench.path(chat)[-1].feedback == feedback
    assert bench.observer.messages[-1] == replace(reply, feedback=feedback)


def test_a_judgement_outlives_the_reply_that_is_written_meanwhile(
    bench, branching, chat
):
    first = bench.path(chat)[1]
    bench.send("three", chat)
    branching.judge(chat, first.id, Feedback(Rating.UP))
    assert bench.chat.open(chat).conversation.path()[1].feedback.rating is Rating.UP
    streaming = bench.chat.open(chat).conversation.path()[-1]
    with pytest.raises(UserError) as caught:
        branching.judge(chat, streaming.id, Feedback(Rating.UP))
    assert caught.value.code is ErrorCode.BUSY
    answer(bench, "3")
    assert bench.path(chat)[1].feedback.rating is Rating.UP


def test_a_message_that_is_gone_is_said(branching, chat):
    with pytest.raises(UserError) as caught:
        branching.pin(chat, "nowhere", pinned=True)
    assert caught.value.code is ErrorCode.CHAT_NOT_FOUND


# -- writing on ----------------------------------------------------------------------


def stopped(bench, *pieces):
    """A chat whose answer was stopped after some pieces."""
    chat = bench.send("Tell me")
    bench.stage_one()
    bench.fit()
    bench.write(*pieces)
    bench.chat.stop()
    return chat


def test_an_answer_is_written_on_in_its_place(bench, branching):
    chat = stopped(bench, " Once", " upon")
    before = bench.path(chat)[-1]
    branching.resume(chat, before.id, OPTIONS)
    assert bench.chat.state is ChatState.FITTING
    bench.fit()
    assert bench.prompt().endswith("<|Results|>: None<eor>\n<|MOSS|>: Once upon")
    assert bench.engine.last(protocol.Generate).sampling.max_tokens == 512
    bench.write(" a", " time.", "<eom>")
    bench.finish()
    question, reply = bench.path(chat)
    assert (question.text, reply.text) == ("Tell me", "Once upon a time.")
    assert (reply.id, reply.state) == (before.id, MessageState.COMPLETE)
    assert (reply.thoughts, reply.usage.generated_tokens) == ("Hm.", 10)


def test_an_answer_that_is_written_on_can_be_stopped_and_written_on_again(
    bench, branching
):
    chat = stopped(bench, " Once")
    reply = bench.path(chat)[-1].id
    branching.resume(chat, reply, OPTIONS)
    bench.fit()
    bench.write(" upon")
    bench.chat.stop()
    branching.resume(chat, reply, OPTIONS)
    bench.fit()
    assert bench.prompt().endswith("<|MOSS|>: Once upon")
    assert bench.path(chat)[-1].text == "Once upon"


def test_a_cut_answer_gets_the_whole_length_again(bench, branching):
    chat = bench.send("Tell me")
    bench.stage_one()
    bench.fit()
    bench.write(" Once")
    bench.finish(FinishReason.LENGTH)
    reply = bench.path(chat)[-1]
    assert reply.state is MessageState.CUT
    branching.resume(chat, reply.id, OPTIONS)
    bench.fit()
    assert bench.engine.last(protocol.Generate).sampling.max_tokens == 512


def test_thoughts_are_thought_to_their_end(bench, branching):
    chat = bench.send("Tell me")
    bench.fit()
    bench.write("<|Inner Thoughts|>: The user")
    bench.chat.stop()
    branching.resume(chat, bench.path(chat)[-1].id, OPTIONS)
    bench.fit()
    assert bench.prompt().endswith("<eoh>\n<|Inner Thoughts|>: The user")
    bench.write(" asks.", "<eot>", "\n<|Commands|>: ", "None", "<eoc>")
    bench.finish()
    bench.fit()
    assert bench.prompt().endswith("<|Results|>: None<eor>\n<|MOSS|>:")
    bench.write(" Yes.", "<eom>")
    bench.finish()
    reply = bench.path(chat)[-1]
    assert (reply.thoughts, reply.text) == ("The user asks.", "Yes.")


def test_commands_that_were_given_up_are_run_again(bench, branching):
    chat = bench.send("What is 1+1?")
    bench.stage_one('Calculate("1+1")')
    bench.chat.stop()
    reply = bench.path(chat)[-1]
    assert reply.calls[0].reason is ToolFailure.CANCELLED
    branching.resume(chat, reply.id, OPTIONS)
    assert bench.chat.state is ChatState.USING_TOOLS
    command = bench.tools.started[-1]
    assert (command.tool, len(bench.tools.started)) == (Tool.CALCULATE, 2)
    bench.chat.tool_finished(ToolCall(command, ToolState.DONE, "2"))
    bench.answer("Two.")
    reply = bench.path(chat)[-1]
    assert (reply.calls[0].result, reply.text) == ("2", "Two.")


def test_results_that_were_there_are_used(bench, branching):
    chat = bench.send("What is 1+1?")
    bench.stage_one('Calculate("1+1")')
    [command] = bench.tools.started
    bench.chat.tool_finished(ToolCall(command, ToolState.DONE, "2"))
    bench.chat.stop()
    branching.resume(chat, bench.path(chat)[-1].id, OPTIONS)
    bench.fit()
    assert len(bench.tools.started) == 1
    assert bench.prompt().endswith("=> '2'\n<eor>\n<|MOSS|>:")


def test_a_reply_that_never_began_begins(bench, branching):
    chat = bench.send("Tell me")
    bench.chat.stop()
    branching.resume(chat, bench.path(chat)[-1].id, OPTIONS)
    answer(bench, "Yes.")
    assert texts(bench, chat) == ["Tell me", "Yes."]


@pytest.mark.parametrize(
    ("text", "end"), [("Once", "Tell me Once"), ("从前", "Tell me从前")]
)
def test_a_base_model_writes_on(bench, branching, text, end):
    bench.use(form="base")
    chat = bench.send("Tell me")
    bench.fit()
    bench.write(text)
    bench.chat.stop()
    branching.resume(chat, bench.path(chat)[-1].id, OPTIONS)
    bench.fit()
    assert bench.prompt() == end


@pytest.mark.parametrize(
    ("opened", "before"), [("", ""), ("<think>", "Hm.\n</think>\n\n")]
)
def test_other_models_write_on_behind_their_thoughts(bench, branching, opened, before):
    bench.use(form="chat", opened_thoughts=opened)
    chat = bench.send("Tell me")
    bench.fit()
    bench.write(before + "Once")
    bench.chat.stop()
    branching.resume(chat, bench.path(chat)[-1].id, OPTIONS)
    bench.fit()
    last = bench.engine.last(protocol.Generate).prompt[-1]
    assert (last.text, last.speaker) == (before + "Once", Speaker.ASSISTANT)
    bench.write(" upon")
    bench.finish()
    reply = bench.path(chat)[-1]
    assert (reply.text, reply.thoughts) == ("Once upon", "Hm." if opened else "")


# -- provenance ----------------------------------------------------------------------


def test_what_a_reply_is_made_with_is_kept(bench):
    bench.chat.engine_event(protocol.Hello(1, "llama.cpp (0.3.36)"))
    bench.use(path="/models/moss.gguf", quantization="Q4_0")
    chat = bench.send("one", tools=[Tool.SOLVE])
    answer(bench, "1")
    made = bench.path(chat)[-1].provenance
    assert (made.file, made.quantization, made.device) == ("moss.gguf", "Q4_0", "CPU")
    assert (made.engine, made.sampling) == ("llama.cpp (0.3.36)", Sampling())
    assert made.tools == ("Solve",)
    assert bench.path(chat)[0].provenance is None


def test_a_server_is_named_and_tools_that_are_not_used_are_not(bench):
    bench.use(path="http://there/v1#m", server="there:80", form="chat")
    chat = bench.send("one")
    bench.fit()
    bench.write("1")
    bench.finish()
    made = bench.path(chat)[-1].provenance
    assert (made.file, made.device) == ("http://there/v1#m", "there:80")
    assert made.tools == ()


def test_the_exact_prompt_is_what_the_engine_is_given_next(bench, branching, chat):
    last = bench.path(chat)[-1]
    shown = branching.prompt(chat, last.id)
    bench.send("three", chat)
    given = bench.engine.sent[-1].prompt
    written = "".join(segment.text for segment in shown)
    assert "".join(segment.text for segment in given).startswith(written)
    assert written.endswith("<|MOSS|>: 2<eom>")
    control = [segment.text for segment in shown if segment.control]
    assert control[-2:] == ["<eor>", "<eom>"]
    first = bench.path(chat)[1]
    assert "two" not in "".join(s.text for s in branching.prompt(chat, first.id))
