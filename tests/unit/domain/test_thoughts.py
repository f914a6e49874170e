"""Thoughts and answer, however the text is cut."""

import pytest
from hypothesis import given, strategies as st

from app.domain.moss import Field
from app.domain.thoughts import ThoughtParser, opened_by

REPLIES = {
    "a plain answer": ("", "Hello <think> there", "", "Hello <think> there"),
    "thoughts": ("", "<think>\nHm.\n\n</think>\n\nHi.\n", "Hm.", "Hi.\n"),
    "no thoughts": ("", "<think>\n\n</think>\n\nHi.", "", "Hi."),
    "opened by the prompt": ("<think>", "Hm.\n</think>\nHi.", "Hm.", "Hi."),
    "closed twice": ("<think>", "a</think>b</think>c", "a", "b</think>c"),
    "never closed": ("", "<think>Hm. </thin", "Hm. </thin", ""),
    "nothing but a beginning": ("", "<thi", "", "<thi"),
    "white space in front": ("", " \n<think>Hm.</think>Hi.", "Hm.", "Hi."),
    "another family": ("", "[THINK]Hm.[/THINK]Hi.", "Hm.", "Hi."),
    "command": (
        "",
        "<|START_THINKING|>Hm.<|END_THINKING|><|START_RESPONSE|>Hi.",
        "Hm.",
        "Hi.",
    ),
    "channels": (
        "",
        (
            "<|channel|>analysis<|message|>Hm.<|end|>"
            "<|start|>assistant<|channel|>final<|message|>Hi."
        ),
        "Hm.",
        "Hi.",
    ),
    "the last channel alone": ("", "<|channel|>final<|message|>Hi.", "", "Hi."),
}


def parse(parser, pieces):
    """Feeds pieces; an item in a tuple is a control token."""
    found = {Field.THOUGHTS: "", Field.ANSWER: ""}
    for piece in pieces:
        is_control = isinstance(piece, tuple)
        parts = parser.control(*piece) if is_control else parser.text(piece)
        for field, text in parts:
            found[field] += text
    for field, text in parser.finish():
        found[field] += text
    return found[Field.THOUGHTS], found[Field.ANSWER]


@pytest.mark.parametrize("name", REPLIES)
@given(st.data())
def test_fields_are_found_however_the_text_is_cut(name, data):
    opened, text, thoughts, answer = REPLIES[name]
    cuts = sorted(data.draw(st.sets(st.integers(0, len(text)))))
    pieces = [text[a:b] for a, b in zip([0, *cuts], [*cuts, len(text)], strict=True)]
    assert parse(ThoughtParser(opened), pieces) == (thoughts, answer)


def test_in_some_models_the_marks_are_control_tokens():
    pieces = [("<think>",), "Hm.", ("</think>",), "Hi.", ("</think>",)]
    assert parse(ThoughtParser(), pieces) == ("Hm.", "Hi.")
    pieces = [("<|START_THINKING|>",), "Hm.", ("<|END_THINKING|>",)]
    pieces += [("<|START_RESPONSE|>",), "Hi.", ("<|END_RESPONSE|>",)]
    assert parse(ThoughtParser(), pieces) == ("Hm.", "Hi.")


def test_other_control_tokens_are_no_text():
    parser = ThoughtParser()
    pieces = [*parser.control("<|im_start|>"), *parser.text("Hi")]
    pieces += [*parser.control("<|end|>"), *parser.control("</think>")]
    assert pieces == [(Field.ANSWER, "Hi")]
    assert list(ThoughtParser().control("<|im_end|>")) == []


def test_text_is_passed_on_as_it_comes():
    parser = ThoughtParser("<think>")
    assert list(parser.text("Well")) == [(Field.THOUGHTS, "Well")]
    assert list(parser.text(" <")) == []
    assert list(parser.text("b>")) == [(Field.THOUGHTS, " <b>")]


@pytest.mark.parametrize(
    ("prompt", "mark"),
    [
        ("<|assistant|><think>\n", "<think>"),
        ("<|assistant|>", ""),
        ("<think>\n\n</think>\n\n", ""),
        ("[/INST][THINK]", "[THINK]"),
        ("<|channel>thought\n", "<|channel>thought\n"),
        ("", ""),
    ],
)
def test_what_a_prompt_ends_with(prompt, mark):
    assert opened_by(prompt) == mark
