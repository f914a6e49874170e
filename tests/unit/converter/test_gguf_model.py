import numpy as np
import pytest
from gguf import GGUFWriter
from gguf.constants import GGMLQuantizationType as T
from gguf.quants import quantize

from converter.errors import CheckpointError
from converter.gguf_model import read_gguf


def write(path, **entries):
    writer = GGUFWriter(path, "phi2")
    for key, value in entries.items():
        writer.add_string(key.replace("__", "."), value)
    values = np.arange(96, dtype=np.float32)
    writer.add_tensor("vector", values)
    writer.add_tensor("matrix", values.reshape(3, 32).astype(np.float16))
    blocks = quantize(values.reshape(3, 32), T.Q8_0)
    writer.add_tensor("blocks", blocks, raw_dtype=T.Q8_0)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def test_tensors_are_rows_of_bytes(tmp_path):
    tensors = read_gguf(write(tmp_path / "some.gguf")).tensors
    seen = {
        name: (tensor.kind, tensor.shape, tensor.data.array.shape)
        for name, tensor in tensors.items()
    }
    assert seen == {
        "vector": (T.F32, (96,), (1, 384)),
        "matrix": (T.F16, (3, 32), (3, 64)),
        "blocks": (T.Q8_0, (3, 32), (3, 34)),
    }
    numbers = tensors["matrix"].data.array[1].view(np.float16)
    np.testing.assert_array_equal(numbers, np.arange(32, 64))


def test_an_importance_matrix_is_seen(tmp_path):
    path = write(tmp_path / "some.gguf", quantize__imatrix__file="wiki.gguf")
    assert read_gguf(path).is_weighted
    assert not read_gguf(write(tmp_path / "other.gguf")).is_weighted


@pytest.mark.parametrize("size", [4, 40, 200, 600])
def test_a_file_that_is_cut_off(tmp_path, size):
    path = write(tmp_path / "some.gguf")
    path.write_bytes(path.read_bytes()[:size])
    with pytest.raises(CheckpointError, match="damaged or cut off"):
        read_gguf(path)
