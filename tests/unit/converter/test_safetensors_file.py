import json
import struct

import numpy as np
import pytest
from safetensors.numpy import save_file

from converter.errors import CheckpointError
from converter.safetensors_file import read_safetensors
from tests.checkpoints import write_safetensors

VALUES = np.arange(12, dtype=np.float32).reshape(3, 4)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "model.safetensors"


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.uint8, np.int32])
def test_reads_what_the_library_writes(path, dtype):
    save_file({"w": VALUES.astype(dtype), "b": VALUES[0].astype(dtype)}, path)
    tensors = read_safetensors(path)
    assert set(tensors) == {"w", "b"}
    np.testing.assert_array_equal(tensors["w"].array, VALUES)
    assert tensors["w"].dtype.stored == dtype


def test_reads_bfloat16(path):
    write_safetensors(path, {"w": VALUES}, "bfloat16")
    np.testing.assert_array_equal(read_safetensors(path)["w"].load(), VALUES)


def test_data_need_not_be_aligned(path):
    write(path, {"w": entry("F32", [2], 1, 9)}, b"x" + VALUES[0, :2].tobytes())
    np.testing.assert_array_equal(read_safetensors(path)["w"].load(), VALUES[0, :2])


def entry(dtype, shape, *place):
    return {"dtype": dtype, "shape": shape, "data_offsets": list(place)}


def write(path, header, data=b"", *, size=None):
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    path.write_bytes(
        struct.pack("<Q", len(text) if size is None else size) + text + data
    )


@pytest.mark.parametrize(
    "bad",
    [
        entry("F16", [4], 0, 7),
        entry("F16", [4], 0, 10),
        entry("F16", [4], 4, 12),
        entry("F16", [4], 8, 0),
        entry("F16", [-4], 0, 8),
        entry("F16", [True, 4], 0, 8),
        entry("F16", [2.0, 2], 0, 8),
        entry("F16", ["4"], 0, 8),
        entry("F8_E4M3", [8], 0, 8),
        entry("F16", [0], 0, 0),
        entry("F16", [1 << 62, 1 << 62], 0, 8),
        entry("F16", [10**4000] * 3, 0, 8),
        entry("F16", [4] + [1] * 32, 0, 8),
        entry("F16", [4], 0, 10**4000),
        {"dtype": "F16", "shape": [4]},
        [],
        None,
    ],
)
def test_refuses_entries_that_do_not_fit(path, bad):
    write(path, {"w": bad}, bytes(8))
    with pytest.raises(CheckpointError, match="tensor w: type, shape and place"):
        read_safetensors(path)


@pytest.mark.parametrize(
    ("header", "size", "message"),
    [
        (b"{}", 1 << 60, "cut off"),
        (b"{}", 3, "cut off"),
        (b"{", None, "JSON"),
        (b"[1]", None, "no object"),
        (b"\xff\xfe", None, "JSON"),
        ('{"w": 1}'.encode("utf-16"), None, "JSON"),
        (b'{"w": 1, "w": 2}', None, "JSON"),
        (b"[" * 100_000, None, "JSON"),
    ],
)
def test_refuses_damaged_headers(path, *, header, size, message):
    write(path, header, size=size)
    with pytest.raises(CheckpointError, match=message):
        read_safetensors(path)


def test_a_file_cut_off_anywhere_is_refused(path):
    write_safetensors(path, {"w": VALUES})
    data = path.read_bytes()
    for size in range(len(data)):
        path.write_bytes(data[:size])
        with pytest.raises(CheckpointError):
            read_safetensors(path)
