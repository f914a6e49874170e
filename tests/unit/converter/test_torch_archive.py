import struct
import zipfile

import numpy as np
import pytest

from converter.dtypes import DType
from converter.errors import CheckpointError, UnsafePickleError, UnsupportedError
from converter.torch_archive import read_archive
from tests.checkpoints import Pickle, bfloat16, state_pickle, write_archive, write_torch

VALUES = np.arange(12, dtype=np.float32).reshape(3, 4)


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


def test_a_file_cut_off_anywhere_is_refused(path):
    write_torch(path, {"w": VALUES})
    data = path.read_bytes()
    for size in range(0, len(data), 7):
        path.write_bytes(data[:size])
        with pytest.raises(CheckpointError):
            read_archive(path)


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


def archive(path, members, **options):
    with zipfile.ZipFile(path, "w", **options) as file:
        for name, data in members:
            file.writestr(name, data)


ONE = state_pickle({"w": VALUES.astype(np.float16)})
DATA = VALUES.astype(np.float16).tobytes()


@pytest.mark.parametrize(
    ("members", "message"),
    [
        ([("a/data/0", DATA)], "does not hold one data.pkl"),
        ([("a/data.pkl", ONE), ("b/data.pkl", ONE)], "does not hold one data.pkl"),
        ([("a/b/data.pkl", ONE)], "does not hold one data.pkl"),
        ([("a/data.pkl", ONE)], "lacks a/data/0"),
        ([("a/data.pkl", ONE), ("a/data/0", DATA[:-1])], "has 23 bytes instead of 24"),
        ([("a/data.pkl", ONE), ("a/data/0", DATA + b"x")], "25 bytes instead of 24"),
    ],
)
def test_refuses_archives_that_do_not_fit(path, members, message):
    archive(path, members)
    with pytest.raises(CheckpointError, match=message) as caught:
        read_archive(path)
    assert str(path) in str(caught.value)


def test_refuses_compressed_members(path):
    bomb = [("a/data.pkl", ONE), ("a/data/0", bytes(1 << 20))]
    archive(path, bomb, compression=zipfile.ZIP_DEFLATED)
    with pytest.raises(CheckpointError, match="compressed"):
        read_archive(path)


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_refuses_a_member_twice(path):
    archive(path, [("a/data.pkl", ONE), ("a/data/0", DATA), ("a/data/0", DATA)])
    with pytest.raises(CheckpointError, match="twice"):
        read_archive(path)


def test_a_storage_key_cannot_leave_the_archive(path):
    pickle = Pickle().ordered_dict().text("w").tensor(key="../../../etc/passwd")
    archive(path, [("a/data.pkl", pickle.raw(b"s.").bytes())])
    with pytest.raises(CheckpointError, match="lacks"):
        read_archive(path)


def test_a_local_header_that_lies_is_refused(path):
    write_torch(path, {"w": VALUES})
    data = bytearray(path.read_bytes())
    start = data.index(b"PK\x03\x04", 4)
    data[start + 26 : start + 30] = struct.pack("<HH", 0xFFFF, 0xFFFF)
    path.write_bytes(data)
    with pytest.raises(CheckpointError, match="cut off in"):
        read_archive(path)


def test_refuses_big_endian_files(path):
    archive(path, [("a/data.pkl", ONE), ("a/byteorder", b"big"), ("a/data/0", DATA)])
    with pytest.raises(UnsupportedError, match="big-endian"):
        read_archive(path)


def test_names_the_old_format(path):
    path.write_bytes(b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19.\x80\x02M\xe9\x03.")
    with pytest.raises(UnsupportedError, match=r"before version 1\.6"):
        read_archive(path)


def test_names_the_file_of_an_unsafe_pickle(path):
    archive(path, [("a/data.pkl", b"cos\nsystem\n.")])
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
