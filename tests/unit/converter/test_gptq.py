from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from gguf.constants import GGMLQuantizationType as T
from gguf.quants import dequantize

from converter.dtypes import DType
from converter.errors import TensorError, UnsupportedError
from converter.gptq import PARTS, GptqLinear, Q41Rows, rows
from converter.quantize import Encoder, Job
from converter.tensors import StoredRows, StoredTensor
from tests.checkpoints import gptq_linear

OUT, WIDTH, GROUP = 64, 384, 128
ORDERED = np.arange(WIDTH, dtype=np.int32) // GROUP
DTYPES = {"int32": DType.I32, "float32": DType.F32, "float16": DType.F16}


def stored(name, array):
    return StoredTensor(
        name=f"fc.{name}",
        file=Path("w.bin"),
        dtype=DTYPES[array.dtype.name],
        array=array,
    )


def quantized(bits, g_idx=ORDERED, *, out=OUT):
    """A random linear: its parts and its weights as they are meant."""
    weight = np.random.default_rng(3).standard_normal((out, len(g_idx)), np.float32)
    arrays, meant = gptq_linear(weight, g_idx.copy(), bits)
    arrays["scales"] = arrays["scales"].astype(np.float16)
    return {name: stored(name, arrays[name]) for name in PARTS}, meant


def linear(parts, shape=(OUT, WIDTH)):
    return GptqLinear.checked(parts, shape=shape)


def encode(source, kind, **options):
    with Encoder(2, **options) as encoder:
        job = Job(name="t", rows=source, kind=kind)
        return np.concatenate([data for _, data in encoder.encode([job])])


def shuffled():
    return np.random.default_rng(5).permutation(ORDERED)


@pytest.mark.parametrize("g_idx", [ORDERED, shuffled()], ids=["ordered", "shuffled"])
@pytest.mark.parametrize("bits", [4, 8])
def test_dequantizes_exactly(bits, g_idx):
    parts, meant = quantized(bits, g_idx)
    source = rows(linear(parts))
    assert source.shape == meant.shape
    np.testing.assert_array_equal(source.read(0, OUT), meant)


def test_the_formula_written_out():
    # Input 9 is in the second nibble of the second word; output 3 in the fourth.
    qweight, qzeros = np.zeros((4, 8), np.int32), np.zeros((2, 1), np.int32)
    qweight[1, 3], qzeros[1, 0] = 13 << 4, 6 << 12
    g_idx = np.zeros(32, np.int32)
    g_idx[9] = 1
    scales = np.ones((2, 8), np.float16)
    scales[1, 3] = 0.5
    arrays = (qweight, qzeros, scales, g_idx)
    parts = {n: stored(n, array) for n, array in zip(PARTS, arrays, strict=True)}
    weights = rows(linear(parts, (8, 32))).read(0, 8)
    assert weights[3, 9] == 0.5 * (13 - (6 + 1))
    assert weights[3, 8] == -1
    assert np.unique(np.delete(weights.ravel(), 3 * 32 + 9)) == -1


@pytest.mark.parametrize("bits", [4, 8])
def test_all_bits_of_a_word_are_unsigned(bits):
    parts, _ = quantized(bits)
    full = np.full_like(parts["qweight"].array, -1)
    parts["qweight"] = stored("qweight", full)
    parts["qzeros"] = stored("qzeros", np.full_like(parts["qzeros"].array, -1))
    scales = parts["scales"].load()
    expected = -scales[ORDERED].T  # q = most and zero = most: q - (zero + 1) = -1
    np.testing.assert_array_equal(rows(linear(parts)).read(0, OUT), expected)


@pytest.mark.parametrize("bits", [4, 8])
def test_rows_come_in_the_order_asked_for_and_in_parts(bits):
    parts, meant = quantized(bits, shuffled())
    order = np.random.default_rng(1).permutation(OUT)
    source = rows(linear(parts), order)
    read = [source.read(start, min(start + 7, OUT)) for start in range(0, OUT, 7)]
    np.testing.assert_array_equal(np.concatenate(read), meant[order])


def test_only_four_bits_in_order_are_blocks():
    shifted = np.roll(ORDERED, 1)
    assert isinstance(rows(linear(quantized(4)[0])), Q41Rows)
    assert not isinstance(rows(linear(quantized(8)[0])), Q41Rows)
    assert not isinstance(rows(linear(quantized(4, shuffled())[0])), Q41Rows)
    assert not isinstance(rows(linear(quantized(4, shifted)[0])), Q41Rows)


def test_whole_groups_in_another_order_are_blocks():
    g_idx = ORDERED[::-1].copy()
    parts, meant = quantized(4, g_idx)
    source = rows(linear(parts))
    assert isinstance(source, Q41Rows)
    check_blocks(source, meant, parts["scales"].load()[g_idx].T)


