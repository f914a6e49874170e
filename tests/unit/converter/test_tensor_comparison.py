import tracemalloc
from dataclasses import replace
from math import inf, nan, sqrt
from pathlib import Path

import numpy as np
import pytest
from gguf.constants import GGMLQuantizationType as T
from gguf.quants import dequantize, quantize

from converter import tensor_comparison
from converter.deviation import Deviation
from converter.dtypes import DType
from converter.gguf_model import GgufTensor
from converter.tensor_comparison import Comparer, Pair, can_compare
from converter.tensors import StoredRows, StoredTensor, ZeroRows
from converter.tolerance import Tolerance


def stored(array, dtype):
    return StoredTensor(name="w", file=Path("w"), dtype=dtype, array=array)


def pair(values, kind, made_of=None, order=None):
    """A tensor of some values in a type, and the rows that it is said to be made of."""
    blocks = quantize(np.atleast_2d(values).copy(), kind).view(np.uint8)
    made_of = values if made_of is None else made_of
    return Pair(
        name="t",
        rows=StoredRows(stored(made_of, DType.F32), order),
        stored=GgufTensor(kind, values.shape, stored(blocks, DType.U8)),
    )


def deviation(compared, threads=2):
    total = Deviation()
    with Comparer(is_weighted=False, threads=threads) as comparer:
        for part in comparer.compare(compared):
            total = total.plus(part)
    return total


@pytest.fixture
def values():
    return np.random.default_rng(0).standard_normal((50, 64), np.float32)


@pytest.mark.parametrize("kind", [T.F32, T.F16, T.BF16, T.Q8_0, T.Q4_0, T.Q4_1])
def test_errors_are_those_of_the_whole_tensor(values, kind):
    found = deviation(pair(values, kind))
    errors = np.abs(dequantize(quantize(values, kind), kind) - values)
    assert found.weights == values.size
    assert found.largest == errors.max()
    assert found.total == pytest.approx(errors.sum(dtype=np.float64))
    rms = sqrt(np.square(values, dtype=np.float64).mean())
    assert found.rms == pytest.approx(rms)
    relative = sqrt(np.square(errors, dtype=np.float64).mean()) / rms
    assert found.relative == pytest.approx(relative)
    assert (found.bad_blocks, found.first_bad) == (0, -1)


@pytest.mark.parametrize("threads", [1, 3])
def test_groups_of_rows_add_up(values, monkeypatch, threads):
    whole = deviation(pair(values, T.Q8_0))
    monkeypatch.setattr(tensor_comparison, "_CHUNK", 200)  # three rows
    assert deviation(pair(values, T.Q8_0), threads) == replace(
        whole,
        total=pytest.approx(whole.total),
        squares=pytest.approx(whole.squares),
        power=pytest.approx(whole.power),
    )


@pytest.mark.parametrize("chunk", [1 << 18, 200])
def test_bad_blocks_are_counted_and_the_first_is_named(values, monkeypatch, chunk):
    monkeypatch.setattr(tensor_comparison, "_CHUNK", chunk)
    compared = pair(values, T.Q8_0)
    blocks = compared.stored.data.array
    blocks[41, :34] = blocks[3, 34:]
    blocks[17, 34:] = 0
    found = deviation(compared)
    assert (found.blocks, found.bad_blocks, found.first_bad) == (100, 2, 17)


def test_rows_in_another_order(values):
    order = np.random.default_rng(1).permutation(50)
    assert deviation(pair(values[order], T.F32, values, order)).largest == 0
    assert deviation(pair(values, T.F32, values, order)).bad_blocks > 0


def test_a_vector(values):
    found = deviation(pair(values[0], T.F32))
    assert (found.weights, found.largest, found.bad_blocks) == (64, 0, 0)
    found = deviation(pair(values[0], T.F32, values[0] + np.float32(1e-6)))
    assert found.bad_blocks > 0


def test_zeros():
    zeros = np.zeros((2, 32), np.float32)
    compared = replace(pair(zeros, T.F32), rows=ZeroRows((2, 32)))
    found = deviation(compared)
    assert (found.relative, found.relative_largest, found.bad_blocks) == (0, 0, 0)
    compared = replace(pair(zeros + 1, T.F32), rows=ZeroRows((2, 32)))
    assert deviation(compared).relative == inf
    assert deviation(compared).bad_blocks == 64


@pytest.mark.parametrize("value", [nan, inf, -inf])
def test_what_is_no_number_is_infinitely_far_off(values, value):
    compared = pair(values, T.F32)
    compared.stored.data.array.view(np.float32)[9, 9] = value
    found = deviation(compared)
    assert (found.largest, found.bad_blocks, found.first_bad) == (inf, 1, 9)
    # Not even where the checkpoint has the same.
    compared = pair(values, T.F32, compared.stored.data.array.view(np.float32))
    compared.stored.data.array.view(np.float32)[9, 9] = value
    assert deviation(compared).bad_blocks == 1


def test_types_without_a_limit_are_only_measured(values, monkeypatch):
    unknown = Tolerance(block=32, share=inf, floor=0.0)
    monkeypatch.setattr(tensor_comparison, "tolerance", lambda *_, **__: unknown)
    compared = pair(values, T.Q8_0, -values)
    assert deviation(compared).bad_blocks == 0
    assert deviation(compared).relative == pytest.approx(2, rel=0.01)


def test_memory_does_not_grow_with_the_tensor():
    values = np.random.default_rng(0).standard_normal((16384, 1024), np.float32)
    compared = pair(values, T.Q8_0)
    tracemalloc.start()
    try:
        found = deviation(compared, threads=1)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert found.weights == values.size
    assert peak < values.nbytes / 4


def test_types_that_can_be_compared():
    made = (T.F32, T.F16, T.BF16, T.Q8_0, T.Q6_K, T.Q2_K, T.Q5_1, T.IQ4_NL, T.IQ4_XS)
    assert all(map(can_compare, made))
    assert not can_compare(T.Q8_K)
