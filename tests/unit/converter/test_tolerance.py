"""What ggml's own quantizers make of numbers of many kinds lies within the limits."""

import ctypes
from math import inf

import llama_cpp
import numpy as np
import pytest
from gguf.constants import GGMLQuantizationType as T
from gguf.quants import dequantize, quantize

from converter.quantize import row_bytes
from converter.tolerance import UNRELATED, Tolerance, tolerance

BLOCKS = (
    *(T.Q8_0, T.Q5_0, T.Q5_1, T.Q4_0, T.Q4_1, T.IQ4_NL, T.IQ4_XS),
    *(T.Q6_K, T.Q5_K, T.Q4_K, T.Q3_K, T.Q2_K),
)
ROWS, COLUMNS = 64, 1024


def numbers():
    """Rows of numbers of many kinds, none larger than 30."""
    random = np.random.default_rng(0)
    shape = (ROWS, COLUMNS)
    normal = random.standard_normal(shape)
    chosen = random.random(shape)
    outliers = normal * 0.05
    outliers[:, ::32] = random.choice([-1, 1], size=(ROWS, COLUMNS // 32))
    scales = np.exp(2 * random.standard_normal((ROWS, COLUMNS // 16))).repeat(16, 1)
    return {
        "normal": normal,
        "laplace": random.laplace(size=shape),
        "student": np.clip(random.standard_t(3, size=shape), -30, 30),
        "uniform": random.uniform(-1, 1, shape),
        "positive": random.uniform(0, 1, shape),
        "negative": -random.uniform(0, 1, shape),
        "far from zero": 1 + normal / 100,
        "sparse": normal * (chosen < 0.05),
        "outliers": outliers,
        "signs": np.sign(normal),
        "nearly signs": np.sign(normal) * random.uniform(0.9, 1, shape),
        "two clusters": np.where(chosen < 0.5, 1, -0.6) + normal / 50,
        "constant": np.ones(shape) * random.uniform(0.1, 1, (ROWS, 1)),
        "many scales": np.clip(normal * scales, -30, 30),
        "nothing": np.zeros(shape),
    }


NUMBERS = numbers()


def quantized(values, kind, importance=None):
    """What ggml makes of numbers."""
    target = np.empty((len(values), row_bytes(kind, values.shape[1])), np.uint8)
    function = llama_cpp.llama_cpp._lib.ggml_quantize_chunk
    function.restype = ctypes.c_size_t
    written = function(
        ctypes.c_int(kind),
        ctypes.c_void_p(values.ctypes.data),
        ctypes.c_void_p(target.ctypes.data),
        ctypes.c_int64(0),
        ctypes.c_int64(len(values)),
        ctypes.c_int64(values.shape[1]),
        ctypes.c_void_p(None if importance is None else importance.ctypes.data),
    )
    assert written == target.size
    return dequantize(target, kind)


def excess(values, kept, limit):
    """Largest error, as a share of what is allowed."""
    errors = np.abs(kept - values).reshape(len(values), -1, limit.block).max(axis=-1)
    largest = np.abs(values).reshape(len(values), -1, limit.block).max(axis=-1)
    allowed = limit.share * largest.astype(np.float64) + limit.floor
    return float((errors / allowed).max())


def relative(values, kept):
    """Root mean square of the errors, as a share of that of the values."""
    power = np.square(values, dtype=np.float64).mean()
    return np.sqrt(np.square(kept - values, dtype=np.float64).mean() / power)


@pytest.mark.parametrize("name", NUMBERS)
@pytest.mark.parametrize("kind", BLOCKS, ids=str)
def test_what_ggml_makes_is_within(kind, name):
    values = NUMBERS[name].astype(np.float32)
    kept = quantized(values, kind)
    assert excess(values, kept, tolerance(kind)) < 1
    if values.any():
        assert relative(values, kept) < UNRELATED


# Steps that are too small for float16 to hold them with all its digits, or at all.
@pytest.mark.parametrize("scale", [1e-3, 1e-4, 1e-5, 1e-6, 1e-7, 1e-9])
@pytest.mark.parametrize("kind", BLOCKS, ids=str)
def test_the_smallest_numbers_are_within(kind, scale):
    values = (NUMBERS["normal"] * scale).astype(np.float32)
    assert excess(values, quantized(values, kind), tolerance(kind)) < 1


@pytest.mark.parametrize("name", NUMBERS)
@pytest.mark.parametrize("kind", BLOCKS, ids=str)
def test_what_ggml_makes_by_importance_is_within(kind, name):
    random = np.random.default_rng(1)
    values = NUMBERS[name].astype(np.float32)
    for importance in (
        random.exponential(size=COLUMNS),
        np.exp(3 * random.standard_normal(COLUMNS)),
    ):
        kept = quantized(values, kind, importance.astype(np.float32))
        assert excess(values, kept, tolerance(kind, is_weighted=True)) < 1
        if values.any():
            assert relative(values, kept) < UNRELATED


@pytest.mark.parametrize("kind", BLOCKS, ids=str)
def test_a_block_of_zeros_is_never_within(kind):
    values = NUMBERS["normal"].astype(np.float32)
    assert excess(values, np.zeros_like(values), tolerance(kind)) > 1


@pytest.mark.parametrize("kind", [T.F16, T.BF16], ids=str)
@pytest.mark.parametrize("scale", [1, 1e-4, 1e-7, 1e-40])
def test_floats_are_rounded_by_half_a_unit_at_most(kind, scale):
    values = (NUMBERS["normal"] * scale).astype(np.float32)
    blocks = quantize(values, kind).view(np.uint16)
    kept = dequantize(blocks.view(np.uint8), kind)
    assert excess(values, kept, tolerance(kind)) <= 1
    # A unit more in the last place is too much: what is stored once stays the same.
    above = dequantize((blocks + np.uint16(1)).view(np.uint8), kind)
    assert np.isfinite(above).all()
    assert excess(kept, above, tolerance(kind)) > 1


def test_float32_is_exact():
    assert tolerance(T.F32) == Tolerance(1, 0.0, 0.0)


def test_types_of_others_have_no_limit():
    assert tolerance(T.IQ2_XXS).share == inf
    assert tolerance(T.IQ2_XXS, is_weighted=True).share == inf


def test_importance_does_not_matter_to_all_types():
    for kind in (T.F32, T.F16, T.BF16, T.Q8_0):
        assert tolerance(kind, is_weighted=True) == tolerance(kind)
