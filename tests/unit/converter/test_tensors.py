from pathlib import Path

import numpy as np
import pytest

from converter.dtypes import DType
from converter.tensors import (
    StoredRows,
    StoredTensor,
    ZeroRows,
    qkv_order,
    rotary_order,
)


def test_rotary_order_brings_even_dimensions_before_odd_ones():
    assert rotary_order(10, 6).tolist() == [0, 2, 4, 1, 3, 5, 6, 7, 8, 9]


def test_rotary_order_of_nothing_and_of_everything():
    assert rotary_order(4, 0).tolist() == [0, 1, 2, 3]
    assert rotary_order(4, 4).tolist() == [0, 2, 1, 3]


def test_qkv_order_of_a_small_model_written_out():
    # Two parts of one head with four dimensions, two of which rotate (they stay).
    # Stored: q0 v0 k0 q1 v1 k1, four rows each.
    order = qkv_order(heads=2, head_size=4, rotary=2, parts=2)
    q, k, v = order.reshape(3, 8).tolist()
    assert q == [0, 1, 2, 3, 12, 13, 14, 15]
    assert k == [8, 9, 10, 11, 20, 21, 22, 23]
    assert v == [4, 5, 6, 7, 16, 17, 18, 19]


def test_qkv_order_agrees_with_the_modelling_code():
    heads, size, rotary, parts = 8, 6, 4, 4
    rows = np.arange(3 * heads * size)
    # As modeling_codegen.py takes the projection apart.
    query, value, key = np.split(rows.reshape(parts, -1), 3, axis=1)
    expected = []
    for part in (query, key):
        by_head = part.reshape(heads, size)
        expected.append(by_head[:, [0, 2, 1, 3, 4, 5]].ravel())
    expected.append(value.ravel())
    order = qkv_order(heads=heads, head_size=size, rotary=rotary, parts=parts)
    np.testing.assert_array_equal(order, np.concatenate(expected))


def test_qkv_order_uses_every_row_once():
    order = qkv_order(heads=24, head_size=256, rotary=64, parts=4)
    np.testing.assert_array_equal(np.sort(order), np.arange(3 * 6144))


@pytest.fixture
def tensor():
    values = np.arange(12, dtype=np.float16).reshape(6, 2)
    return StoredTensor(name="w", file=Path("w"), dtype=DType.F16, array=values)


def test_rows_come_in_order(tensor):
    rows = StoredRows(tensor, np.array([5, 4, 3, 2, 1, 0]))
    assert rows.shape == (6, 2)
    assert rows.read(1, 3).tolist() == [[8, 9], [6, 7]]
    assert StoredRows(tensor).read(0, 1).tolist() == [[0, 1]]


def test_rows_keep_float16_and_widen_bfloat16(tensor):
    assert StoredRows(tensor).read(0, 6).dtype == np.float16
    bits = np.array([0x3F80, 0xC020], np.uint16)
    small = StoredTensor(name="b", file=Path("b"), dtype=DType.BF16, array=bits)
    assert StoredRows(small).read(0, 2).tolist() == [1.0, -2.5]


def test_zeros():
    assert ZeroRows((4,)).read(1, 3).tolist() == [0, 0]
