"""What of a cache a new prompt can keep, on tokens that stand for letters."""

from hypothesis import given, strategies as st

from app.engine.reuse import LEAST_RUN, Run, common_prefixes, plan

CONTROL = 1000
"""Ids from here on are control tokens."""
PAIRS = 500
"""The id `PAIRS + 26 * a + b` spells the letters a and b."""


def piece(token):
    if token >= CONTROL:
        return None
    if token >= PAIRS:
        first, second = divmod(token - PAIRS, 26)
        return bytes([97 + first, 97 + second])
    return bytes([97 + token])


def text(tokens):
    return [
        letter
        for token in tokens
        for letter in ([token] if token >= CONTROL else piece(token))
    ]


def pair(first, second):
    return PAIRS + 26 * first + second


def planned(cached, wanted, **options):
    return plan(cached, wanted, piece=piece, **options)


letters = st.integers(0, 3)
tokens = st.one_of(
    letters, st.builds(pair, letters, letters), st.integers(CONTROL, CONTROL + 2)
)
sequences = st.lists(tokens, min_size=1, max_size=120)


@st.composite
def relatives(draw):
    """A cache and a prompt that share pieces, cut and spelled anew."""
    cached = draw(sequences)
    cuts = sorted(draw(st.lists(st.integers(0, len(cached)), min_size=4, max_size=4)))
    parts = [cached[: cuts[0]], cached[cuts[1] : cuts[2]], cached[cuts[3] :]]
    wanted = [token for part in parts for token in part] + draw(sequences)
    return cached, draw(respelled(wanted))


@st.composite
def respelled(draw, wanted):
    """The same text in other tokens."""
    spelled = []
    for token in wanted:
        if PAIRS <= token < CONTROL and draw(st.booleans()):
            spelled += divmod(token - PAIRS, 26)
        else:
            spelled.append(token)
    return spelled


@given(relatives(), st.none() | st.integers(0, 9), st.booleans())
def test_a_plan_is_the_prompt_made_of_what_is_there(both, fixed, complete):
    cached, wanted = both
    found = planned(cached, wanted, fixed=fixed, complete=complete)
    assert text(found.tokens) == text(wanted)
    assert found.kept <= len(found.tokens) - (not complete)
    source = target = 0
    for number, run in enumerate(found.runs):
        assert run.length >= (LEAST_RUN if number else 1)
        assert run.target == target
        assert run.source >= max(source, target)
        source, target = run.source + run.length, target + run.length
        kept = found.tokens[run.target : target]
        assert list(kept) == cached[run.source : source]
    assert source <= len(cached)
    assert found.kept == target


@given(sequences, sequences)
def test_unless_it_is_allowed_nothing_is_moved(cached, wanted):
    found = planned(cached, wanted)
    assert found.shifted == 0
    assert all(run.source == run.target == 0 for run in found.runs)


@given(relatives(), st.integers(0, 40))
def test_a_gap_lies_between_control_tokens_and_behind_the_prefix(both, fixed):
    cached, wanted = both
    found = planned(cached, wanted, fixed=fixed)
    for run in found.runs:
        if run.source != run.target:
            assert cached[run.source - 1] >= CONTROL
            assert run.target >= fixed
            assert run.target == fixed or found.tokens[run.target - 1] >= CONTROL


def of_letters(first, last, **sizes):
    return st.lists(st.integers(first, last), max_size=60, **sizes)


@given(
    of_letters(0, 9, min_size=1),
    st.lists(of_letters(10, 19), min_size=1, max_size=3),
    of_letters(20, 25, min_size=LEAST_RUN),
    st.lists(st.integers(CONTROL, CONTROL + 9), min_size=1, max_size=30),
)
def test_what_follows_dropped_turns_is_kept(prefix, dropped, kept, new):
    gap = [token for turn in dropped for token in [*turn, CONTROL]]
    found = planned([*prefix, *gap, *kept], [*prefix, *kept, *new], fixed=len(prefix))
    assert found.kept == len(prefix) + len(kept)
    assert found.shifted == len(kept)


