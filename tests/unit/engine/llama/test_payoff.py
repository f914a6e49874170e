"""When drafts pay, on machines whose times are made up."""

import pytest

from app.engine.backends.llama.drafts import LONGEST
from app.engine.backends.llama.payoff import ROWS, Luck, Payoff


def measured(cost, single=0.01):
    """A machine on which a batch of n rows takes as long as `cost(n)` tokens."""
    payoff = Payoff()
    for _ in range(5):
        payoff.took(1, single)
        for rows in ROWS:
            payoff.took(rows, cost(rows) * single)
    return payoff


def lucky(share, length=LONGEST):
    """Lookups that are right so many times in ten."""
    luck = Luck()
    for number in range(200):
        luck.met(length, hit=number % 10 < share)
    return luck


def best(payoff, luck):
    return payoff.best(ROWS, luck, LONGEST)


def waiting_for_memory(rows):
    return 1 + 0.02 * rows


def at_the_limit(rows):
    return rows


def test_where_weights_are_waited_for_a_little_luck_is_enough():
    assert best(measured(waiting_for_memory), lucky(9)) == max(ROWS)
    assert best(measured(waiting_for_memory), lucky(3)) > 0


def test_where_each_row_costs_a_token_nothing_pays():
    payoff = measured(at_the_limit)
    assert best(payoff, lucky(10)) == 0


def test_without_luck_nothing_pays():
    assert best(measured(waiting_for_memory), lucky(0)) == 0


def test_drafts_are_the_shorter_the_rarer_they_hold():
    payoff = measured(lambda rows: 1 + 0.2 * (rows - 1))
    sizes = [best(payoff, lucky(share)) for share in (10, 7, 5, 0)]
    assert sizes == sorted(sizes, reverse=True)
    assert sizes[0] > sizes[2] >= sizes[3] == 0


def test_luck_is_kept_apart_by_what_was_in_common():
    luck = lucky(10, length=2)
    assert luck.tokens(2, 4) > 3.5
    assert luck.tokens(3, 4) < 2


def test_only_what_comes_into_question_is_chosen():
    payoff = measured(waiting_for_memory)
    assert payoff.best([2], lucky(10), LONGEST) == 2
    assert payoff.best([], lucky(10), LONGEST) == 0


def test_one_slow_moment_decides_nothing():
    payoff = measured(waiting_for_memory)
    payoff.took(8, 100)
    payoff.took(1, 100)
    assert payoff.cost(8) == pytest.approx(waiting_for_memory(8))


def test_what_was_not_measured_is_taken_from_what_was():
    payoff = Payoff()
    assert payoff.cost(2) < payoff.cost(8) < 4
    for _ in range(3):
        assert payoff.cost(8) < 4
        payoff.took(1, 0.01)
        payoff.took(4, 0.04)
    assert payoff.cost(8) == pytest.approx(8)
    for _ in range(3):
        payoff.took(2, 0.011)
    assert payoff.cost(8) == pytest.approx(1.7)


def test_a_batch_that_did_not_pay_is_measured_again_ever_more_seldom():
    payoff = measured(at_the_limit)
    measurements = 0
    for _ in range(10_000):
        rows = best(payoff, lucky(10)) or 1
        measurements += rows > 1
        payoff.took(rows, rows * 0.01)
    assert 0 < measurements < 100


def test_what_other_programs_did_to_the_times_is_forgotten():
    payoff = measured(lambda rows: 1000 * rows)
    for _ in range(200):
        rows = best(payoff, lucky(10)) or 1
        payoff.took(rows, waiting_for_memory(rows) * 0.01)
    assert best(payoff, lucky(10)) == max(ROWS)
