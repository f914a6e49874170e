"""Names found by a few letters, in English and Chinese."""

import pytest
from hypothesis import given, strategies as st

from app.domain.fuzzy import folded, match


def names(query, *all_names):
    found = [(match(folded(query), folded(name)), name) for name in all_names]
    fitting = [(each.score, name) for each, name in found if each is not None]
    return [name for _, name in sorted(fitting, key=lambda pair: -pair[0])]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("new", "New chat"),
        ("chat new", "New chat"),
        ("nc", "New chat"),
        ("ＮＥＷ", "New chat"),
        ("imch", "Import chats…"),
        ("新聊", "新的聊天"),
        ("聊天", "新的聊天"),
        ("MOSS 聊", "和 MOSS 的聊天"),
        ("38", "37*48, then 38"),
    ],
)
def test_what_is_found(query, found):
    assert names(query, found) == [found]


@pytest.mark.parametrize(
    ("query", "name"),
    [("nt", "New chat"), ("chats", "New chat"), ("聊新", "新的聊天"), ("x", "")],
)
def test_what_is_not_found(query, name):
    assert names(query, name) == []


def test_what_is_meant_comes_first():
    found = names("set", "Reset all", "Settings", "Set", "Some extra tools")
    assert found == ["Set", "Settings", "Reset all", "Some extra tools"]


def test_the_letters_that_were_found_are_known():
    assert match("nc", "new chat").marks == ((0, 1), (4, 5))
    assert match("ch ne", "new chat").marks == ((0, 2), (4, 6))
    assert match("at", "a cat at").places == (6, 7)


def test_nothing_sought_fits_everything():
    assert match("", "anything").places == ()


@given(st.text(), st.text())
def test_folding_keeps_every_place(query, name):
    assert len(folded(name)) == len(name)
    found = match(folded(query), folded(name))
    if found is not None:
        assert all(0 <= place < len(name) for place in found.places)
        letters = {folded(name)[place] for place in found.places}
        assert letters == set("".join(folded(query).split()))


@given(st.text(min_size=1))
def test_every_name_finds_itself(name):
    assert match(folded(name), folded(name)) is not None
