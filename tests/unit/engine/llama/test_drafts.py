"""Drafts out of what is there, against a search through all of it."""

from hypothesis import given, strategies as st

from app.engine.backends.llama.drafts import LONGEST, DraftIndex, Match

TOKENS = st.lists(st.integers(0, 2), max_size=15)


def search(tokens):
    """The latest of the places with most in common, 2 to `LONGEST` tokens."""
    for length in range(LONGEST, 1, -1):
        for place in range(len(tokens) - 1, length - 1, -1):
            if tokens[place - length : place] == tokens[-length:]:
                return Match(place, length)
    return None


@given(TOKENS)
def test_the_longest_match_is_found_the_latest_of_equals(tokens):
    assert DraftIndex(tokens).find() == search(tokens)


@given(TOKENS, TOKENS)
def test_token_by_token_is_the_same_as_at_once(first, second):
    index = DraftIndex(first)
    for token in second:
        index.add(token)
    assert index.find() == DraftIndex(first + second).find()


def test_a_draft_is_what_followed():
    index = DraftIndex([1, 2, 3, 4, 5, 9, 2, 3])
    match = index.find()
    assert match == Match(3, 2)
    assert index.draft(match, 3) == [4, 5, 9]


def test_a_repetition_goes_on_behind_the_end():
    index = DraftIndex([7, 1, 2, 3, 1, 2, 3, 1, 2])
    assert index.draft(index.find(), 7) == [3, 1, 2, 3, 1, 2, 3]


def test_one_token_in_common_is_no_match():
    assert DraftIndex([1, 2, 3, 1]).find() is None
    assert DraftIndex([]).find() is None


def test_a_search_ends_where_a_pair_stands_everywhere():
    # 1 2 is followed by something else each time; the longest match lies far back.
    tokens = [8, 9, 1, 2, 5]
    for number in range(100, 200):
        tokens += [number, 1, 2, number]
    index = DraftIndex([*tokens, 8, 9, 1, 2])
    assert index.find().length == 2
