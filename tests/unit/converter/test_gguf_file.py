import numpy as np
import pytest
from gguf import GGUFWriter
from gguf.constants import GGUFValueType

from converter.errors import CheckpointError, ImatrixError
from converter.gguf_file import opened_gguf


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "some.gguf"
    writer = GGUFWriter(path, "llama")
    writer.add_string("general.name", "a model")
    writer.add_array("some.texts", ["a", "b"])
    writer.add_tensor("weight", np.ones((2, 32), np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def opened(path, error=CheckpointError):
    return opened_gguf(path, error, expected="take another", mending="mend it")


def spoil(path, key, data, *, skip=0):
    """Overwrites what follows a key, some bytes further on."""
    content = bytearray(path.read_bytes())
    start = content.index(key) + len(key) + skip
    content[start : start + len(data)] = data
    path.write_bytes(content)


def assert_damaged(path, error=CheckpointError):
    with (
        pytest.raises(error, match="damaged or cut off; mend it"),
        opened(path, error),
    ):
        pass


def test_reads_what_is_sound(path):
    with opened(path) as reader:
        assert reader.fields["some.texts"].contents() == ["a", "b"]
        assert reader.tensors[0].data.shape == (2, 32)


@pytest.mark.timeout(10)
def test_a_string_that_became_an_array_takes_no_time(path):
    # The length of the name, 7, is then the type of truth values, and what follows is
    # a length of exabytes.
    spoil(path, b"general.name", bytes([GGUFValueType.ARRAY]))
    assert_damaged(path)


def test_a_header_may_be_too_large_for_its_purpose(path):
    for most in (None, 10_000):
        with opened_gguf(
            path, ImatrixError, expected="take another", mending="mend it", most=most
        ) as reader:
            assert reader.tensors
    with (
        pytest.raises(ImatrixError, match="bytes, more than 100; take another"),
        opened_gguf(
            path, ImatrixError, expected="take another", mending="mend it", most=100
        ),
    ):
        pass


def test_refuses_arrays_of_arrays(path):
    spoil(path, b"some.texts", bytes([GGUFValueType.ARRAY, 0, 0, 0] * 2))
    assert_damaged(path)


def test_an_offset_past_all_numbers_is_damage(path):
    # The number of dimensions, two dimensions and the type come before the offset.
    spoil(path, b"weight", b"\xff" * 8, skip=4 + 2 * 8 + 4)
    assert_damaged(path, ImatrixError)


def test_damage_that_is_found_later(path):
    with pytest.raises(CheckpointError, match="damaged"), opened(path) as reader:
        raise KeyError(reader.fields.keys())


def test_refuses_other_files(path):
    path.write_bytes(b"no GGUF")
    with pytest.raises(CheckpointError, match="no GGUF file; take another"):
        opened(path).__enter__()
    path.unlink()
    with pytest.raises(CheckpointError, match="cannot be read"):
        opened(path).__enter__()
