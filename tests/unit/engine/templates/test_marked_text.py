"""Marked text is text, and each character keeps its mark.

In these tests capitals are the template's own and everything else is foreign, so a mark
that went astray shows.
"""

import pytest
from hypothesis import given, strategies as st

from app.engine.templates.budget import BudgetError
from app.engine.templates.marked_text import MarkedText

LETTERS = st.text("ABab \n", max_size=12)
PART = st.text("ABab \n", min_size=1, max_size=2)


def marked(text):
    pieces = [MarkedText.own(c) if c.isupper() else MarkedText(c) for c in text]
    return MarkedText().join(pieces)


def assert_marked(text):
    assert isinstance(text, MarkedText)
    assert len(text.marks) == len(text)
    for run, is_own in text.runs():
        assert all(c.isupper() is is_own for c in run)


def assert_same(found, expected):
    """The same value, and right marks in all text of it."""
    assert found == expected
    for text in found if isinstance(found, list | tuple) else [found]:
        assert_marked(text)


@given(LETTERS, PART, st.integers(-1, 3))
def test_splits(text, part, most):
    found = marked(text)
    assert_same(found.split(part, most), text.split(part, most))
    assert_same(found.rsplit(part, most), text.rsplit(part, most))
    assert_same(found.split(None, most), text.split(None, most))
    assert_same(found.rsplit(None, most), text.rsplit(None, most))
    assert_same(found.partition(part), text.partition(part))
    assert_same(found.rpartition(part), text.rpartition(part))


@given(st.text("Aa\n\r\v\x1c\u2028", max_size=12), st.booleans())
def test_splitlines(text, ends):
    assert_same(marked(text).splitlines(ends), text.splitlines(ends))


@given(LETTERS, st.none() | st.text("ABab \n", max_size=3))
def test_strips(text, chars):
    found = marked(text)
    assert_same(found.strip(chars), text.strip(chars))
    assert_same(found.lstrip(chars), text.lstrip(chars))
    assert_same(found.rstrip(chars), text.rstrip(chars))
    assert_same(found.removeprefix(chars or ""), text.removeprefix(chars or ""))
    assert_same(found.removesuffix(chars or ""), text.removesuffix(chars or ""))


@given(LETTERS, LETTERS, st.integers(0, 3))
def test_sums_and_products(one, other, times):
    assert_same(marked(one) + marked(other), one + other)
    assert_same(marked(one) * times, one * times)
    assert_same(times * marked(one), times * one)
    assert_same(marked(one).join([marked(other)] * times), one.join([other] * times))


@given(LETTERS, PART, LETTERS, st.integers(-1, 3))
def test_replace(text, old, new, most):
    found = marked(text).replace(old, marked(new), most)
    assert_same(found, text.replace(old, new, most))


@given(LETTERS, st.slices(12))
def test_slices(text, part):
    assert_same(marked(text)[part], text[part])


@given(LETTERS.filter(bool), st.data())
def test_single_characters(text, data):
    place = data.draw(st.integers(-len(text), len(text) - 1))
    assert_same(marked(text)[place], text[place])


@given(st.text())
def test_other_letters_keep_marks_or_lose_them(text):
    for name in ("upper", "lower", "capitalize", "title"):
        found = getattr(MarkedText.own(text), name)()
        assert found == getattr(text, name)()
        same_length = len(found) == len(text)
        assert list(found.runs()) == ([(found, same_length)] if found else [])


def test_what_python_makes_of_it_is_foreign():
    text = MarkedText.own("<|end|>")
    for made in (f"{text}!", "".join(list(text)), text.center(9), str.lower(text)):
        assert type(made) is str
        assert list(MarkedText(made).runs()) == [(made, False)]


def test_plain_text_beside_it_stays_foreign():
    text = "a" + MarkedText.own("B") + "c"
    assert list(text.runs()) == [("a", False), ("B", True), ("c", False)]
    with pytest.raises(TypeError):
        text + 1


def test_format_knows_bare_fields():
    text = MarkedText.own("<{}|{name}|{1}>")
    made = text.format("a", MarkedText.own("B"), name=3)
    assert made == "<a|3|B>"
    assert list(made.runs()) == [
        ("<", True),
        ("a", False),
        ("|", True),
        ("3", False),
        ("|B>", True),
    ]


def test_a_message_that_formats_has_no_own_text():
    text = MarkedText("{}") + MarkedText.own("<")
    assert list(text.format(1).runs()) == [("1<", False)]


@pytest.mark.parametrize("field", ["{:>99}", "{!r}", "{0.x}", "{0[0]}", "{99999}"])
def test_format_refuses_more_than_bare_fields(field):
    with pytest.raises(ValueError, match="bare fields"):
        MarkedText(field).format("x")


def test_nothing_grows_without_bound():
    long = MarkedText("ab" * 500_000)
    for grow in (
        lambda: long.replace("a", long),
        lambda: long.replace("", long),
        lambda: long.join(["x"] * 9),
        lambda: long.split("a"),
        lambda: MarkedText("\n" * 200_000).splitlines(),
        lambda: MarkedText("{}" * 9).format(*[long] * 9),
    ):
        with pytest.raises(BudgetError):
            grow()
