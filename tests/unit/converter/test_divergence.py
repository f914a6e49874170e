from math import exp, inf, log, nan

import numpy as np
import pytest

from converter.divergence import DivergenceMeter

TOKENS = [0, 2, 1, 1]


@pytest.fixture
def logits():
    random = np.random.default_rng(0)
    return random.standard_normal((4, 5)).astype(np.float32) * 3


def compared(reference, gguf, tokens=TOKENS):
    meter = DivergenceMeter(tokens)
    meter.add(reference, gguf)
    return meter.result()


def test_of_two_distributions_by_hand():
    # P is 3/4 and 1/4, Q is 1/2 and 1/2: the logits are logarithms, and a constant.
    one = np.array([[log(3), 0.0], [log(3), 0.0]], np.float32)
    other = np.array([[7.0, 7.0], [7.0, 7.0]], np.float32)
    found = compared(one, other, [0, 1])
    expected = 0.75 * log(1.5) + 0.25 * log(0.5)
    assert found.mean == pytest.approx(expected)
    assert found.largest == pytest.approx(expected)
    # Q knows nothing, so all that P knows is lost.
    assert found.known == pytest.approx(expected)
    assert found.lost == pytest.approx(1)
    # Token 1 follows token 0.
    assert found.reference_perplexity == pytest.approx(4)
    assert found.perplexity == pytest.approx(2)


def test_nothing_is_lost_between_equals(logits):
    found = compared(logits, logits + 100)
    assert found.tokens == 4
    assert found.mean == pytest.approx(0, abs=1e-6)
    assert found.same_top == 1
    assert found.perplexity == pytest.approx(found.reference_perplexity, rel=1e-6)


def test_perplexity_is_that_of_the_tokens_which_follow(logits):
    wide = logits.astype(np.float64)
    chances = np.exp(wide) / np.exp(wide).sum(axis=1, keepdims=True)
    surprise = -sum(log(chances[n, TOKENS[n + 1]]) for n in range(3)) / 3
    found = compared(logits, logits)
    assert found.perplexity == pytest.approx(exp(surprise))


def test_the_same_top_token(logits):
    other = logits.copy()
    other[1] = -other[1]
    assert compared(logits, other).same_top == 0.75


def test_parts_add_up_to_the_whole(monkeypatch):
    random = np.random.default_rng(0)
    one, other = random.standard_normal((2, 23, 5)).astype(np.float32)
    tokens = random.integers(0, 5, 23).tolist()
    meter = DivergenceMeter(tokens)
    for part in (slice(0, 1), slice(1, 12), slice(12, 23)):
        meter.add(one[part], other[part])
    found, whole = meter.result(), compared(one, other, tokens)
    for name in ("mean", "largest", "known", "perplexity", "reference_perplexity"):
        assert getattr(found, name) == pytest.approx(getattr(whole, name))
    assert (found.tokens, found.same_top) == (whole.tokens, whole.same_top)


def test_large_logits_do_not_overflow(logits):
    assert np.isfinite(compared(logits * 1e4, logits * 1e4 + 3e4).perplexity)


@pytest.mark.parametrize("value", [nan, inf])
def test_what_is_no_number_is_not_lost_quietly(logits, value):
    other = logits.copy()
    other[2, 3] = value
    assert not compared(logits, other).lost <= 1
