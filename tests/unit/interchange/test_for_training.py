"""Files for training: MOSS's own layout is read back, preferences are pairs."""

import json
from dataclasses import replace

from hypothesis import given, strategies as st

from app.domain.conversation import Conversation, Message, Role
from app.domain.feedback import Feedback, Rating
from app.domain.moss.dialogue import Dialogue
from app.domain.moss.fields import Form, Turn
from app.domain.moss.prefix import prefix
from app.domain.moss.training import conversation_from, dialogue_from
from app.domain.tools import Tool
from app.interchange import preferences, training
from tests.unit.interchange.samples import ANSWER, HOSTILE, NOON, OTHER, chat

TEXT = st.one_of(st.text(), st.sampled_from([HOSTILE, "<eom>", "<|MOSS|>: x<eom>\n"]))
TURNS = st.builds(
    Turn, TEXT, thoughts=TEXT, commands=TEXT, results=TEXT.map("\n{}".format),
    answer=TEXT,
)  # fmt: skip


@given(
    st.lists(TURNS, min_size=1, max_size=3), st.sampled_from([Form.PLUGIN, Form.SFT])
)
def test_a_dialogue_comes_back(turns, form):
    if form is Form.SFT:
        turns = [Turn(turn.question, answer=turn.answer) for turn in turns]
    dialogue = Dialogue(prefix(form), form, tuple(turns))
    value = json.loads(json.dumps(conversation_from(dialogue)))
    assert dialogue_from(value) == dialogue


def test_the_path_that_is_shown_is_what_is_trained_on():
    (value,) = json.loads(b"".join(training.pieces([chat()])))
    dialogue = dialogue_from(value)
    (turn,) = dialogue.turns
    assert (turn.question, turn.answer) == ("1+1?", "**2**, _surely_")
    assert dialogue.prefix == prefix(Form.PLUGIN, {Tool.CALCULATE, Tool.SOLVE})


def test_a_chat_without_thoughts_is_in_the_plain_layout():
    messages = {
        "q": Message("q", None, Role.USER, "Hi", NOON),
        "a": Message("a", "q", Role.ASSISTANT, "Hello", NOON),
    }
    plain = replace(chat(), conversation=Conversation("c", "", messages, "a"))
    nothing = replace(chat(), conversation=Conversation("d"))
    (value,) = json.loads(b"".join(training.pieces([nothing, plain, nothing])))
    assert list(value["chat"]["turn_1"]) == ["Human", "MOSS"]
    assert json.loads(b"".join(training.pieces([nothing]))) == []


def pairs(sample):
    lines = b"".join(preferences.pieces([sample])).decode().splitlines()
    return [json.loads(line) for line in lines]


def judged(feedback, other):
    sample = chat()
    messages = dict(sample.conversation.messages)
    messages[ANSWER] = replace(messages[ANSWER], feedback=feedback)
    messages[OTHER] = replace(messages[OTHER], feedback=other)
    return replace(sample, conversation=replace(sample.conversation, messages=messages))


def test_what_was_chosen_and_rated_is_one_pair():
    assert pairs(chat()) == [
        {
            "prompt": [{"role": "user", "content": "1+1?"}],
            "chosen": [{"role": "assistant", "content": "**2**, _surely_"}],
            "rejected": [{"role": "assistant", "content": "3"}],
        }
    ]


def test_thumbs_make_a_pair_when_they_differ():
    up, down, none = Feedback(Rating.UP), Feedback(Rating.DOWN), Feedback()
    assert len(pairs(judged(up, down))) == 1
    assert pairs(judged(down, up))[0]["chosen"][0]["content"] == "3"
    for feedback in (up, down, none):
        assert pairs(judged(feedback, feedback)) == []
        assert pairs(judged(none, feedback)) == []


def test_a_choice_outweighs_thumbs():
    worse = Feedback(Rating.DOWN, preferred_over=(OTHER,))
    (pair,) = pairs(judged(worse, Feedback(Rating.UP)))
    assert pair["rejected"][0]["content"] == "3"
