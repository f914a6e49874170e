import ctypes
from pathlib import Path

import numpy as np
import pytest
from gguf.constants import GGML_QUANT_SIZES, GGMLQuantizationType as T
from gguf.quants import dequantize, quantize

from converter.dtypes import DType
from converter.errors import QuantizerError, TensorError
from converter.mixture import OUTPUT_TYPES
from converter.quantize import (
    Encoder,
    Job,
    _are_scales_finite,
    _find_ggml,
    row_bytes,
    tensor_bytes,
)
from converter.tensors import StoredRows, StoredTensor

QUANTIZED = [T.Q4_0, T.Q4_1, T.Q5_0, T.Q5_1, T.Q8_0]


def rows(values, dtype=DType.F32):
    array = np.asarray(values, dtype.stored)
    return StoredRows(StoredTensor(name="w", file=Path("w"), dtype=dtype, array=array))


def encode(source, kind, *, importance=None, **options):
    with Encoder(2, **options) as encoder:
        job = Job(name="t", rows=source, kind=kind, importance=importance)
        return np.concatenate([data for _, data in encoder.encode([job])])


@pytest.fixture
def values():
    return np.random.default_rng(0).standard_normal((8, 256), np.float32)


def test_sizes():
    assert row_bytes(T.Q4_0, 64) == 36
    assert tensor_bytes(T.Q6_K, (3, 512)) == 3 * 420
    assert tensor_bytes(T.F32, (7,)) == 28


@pytest.mark.parametrize("kind", QUANTIZED)
def test_agrees_with_gguf_to_the_bit(values, kind):
    expected = quantize(values, kind).reshape(-1)
    np.testing.assert_array_equal(encode(rows(values), kind), expected)


@pytest.mark.parametrize("kind", [T.Q6_K, T.Q5_K, T.Q4_K, T.Q3_K, T.Q2_K])
def test_k_quants_have_the_right_size(values, kind):
    assert encode(rows(values), kind).size == tensor_bytes(kind, values.shape)


def test_floats_need_no_library(values):
    for kind, dtype in ((T.F32, "<f4"), (T.F16, "<f2")):
        encoded = encode(rows(values), kind, package="no_such_package")
        np.testing.assert_array_equal(
            encoded.view(dtype).reshape(values.shape), values.astype(dtype)
        )


def test_bfloat16_rounds_to_even(values):
    expected = quantize(values, T.BF16).reshape(-1).view(np.uint8)
    np.testing.assert_array_equal(encode(rows(values), T.BF16), expected)


def test_float16_goes_through_unchanged():
    bits = np.arange(0x7C00, dtype=np.uint16).reshape(31, 1024)
    encoded = encode(rows(bits.view(np.float16), DType.F16), T.F16)
    np.testing.assert_array_equal(encoded.view(np.uint16), bits.reshape(-1))


@pytest.mark.parametrize("kind", [T.F32, T.F16, T.BF16, T.Q8_0])
def test_a_tensor_may_be_stored_by_columns(values, kind):
    columns = np.asfortranarray(values)
    assert not columns.flags.c_contiguous
    source = StoredTensor(name="w", file=Path("w"), dtype=DType.F32, array=columns)
    expected = encode(rows(values), kind)
    np.testing.assert_array_equal(encode(StoredRows(source), kind), expected)


def test_groups_of_rows_stay_in_order():
    values = np.arange(1 << 22, dtype=np.float32).reshape(-1, 64)
    encoded = encode(rows(values), T.F32)
    np.testing.assert_array_equal(encoded.view("<f4"), values.reshape(-1))


def test_a_tensor_is_never_read_as_a_whole():
    class Watched:
        shape = (1 << 14, 1024)
        largest = 0

        def read(self, start, stop):
            self.largest = max(self.largest, stop - start)
            return np.zeros((stop - start, 1024), np.float32)

        def release(self, start, stop):
            self.released = stop

    source = Watched()
    encode(source, T.Q8_0)
    assert source.largest * 1024 * 4 <= 4 << 20
    assert source.released == source.shape[0]


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("kind", [T.F32, T.F16, T.BF16, T.Q8_0, T.Q4_K])
@pytest.mark.parametrize("dtype", [DType.F16, DType.F32])
def test_refuses_numbers_that_are_not_finite(values, *, bad, kind, dtype):
    values[3, 7] = bad
    with pytest.raises(TensorError, match="not finite"):
        encode(rows(values, dtype), kind)


