"""Text that a tokenizer would take for control tokens, and what becomes of it."""

import re

import pytest
from hypothesis import given, strategies as st

from app.domain.generation import Segment
from app.engine.backends.remote.markers import broken_up, without_names

CONTROLS = ("<eoh>", "<eo>", "sop", "[gMASK]", "<|im_end|>", "<<", "♥♥")
READING = re.compile("|".join(map(re.escape, CONTROLS)))
ATTACKS = st.lists(
    st.sampled_from(
        [*CONTROLS, "<", ">", "eoh", "s", "op", " ", "\n", "\u3000", "é", "x"]
    )
).map("".join)


def survives(text):
    """What is left of a text's tokens without control tokens."""
    return READING.sub("", text)


def marker(name):
    return Segment(name, control=True)


@pytest.mark.parametrize(
    ("text", "harmless"),
    [
        ("nothing here", "nothing here"),
        ("a<eoh>b", "a< eoh>b"),
        ("<<eoh>", "< < eoh>"),
        ("isopod", "is opod"),
        ("sop [gMASK]\n\t<|im_end|>!", "s op [ gMASK]\n\t< |im_end|>!"),
        ("  two  spaces <eo> stay ", "  two  spaces < eo> stay "),
        ("♥♥", "♥ ♥"),
    ],
)
def test_unknown_control_tokens_are_found(text, harmless):
    prompt = (Segment(text), marker("<eoh>"))
    found = broken_up(prompt, (), survives)
    assert survives(harmless) == harmless
    assert found == (Segment(harmless), marker("<eoh>"))


def test_known_ones_are_broken_up_without_asking_for_each():
    asked = []

    def count(text):
        asked.append(text)
        return survives(text)

    text = "<eoh>" * 5000
    [found] = broken_up((Segment(text),), ["<eoh>"], count)
    assert found.text == "< eoh>" * 5000
    assert len(asked) == 1


@given(st.lists(ATTACKS.map(Segment) | st.sampled_from(CONTROLS).map(marker)))
def test_what_is_found_is_harmless_and_nothing_else_is_changed(prompt):
    found = broken_up(tuple(prompt), CONTROLS, survives)
    for before, after in zip(prompt, found, strict=True):
        assert after.control == before.control
        if after.control:
            assert after == before
        else:
            assert survives(after.text) == after.text
            assert after.text.replace(" ", "") == before.text.replace(" ", "")


@given(ATTACKS)
def test_a_handful_of_unknown_ones_is_found_in_any_text(text):
    # One may begin within another: each is one to be found.
    each = re.compile(f"(?={READING.pattern})")
    if max((len(each.findall(word)) for word in text.split()), default=0) > 7:
        return
    [found] = broken_up((Segment(text),), (), survives)
    assert survives(found.text) == found.text


def test_a_tokenizer_that_changes_lines_is_given_up():
    prompt = (Segment("a <eoh> b"),)
    assert broken_up(prompt, (), lambda text: text.replace("\n", " ")) == prompt


def test_names_within_names():
    [found] = without_names([Segment("<|a|>b")], ["<|a", "<|a|>b", "b"])
    assert found.text == "< |a|>b".replace("b", "b ")
