"""Sampling that makes no sense is refused before llama.cpp sees it."""

import math
from dataclasses import replace

import pytest

from app.domain.errors import ErrorCode, UserError
from app.domain.generation import Sampling
from app.engine import sampling

NUMBERS = (
    "temperature",
    "top_p",
    "repetition_penalty",
    "min_p",
    "typical_p",
    "mirostat_tau",
    "mirostat_eta",
)


@pytest.mark.parametrize("name", NUMBERS)
@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, -0.1, 1e300])
def test_what_is_no_sensible_number_is_named(name, value):
    with pytest.raises(UserError) as caught:
        sampling.check(replace(Sampling(), **{name: value}))
    assert caught.value.code is ErrorCode.PROTOCOL
    assert caught.value.detail.startswith(f"{name} {value} is not between")


@pytest.mark.parametrize(
    "wanted",
    [
        Sampling(),
        Sampling(temperature=0, top_p=0, top_k=-1, min_p=0, typical_p=0),
        Sampling(temperature=100, top_p=1, top_k=10**9, min_p=1, typical_p=1),
        Sampling(mirostat_tau=10, mirostat_eta=1, seed=-1, max_tokens=-1),
    ],
)
def test_what_makes_sense_passes(wanted):
    sampling.check(wanted)