def test_scales_that_float16_does_not_hold_are_no_blocks():
    parts, meant = quantized(4)
    parts["scales"] = stored("scales", parts["scales"].load())
    source = rows(linear(parts))
    assert not isinstance(source, Q41Rows)
    np.testing.assert_array_equal(source.read(0, OUT), meant)


def check_blocks(source, meant, scales):
    """Compares what the blocks mean, by gguf's reader, with GPTQ's weights."""
    blocks = encode(source, T.Q4_1, package="no_such_package").reshape(OUT, -1)
    weights = dequantize(blocks, T.Q4_1)
    # Half a unit in the last place of the largest minimum, 16 scales.
    bound = np.spacing((16 * scales).astype(np.float16)).astype(np.float32) / 2
    difference = np.abs(weights - meant)
    assert (difference <= bound).all()
    return difference


def test_blocks_differ_by_the_rounding_of_the_minimum_alone():
    parts, meant = quantized(4)
    scales = parts["scales"].load()[ORDERED].T
    difference = check_blocks(rows(linear(parts)), meant, scales)
    # Not the luck of a second quantization: all weights of a block are off alike.
    by_block = difference.reshape(OUT, -1, 32)
    assert np.ptp(by_block, axis=-1).max() < 1e-6


def test_blocks_are_the_same_bits():
    parts, _ = quantized(4)
    # Minima that float16 holds: the scales are powers of two.
    powers = 2.0 ** np.random.default_rng(0).integers(-8, 0, parts["scales"].shape)
    parts["scales"] = stored("scales", powers.astype(np.float16))
    order = np.random.default_rng(1).permutation(OUT)
    source = rows(linear(parts), order)
    blocks = encode(source, T.Q4_1).reshape(OUT, -1)
    np.testing.assert_array_equal(dequantize(blocks, T.Q4_1), source.read(0, OUT))


@pytest.mark.parametrize("kind", [T.F16, T.Q8_0, T.Q4_0])
def test_other_types_are_made_of_the_weights(kind):
    parts, meant = quantized(4)
    dense = StoredTensor(name="w", file=Path("w"), dtype=DType.F32, array=meant)
    encoded = encode(rows(linear(parts)), kind)
    np.testing.assert_array_equal(encoded, encode(StoredRows(dense), kind))


@pytest.mark.parametrize("kind", [T.F32, T.F16, T.Q4_1, T.Q8_0])
@pytest.mark.parametrize("number", [np.nan, np.inf])
def test_refuses_scales_that_are_no_numbers(kind, number):
    parts, _ = quantized(4)
    parts["scales"].array[1, 5] = number
    with pytest.raises(TensorError, match="finite"):
        encode(rows(linear(parts)), kind)


def test_refuses_a_minimum_too_large_for_a_block():
    parts, _ = quantized(4)
    parts["scales"].array[0, 0] = 60000
    with pytest.raises(TensorError, match="too large"):
        encode(rows(linear(parts)), T.Q4_1)


@pytest.mark.parametrize("bits", [4, 8])
@pytest.mark.parametrize("part", PARTS)
def test_every_shape_is_checked(bits, part):
    parts, _ = quantized(bits)
    array = parts[part].array
    for wrong in (
        array[:-1],
        array[..., :-1],
        array[None],
        array[:0],
        array.ravel()[0],
    ):
        damaged = {**parts, part: replace(parts[part], array=np.asarray(wrong))}
        if damaged[part].shape == array.shape or (
            part == "scales" and wrong.shape == array[:-1].shape
        ):
            continue
        with pytest.raises((TensorError, UnsupportedError)) as caught:
            linear(damaged)
        message = str(caught.value)
        assert message.startswith(f"w.bin: tensor fc.{part}: its shape is [")
        assert message.endswith("or download them again.")


@pytest.mark.parametrize("part", PARTS)
def test_every_type_is_checked(part):
    parts, _ = quantized(4)
    dtype = DType.F32 if part != "scales" else DType.I32
    parts[part] = replace(parts[part], dtype=dtype)
    with pytest.raises(TensorError, match=f"tensor fc.{part}: its type is"):
        linear(parts)


@pytest.mark.parametrize("group", [-1, 3, 1 << 30])
def test_refuses_groups_that_are_not_there(group):
    parts, _ = quantized(4)
    parts["g_idx"].array[17] = group
    with pytest.raises(TensorError, match="names a group outside 0 to 2"):
        linear(parts)


@pytest.mark.parametrize("bits", [2, 3])
def test_refuses_other_bits(bits):
    parts, _ = quantized(4)
    array = np.zeros((WIDTH * bits // 32, OUT), np.int32)
    parts["qweight"] = replace(parts["qweight"], array=array)
    with pytest.raises(UnsupportedError, match=f"have {bits} bits"):
        linear(parts)