@given(sequences)
def test_the_same_prompt_again_costs_its_last_token(wanted):
    again = planned(wanted, wanted)
    assert again.kept == len(wanted) - 1
    assert planned(wanted, wanted, complete=True).kept == len(wanted)


@given(st.data())
def test_another_spelling_of_the_same_text_is_kept(data):
    cached = data.draw(sequences)
    wanted = data.draw(respelled(cached))
    found = planned(cached, [*wanted, CONTROL + 5])
    assert found.tokens == (*cached, CONTROL + 5)
    assert found.kept == len(cached)


def test_two_gaps_and_a_pinned_turn_between_them():
    turns = [[number] * 3 + list(range(20)) + [CONTROL] for number in range(20, 26)]
    cached = [token for turn in turns for token in turn]
    wanted = [*turns[0], *turns[2], *turns[4], 7]
    size = len(turns[0])
    assert planned(cached, wanted, fixed=size).runs == (
        Run(0, 0, size),
        Run(2 * size, size, size),
        Run(4 * size, 2 * size, size),
    )


def test_turns_that_look_alike_are_told_apart_by_what_follows():
    alike = [CONTROL, *range(20), CONTROL + 1]
    cached = [1, *alike, 2, *alike, 3, *alike, 4, *alike, 5]
    wanted = [1, *alike, 4, *alike, 5, 6]
    found = planned(cached, wanted, fixed=1)
    assert len(found.tokens) - found.kept == 1


def test_a_gap_may_begin_with_what_the_kept_turn_begins_with():
    label = [CONTROL, 1, 2, 3]
    first, second = [*range(10, 20)], [*range(5, 20)]
    cached = [0, *label, *first, *label, *second, CONTROL + 1]
    wanted = [0, *label, *second, CONTROL + 1, 4]
    assert planned(cached, wanted, fixed=1).runs == (
        Run(0, 0, 2),
        Run(16, 2, 19),
    )


def test_white_space_may_stand_between_control_token_and_turn():
    newline = 26

    def spaced(token):
        return b"\n" if token == newline else piece(token)

    turn = list(range(20))
    cached = [0, newline, 21, 22, CONTROL, newline, *turn, CONTROL]
    wanted = [0, newline, *turn, CONTROL, 3]
    found = plan(cached, wanted, piece=spaced, fixed=2)
    assert found.runs == (Run(0, 0, 2), Run(6, 2, 21))


def test_a_phrase_that_occurs_twice_is_no_run():
    phrase = list(range(LEAST_RUN - 1))
    cached = [25, 24, CONTROL, *phrase, 22]
    assert planned(cached, [25, *phrase, 21, 20], fixed=1).kept == 1


def test_nothing_is_kept_behind_a_word_that_was_taken_out():
    rest = [*range(20), CONTROL]
    cached = [CONTROL, 24, 25, *rest]
    assert planned(cached, [CONTROL, 24, *rest, 3], fixed=1).kept == 2


def test_nothing_is_moved_when_the_prefix_changed():
    turns = [CONTROL, *range(20), CONTROL]
    cached = [1, 2, 3, *turns]
    assert planned(cached, [1, 3, *turns, 4], fixed=2).kept == 1


def test_control_tokens_are_never_text():
    assert planned([CONTROL, 1, 2], [0, 1, 2]).kept == 0
    assert planned([pair(1, 2), 3], [1, CONTROL, 3]).kept == 0


@given(st.lists(st.integers(0, 2)), st.lists(st.integers(0, 2)))
def test_common_prefixes_are_those_of_a_plain_search(pattern, written):
    def common(place):
        pairs = zip(pattern, written[place:], strict=False)
        same = [one == other for one, other in pairs]
        return same.index(False) if False in same else len(same)

    assert common_prefixes(pattern, written) == [
        common(place) for place in range(len(written))
    ]
