"""Questions in line: what waits, what goes on by itself, what is taken back."""

import pytest

from app.domain.conversation import MessageState, Role
from app.domain.errors import ErrorCode, UserError
from app.domain.generation import Sampling
from app.services.branching import Branching
from app.services.observers import ChatState
from app.services.reply import ReplyOptions
from tests.fakes.chat_bench import ENABLED, MODEL, Bench

OPTIONS = ReplyOptions(frozenset(ENABLED), Sampling())


@pytest.fixture
def bench(tmp_path):
    bench = Bench(tmp_path / "chats.sqlite3")
    yield bench
    bench.database.close()


@pytest.fixture
def asking(bench):
    return bench.asking


def answer(bench, text):
    bench.stage_one()
    bench.answer(text)
    bench.asking.go_on()


def said(bench, chat):
    return [message.text for message in bench.path(chat)]


def test_a_free_model_answers_at_once(bench, asking):
    chat = asking.send(None, "one", OPTIONS)
    assert asking.line == ()
    assert bench.chat.active_conversation == chat
    answer(bench, "1")
    assert said(bench, chat) == ["one", "1"]


def test_a_question_to_another_chat_waits_and_is_answered_in_its_turn(bench, asking):
    first = asking.send(None, "one", OPTIONS)
    second = asking.send(None, "two", OPTIONS)
    third = asking.send(None, "three", OPTIONS)
    assert [w.conversation for w in asking.line] == [second, third]
    assert asking.waiting_in(second).asked.text == "two"
    assert asking.waiting_in(first) is None
    # It is in the archive before it is answered.
    assert said(bench, second) == ["two"]
    answer(bench, "1")
    assert bench.chat.active_conversation == second
    assert [w.conversation for w in asking.line] == [third]
    answer(bench, "2")
    answer(bench, "3")
    assert [said(bench, chat) for chat in (first, second, third)] == [
        ["one", "1"],
        ["two", "2"],
        ["three", "3"],
    ]
    assert bench.chat.state is ChatState.IDLE
    assert bench.observer.lines == 4
    assert bench.observer.errors == []


def test_a_stopped_reply_lets_the_next_begin(bench, asking):
    asking.send(None, "one", OPTIONS)
    second = asking.send(None, "two", OPTIONS)
    bench.chat.stop()
    asking.go_on()
    assert bench.chat.active_conversation == second


def test_a_chat_with_a_question_in_line_takes_no_other(bench, asking):
    first = asking.send(None, "one", OPTIONS)
    second = asking.send(None, "two", OPTIONS)
    for chat in (first, second):
        with pytest.raises(UserError) as caught:
            asking.send(chat, "more", OPTIONS)
        assert caught.value.code is ErrorCode.BUSY
    assert said(bench, second) == ["two"]


def test_what_is_taken_back_is_gone_and_never_answered(bench, asking):
    chat = asking.send(None, "old", OPTIONS)
    answer(bench, "yes")
    asking.send(None, "one", OPTIONS)
    asking.send(chat, "two\n行", OPTIONS)
    assert asking.take_back(chat).text == "two\n行"
    assert said(bench, chat) == ["old", "yes"]
    assert asking.line == ()
    answer(bench, "1")
    assert bench.chat.active_conversation is None
    assert asking.take_back(chat) is None


def test_an_edited_question_waits_too_and_gives_its_branch_back(bench, asking):
    branching = Branching(
        chat=bench.chat, asking=asking, archive=bench.store, clock=asking._clock
    )
    chat = asking.send(None, "old", OPTIONS)
    answer(bench, "yes")
    question = bench.path(chat)[0]
    asking.send(None, "one", OPTIONS)
    branching.edit(chat, question.id, text="new", options=OPTIONS)
    assert said(bench, chat) == ["new"]
    asking.take_back(chat)
    assert said(bench, chat) == ["old", "yes"]
    branching.edit(chat, question.id, text="newer", options=OPTIONS)
    answer(bench, "1")
    answer(bench, "no")
    assert said(bench, chat) == ["newer", "no"]


def test_a_lost_engine_keeps_the_line_until_it_is_back(bench, asking):
    first = asking.send(None, "one", OPTIONS)
    second = asking.send(None, "two", OPTIONS)
    bench.chat.engine_lost()
    asking.go_on()
    assert bench.path(first)[-1].state is MessageState.INTERRUPTED
    assert [w.conversation for w in asking.line] == [second]
    bench.chat.set_model(MODEL)
    asking.go_on()
    assert bench.chat.active_conversation == second
    answer(bench, "2")
    assert said(bench, second) == ["two", "2"]


def test_whoever_comes_later_waits_behind_those_in_line(bench, asking):
    asking.send(None, "one", OPTIONS)
    second = asking.send(None, "two", OPTIONS)
    bench.chat.stop()
    third = asking.send(None, "three", OPTIONS)
    assert [w.conversation for w in asking.line] == [second, third]


def test_without_a_model_nothing_is_added(bench, asking):
    bench.chat.set_model(None)
    with pytest.raises(UserError) as caught:
        asking.send(None, "one", OPTIONS)
    assert caught.value.code is ErrorCode.MODEL_NOT_LOADED
    assert not bench.store.summaries()


def test_a_deleted_question_is_passed_over(bench, asking):
    asking.send(None, "one", OPTIONS)
    second = asking.send(None, "two", OPTIONS)
    third = asking.send(None, "three", OPTIONS)
    [question] = bench.path(second)
    bench.store.trash_messages([question.id], question.created)
    bench.chat.stop()
    asking.go_on()
    assert bench.chat.active_conversation == third
    assert all(m.role is Role.USER for m in bench.path(second))


def test_chats_that_go_leave_the_line(bench, asking):
    asking.send(None, "one", OPTIONS)
    second = asking.send(None, "two", OPTIONS)
    asking.forget([second])
    assert asking.line == ()
    assert said(bench, second) == ["two"]


def test_what_cannot_be_answered_is_said_and_the_next_goes_on(bench, asking):
    asking.send(None, "one", OPTIONS)
    second = asking.send(None, "two", OPTIONS)
    third = asking.send(None, "three", OPTIONS)
    bench.store.purge([second])
    bench.chat.stop()
    asking.go_on()
    assert [e.code for e in bench.observer.errors] == [ErrorCode.CHAT_NOT_FOUND]
    assert bench.chat.active_conversation == third
