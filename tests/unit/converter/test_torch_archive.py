import re
import zipfile

import numpy as np
import pytest

from converter.dtypes import DType
from converter.errors import (
    CheckpointError,
    ConversionError,
    UnsafePickleError,
    UnsupportedError,
)
from converter.torch_archive import read_archive
from tests.checkpoints import (
    TINY,
    Pickle,
    bfloat16,
    state_pickle,
    write_archive,
    write_torch,
)
from tests.hostile.archives import ARCHIVES, SOUND, pack

VALUES = np.arange(12, dtype=np.float32).reshape(3, 4)
ONE = state_pickle({"w": VALUES.astype(np.float16)})
DATA = VALUES.astype(np.float16).tobytes()


@pytest.fixture
def path(tmp_path):
    return tmp_path / "pytorch_model.bin"


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float32"])
def test_reads_floats_exactly(path, dtype):
    write_torch(path, {"w": VALUES, "b": VALUES[0]}, dtype)
    tensors = read_archive(path)
    assert tensors["w"].dtype.value == dtype
    assert tensors["w"].file == path
    np.testing.assert_array_equal(tensors["w"].load(), VALUES)
    np.testing.assert_array_equal(tensors["b"].load(), VALUES[0])


def test_reads_integers_as_they_are(path):
    mask = np.tril(np.ones((1, 1, 4, 4), np.uint8))
    numbers = np.arange(4, dtype=np.int32)
    write_torch(path, {"mask": mask, "numbers": numbers})
    tensors = read_archive(path)
    assert tensors["mask"].dtype is DType.U8
    np.testing.assert_array_equal(tensors["mask"].array, mask)
    np.testing.assert_array_equal(tensors["numbers"].array, numbers)


def test_maps_the_file_and_cannot_change_it(path):
    write_torch(path, {"w": VALUES})
    array = read_archive(path)["w"].array
    assert not array.flags.owndata
    with pytest.raises(ValueError, match="read-only"):
        array[0, 0] = 1


def test_reads_views_of_a_shared_storage(path):
    pickle = Pickle().ordered_dict()
    pickle.text("transposed").tensor(elements=12, shape=(4, 3), strides=(1, 4)).raw(
        b"s"
    )
    pickle.text("row").tensor(elements=12, shape=(4,), offset=8).raw(b"s.")
    write_archive(path, pickle.bytes(), {"data/0": VALUES.astype(np.float16).tobytes()})
    tensors = read_archive(path)
    np.testing.assert_array_equal(tensors["transposed"].load(), VALUES.T)
    np.testing.assert_array_equal(tensors["row"].load(), VALUES[2])


def test_any_folder_name_in_the_archive_is_fine(tmp_path):
    path = tmp_path / "模型 🙂.bin"
    write_torch(path, {"w": VALUES})
    np.testing.assert_array_equal(read_archive(path)["w"].load(), VALUES)


def test_changed_bytes_never_end_in_another_error(path):
    write_torch(path, {"w": VALUES})
    data = path.read_bytes()
    random = np.random.default_rng(0)
    for _ in range(400):
        mutated = bytearray(data)
        for position in random.integers(0, len(data), 3):
            mutated[position] = random.integers(256)
        path.write_bytes(mutated)
        try:
            read_archive(path)["w"].load()
        except (CheckpointError, UnsupportedError, KeyError):
            continue


@pytest.mark.parametrize("name", ARCHIVES)
def test_refuses_what_is_no_sound_archive(path, name):
    build, says = ARCHIVES[name]
    path.write_bytes(build())
    with pytest.raises(ConversionError, match=re.escape(says)) as caught:
        read_archive(path)
    assert caught.value.file == path


def test_reads_the_archive_that_those_are_made_from(path):
    path.write_bytes(pack(SOUND))
    assert read_archive(path)["lm_head.weight"].shape == (TINY.vocabulary, TINY.width)


def test_reads_what_other_programs_have_packed_again(path):
    members = [("a/data.pkl", ONE), ("a/data/", b""), ("a/data/0", DATA)]
    with zipfile.ZipFile(path, "w") as file:
        for name, data in members:
            file.writestr(name, data)
    np.testing.assert_array_equal(read_archive(path)["w"].load(), VALUES)


def test_names_the_file_of_an_unsafe_pickle(path):
    write_archive(path, b"cos\nsystem\n.", {})
    with pytest.raises(UnsafePickleError, match=r"os\.system") as caught:
        read_archive(path)
    assert caught.value.file == path


def test_bfloat16_is_the_upper_half_of_a_float32(path):
    values = np.array([1.0, -2.5, 3e38, 1e-30], np.float32)
    write_torch(path, {"w": values}, "bfloat16")
    expected = (bfloat16(values).astype(np.uint32) << 16).view(np.float32)
    np.testing.assert_array_equal(read_archive(path)["w"].load(), expected)


def test_released_pages_are_read_again(path):
    write_torch(path, {"w": VALUES})
    tensor = read_archive(path)["w"]
    tensor.release()
    np.testing.assert_array_equal(tensor.load(), VALUES)
