import pickle
import struct

import pytest

from converter.dtypes import DType
from converter.errors import UnsafePickleError
from converter.tensor_refs import StorageRef, TensorRef
from converter.unpickle import read_tensors
from tests.checkpoints import Pickle
from tests.hostile.attacks import ATTACKS
from tests.hostile.nonsense import NONSENSE, state


def test_reads_a_tensor():
    data = state(
        storage="BFloat16Storage", key="7", elements=12, shape=(2, 3), offset=6
    )
    expected = TensorRef(StorageRef("7", DType.BF16, 12), 6, (2, 3), (3, 1))
    assert read_tensors(data) == {"w": expected}


@pytest.mark.parametrize(
    ("storage", "dtype"),
    [
        ("HalfStorage", DType.F16),
        ("FloatStorage", DType.F32),
        ("ByteStorage", DType.U8),
        ("IntStorage", DType.I32),
        ("LongStorage", DType.I64),
        ("BoolStorage", DType.BOOL),
    ],
)
def test_knows_the_storages(storage, dtype):
    assert read_tensors(state(storage=storage))["w"].storage.dtype is dtype


def test_reads_a_scalar_and_a_transposed_tensor():
    data = (
        Pickle()
        .ordered_dict()
        .text("scalar")
        .tensor(shape=())
        .raw(b"s")
        .text("transposed")
        .tensor(key="1", elements=6, shape=(3, 2), strides=(1, 3))
        .raw(b"s.")
    )
    tensors = read_tensors(data.bytes())
    assert tensors["scalar"].shape == ()
    assert tensors["transposed"].strides == (1, 3)


def test_reads_a_parameter():
    data = Pickle().raw(b"}").text("w").name("torch._utils", "_rebuild_parameter")
    data.raw(b"(").tensor().raw(b"\x88").ordered_dict().raw(b"tRs.")
    assert read_tensors(data.bytes())["w"].shape == (1,)


@pytest.mark.parametrize("protocol", [3, 4, 5])
def test_reads_other_protocols(protocol):
    # What a checkpoint saved with pickle_protocol=4 has beside a tensor's own opcodes.
    data = pickle.dumps({}, protocol)
    assert read_tensors(data) == {}


@pytest.mark.parametrize("name", NONSENSE)
def test_refuses_everything_else(name):
    with pytest.raises(UnsafePickleError, match="nothing of it was run"):
        read_tensors(NONSENSE[name]())


@pytest.mark.parametrize("name", ATTACKS)
def test_refuses_what_pickle_itself_would_run(tmp_path, name):
    # That pickle would, and that this does not, is seen in test_converter_hostile.
    with pytest.raises(UnsafePickleError, match="nothing of it was run"):
        read_tensors(ATTACKS[name].build(tmp_path / "canary"))
    assert list(tmp_path.iterdir()) == []


def test_a_stride_that_is_never_used_may_be_any_number():
    # torch keeps the strides of a view when it clones the view.
    data = state(elements=3, shape=(1, 3), strides=(1 << 61, 1))
    assert read_tensors(data)["w"].strides == (0, 1)


def test_survives_any_single_byte_changed():
    data = state(elements=6, shape=(2, 3))
    for position in range(len(data)):
        for change in (0x01, 0x40, 0xFF):
            mutated = bytearray(data)
            mutated[position] ^= change
            try:
                read_tensors(bytes(mutated))
            except UnsafePickleError:
                continue


def test_a_string_of_any_length_fits_the_file():
    data = b"\x80\x02}X" + struct.pack("<I", 3) + b"abc"
    with pytest.raises(UnsafePickleError):
        read_tensors(data + b"Ns.")
