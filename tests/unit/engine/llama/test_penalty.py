"""The repetition penalty gives the bits of llama.cpp's own, and takes them back."""

import numpy as np
import pytest
from hypothesis import given, strategies as st
from llama_cpp import llama_cpp as ll

from app.engine.backends.llama.penalty import Penalty
from app.engine.backends.llama.token_data import TokenData

ROOM = 4096
logits_of_all = st.lists(
    st.one_of(
        st.floats(-(2.0**100), 2.0**100, width=32),
        st.sampled_from([0.0, -0.0, float("inf"), float("-inf"), 1e-45, -1e-45]),
    ),
    min_size=1,
    max_size=60,
).map(lambda values: np.array(values, np.float32))


def native(logits, tokens, factor):
    """What llama.cpp makes of logits."""
    sampler = ll.llama_sampler_init_penalties(len(logits), ROOM, factor, 0.0, 0.0)
    try:
        for token in tokens:
            ll.llama_sampler_accept(sampler, token)
        data = TokenData(len(logits))
        data.put(logits)
        data.apply(sampler)
        return data.logits.copy()
    finally:
        ll.llama_sampler_free(sampler)


@given(st.data(), logits_of_all, st.floats(0.001, 1000))
def test_the_bits_are_those_of_llama_cpp(data, logits, factor):
    tokens = data.draw(st.lists(st.integers(0, len(logits) - 1), max_size=80))
    penalty, before = Penalty(factor, len(logits)), logits.tobytes()
    for token in tokens:  # in parts, as they are written
        penalty.remember((token,))
    penalty.remember(tokens[:5])
    undo = penalty.apply(logits)
    assert (
        logits.tobytes()
        == native(np.frombuffer(before, np.float32), tokens, factor).tobytes()
    )
    penalty.undo(logits, undo)
    assert logits.tobytes() == before


@pytest.mark.parametrize("factor", [1.02, 1.5, 0.7])
def test_the_bits_are_those_of_llama_cpp_in_a_large_vocabulary(factor):
    random = np.random.default_rng(7)
    logits = random.normal(0, 8, 107_008).astype(np.float32)
    tokens = random.integers(0, len(logits), 2048).tolist()
    penalty = Penalty(factor, len(logits))
    penalty.remember(tokens)
    expected = native(logits, tokens, factor)
    assert np.count_nonzero(expected != logits) > 1900
    penalty.apply(logits)
    assert logits.tobytes() == expected.tobytes()


def test_before_anything_was_there_nothing_changes():
    logits = np.array([1, -1], np.float32)
    Penalty(2, 2).apply(logits)
    assert logits.tolist() == [1, -1]