def test_a_sum_that_overflows_is_no_error():
    encode(rows(np.full((8, 256), 3e38, np.float32)), T.F32)


def test_refuses_what_float16_cannot_hold(values):
    values[0, 0] = 70_000
    with pytest.raises(TensorError, match="too large for float16"):
        encode(rows(values), T.F16)


def test_says_what_to_do_without_the_library(values):
    with pytest.raises(QuantizerError, match="install llama-cpp-python"):
        encode(rows(values), T.Q8_0, package="no_such_package")


def test_a_package_without_the_library(values):
    with pytest.raises(QuantizerError, match="install llama-cpp-python"):
        encode(rows(values), T.Q8_0, package="gguf")


def test_a_library_that_is_none(values, tmp_path, monkeypatch):
    library = tmp_path / "broken_ggml" / "lib" / "libggml-base.so"
    library.parent.mkdir(parents=True)
    library.write_bytes(b"no library")
    (tmp_path / "broken_ggml" / "__init__.py").touch()
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(QuantizerError, match="cannot be used"):
        encode(rows(values), T.Q8_0, package="broken_ggml")


@pytest.mark.parametrize("kind", [T.Q4_0, T.Q4_K, T.Q2_K, T.IQ4_NL, T.IQ4_XS])
def test_what_matters_more_is_more_exact(values, kind):
    importance = np.full(256, 1e-3, np.float32)
    importance[::4] = 1

    def error(**options):
        encoded = encode(rows(values), kind, **options)
        decoded = dequantize(encoded.reshape(len(values), -1), kind)
        return np.square(decoded - values)[:, ::4].mean()

    assert error(importance=importance) < 0.8 * error()


def test_refuses_what_bfloat16_cannot_hold():
    values = np.zeros((2, 256), np.float32)
    values[1, 3] = np.finfo(np.float32).max
    with pytest.raises(TensorError, match="too large for bfloat16"):
        encode(rows(values), T.BF16)


@pytest.mark.parametrize("columns", [0, 255, 512])
def test_refuses_importance_of_other_columns(values, columns):
    importance = np.ones(columns, np.float32)
    with pytest.raises(TensorError, match=f"256 columns, .* speaks of {columns}"):
        encode(rows(values), T.Q4_0, importance=importance)


@pytest.mark.parametrize("kind", [T.Q4_0, T.Q8_0, T.Q4_K, T.IQ4_NL])
def test_refuses_what_a_scale_cannot_hold(values, kind):
    with pytest.raises(TensorError, match=f"{kind.name} cannot hold its numbers;"):
        encode(rows(values * 1e8), kind)


@pytest.mark.parametrize("kind", sorted({each.base for each in OUTPUT_TYPES.values()}))
def test_finds_the_scales_where_ggml_does(capfd, kind):
    if kind in {T.F32, T.F16, T.BF16}:
        return
    library = ctypes.CDLL(str(_find_ggml("llama_cpp")))
    library.ggml_validate_row_data.restype = ctypes.c_bool
    _, size = GGML_QUANT_SIZES[kind]
    for place in range(0, size, 2):
        block = np.zeros(size, np.uint8)
        block[place : place + 2] = np.frombuffer(np.float16(np.inf).tobytes(), np.uint8)
        pointer = ctypes.c_void_p(block.ctypes.data)
        expected = library.ggml_validate_row_data(kind, pointer, ctypes.c_size_t(size))
        assert _are_scales_finite(kind, block) == expected, place
    assert "found inf" in capfd.readouterr().err


def test_nothing_is_said_of_what_a_scale_cannot_hold(values, capfd):
    with pytest.raises(TensorError):
        encode(rows(values * 1e8), T.Q4_0)
    assert capfd.readouterr() == ("", "")


def test_refuses_importance_that_leads_out_of_bounds(values):
    importance = np.full(256, 3e38, np.float32)
    with pytest.raises(TensorError, match="with this importance matrix; choose"):
        encode(rows(values), T.Q4_K, importance=importance)
