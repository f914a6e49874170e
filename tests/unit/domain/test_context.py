"""Which turns a long conversation loses."""

from hypothesis import given, strategies as st

from app.domain.context import oldest_turns

sizes_of_turns = st.lists(st.integers(1, 50), max_size=20)


@given(sizes_of_turns, st.integers(-10, 600), st.sets(st.integers(0, 19)))
def test_the_oldest_go_and_no_more_than_needed(sizes, excess, pinned):
    chosen = oldest_turns(sizes, excess, pinned=pinned)
    free = [index for index in range(len(sizes)) if index not in pinned]
    assert list(chosen) == free[: len(chosen)]
    gone = sum(sizes[index] for index in chosen)
    assert gone >= excess or len(chosen) == len(free)
    if chosen:
        assert gone - sizes[chosen[-1]] < excess


def test_nothing_goes_where_all_fits():
    assert oldest_turns([5, 5], 0) == ()
