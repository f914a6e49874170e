import numpy as np
import pytest

from converter.dtypes import are_finite, to_single

ALL_HALVES = np.arange(1 << 16, dtype=np.uint32).astype(np.uint16).view(np.float16)
FINITE = ALL_HALVES[np.isfinite(ALL_HALVES)]


def bits(values):
    return values.view(np.uint32).tolist()


def test_every_half_is_widened_exactly():
    assert bits(to_single(FINITE)) == bits(FINITE.astype(np.float32))


def test_widens_into_memory_that_was_used_before():
    memory = np.full(FINITE.size, np.nan, np.float32)
    assert to_single(FINITE, memory) is memory
    assert bits(memory) == bits(FINITE.astype(np.float32))


def test_widens_rows_that_are_not_contiguous():
    values = FINITE[:63000].reshape(30, -1)[::2, ::3]
    found = to_single(values)
    assert found.flags.c_contiguous
    np.testing.assert_array_equal(found, values.astype(np.float32))


def test_float32_is_passed_through():
    values = np.arange(5, dtype=np.float32)
    assert to_single(values) is values


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("dtype", [np.float16, np.float32])
def test_one_bad_number_is_found(bad, dtype):
    values = np.zeros((3, 5), dtype)
    assert are_finite(values)
    values[1, 4] = bad
    assert not are_finite(values)


def test_large_numbers_are_finite():
    assert are_finite(np.full(100, 3e38, np.float32))
    assert are_finite(FINITE)
