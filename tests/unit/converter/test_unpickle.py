import pickle
import struct

import pytest

from converter.dtypes import DType
from converter.errors import UnsafePickleError
from converter.unpickle import StorageRef, TensorRef, read_tensors
from tests.checkpoints import Pickle


class Evil:
    """Would create a file if anything ran it."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return (open, (str(self.path), "w"))


def state(*, name="w", **tensor):
    return Pickle().ordered_dict().text(name).tensor(**tensor).raw(b"s.").bytes()


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
        .tensor(elements=6, shape=(3, 2), strides=(1, 3))
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


def malicious():
    """Name and bytes of pickles that ask for more than tensors."""
    call = Pickle().name("os", "system").text("true").raw(b"\x85R.")
    yield "os.system", call.bytes()
    yield "eval", Pickle().name("builtins", "eval").text("1").raw(b"\x85R.").bytes()
    yield (
        "getattr chain",
        Pickle()
        .name("builtins", "getattr")
        .name("os", "system")
        .raw(b"\x86R.")
        .bytes(),
    )
    yield (
        "stack global",
        Pickle()
        .text("os")
        .text("system")
        .raw(b"\x93")
        .text("true")
        .raw(b"\x85R.")
        .bytes(),
    )
    yield "stack global of numbers", Pickle().number(1).number(2).raw(b"\x93.").bytes()
    yield "instance opcode", b"(X\x04\x00\x00\x00trueios\nsystem\n."
    yield "object opcode", b"(cos\nsystem\nX\x04\x00\x00\x00trueo."
    yield "new object", Pickle().name("os", "_wrap_close").raw(b")\x81.").bytes()
    yield "extension registry", b"\x80\x02\x82\x01."
    yield (
        "reduce of a string",
        Pickle().text("os.system").text("true").raw(b"\x85R.").bytes(),
    )
    yield (
        "reduce of a tensor",
        Pickle().raw(b"}").text("w").tensor().raw(b")Rs.").bytes(),
    )
    yield (
        "torch.load within",
        Pickle().name("torch", "load").text("x").raw(b"\x85R.").bytes(),
    )
    yield (
        "rebuild with a wrong constructor",
        Pickle()
        .raw(b"}")
        .text("w")
        .name("torch._utils", "_rebuild_tensor_v2")
        .raw(b"(")
        .name("os", "system")
        .raw(b"tRs.")
        .bytes(),
    )
    yield (
        "attributes of a tensor",
        Pickle().raw(b"}").text("w").tensor().raw(b"}bs.").bytes(),
    )
    yield (
        "dictionary from pairs",
        Pickle().name("collections", "OrderedDict").text("x").raw(b"\x85R.").bytes(),
    )
    yield (
        "persistent object by name",
        b"\x80\x02Pos.system\n.",
    )


def malformed():
    """Name and bytes of pickles whose tensors or operations make no sense."""
    yield "storage of objects", state(storage="UntypedStorage")
    yield "beyond the storage", state(elements=4, shape=(5,))
    yield "offset past the end", state(elements=4, shape=(1,), offset=4)
    yield "negative offset", state(elements=4, shape=(1,), offset=-1)
    yield "negative stride", state(elements=4, shape=(2,), strides=(-1,))
    yield "negative size", state(elements=4, shape=(-1,))
    yield "huge shape", state(elements=4, shape=(1 << 40, 1 << 40))
    yield "huge shape of one number", state(shape=(1 << 40,), strides=(0,))
    yield "empty tensor", state(shape=(0, 1 << 61))
    yield "more strides than sizes", state(shape=(1,), strides=(1, 1))
    yield "enormous number", state(shape=(1 << 70,))
    yield "memo bomb", b"\x80\x02Nr\xff\xff\xff\xff0."
    yield "missing memo", b"\x80\x02h\x05."
    yield "stack underflow", b"\x80\x02R."
    yield "no mark", b"\x80\x02Nt."
    yield "marks without end", b"\x80\x02" + b"(" * 20_000 + b"."
    yield "no stop", b"\x80\x02}"
    yield "unknown protocol", b"\x80\xff}."
    yield "unknown opcode", b"\x80\x02\xff."
    yield "text longer than the file", b"\x80\x02X\xff\xff\xff\xffabc."
    yield "two values", b"\x80\x02}}."
    yield "a list", b"\x80\x02]."
    yield (
        "a name that is no tensor",
        Pickle().raw(b"}").text("w").number(1).raw(b"s.").bytes(),
    )
    yield (
        "a key that is no name",
        Pickle().raw(b"}").raw(b")").tensor().raw(b"s.").bytes(),
    )
    yield "a dictionary in itself", b"\x80\x02}q\x00X\x01\x00\x00\x00wh\x00s."
    yield "empty", b""
    yield (
        "one name twice",
        Pickle()
        .raw(b"}")
        .text("w")
        .tensor()
        .raw(b"s")
        .text("w")
        .tensor()
        .raw(b"s.")
        .bytes(),
    )
    nested = b"\x80\x02" + b"(" + b")" + b"\x85" * 30_000 + b"t."
    yield "deep nesting", nested
    yield "odd number of items", b"\x80\x02}(X\x01\x00\x00\x00wu."


@pytest.mark.parametrize(
    "data", [pytest.param(d, id=n) for n, d in [*malicious(), *malformed()]]
)
def test_refuses_everything_else(data):
    with pytest.raises(UnsafePickleError, match="nothing of it was run"):
        read_tensors(data)


@pytest.mark.parametrize("protocol", range(6))
def test_runs_nothing_that_pickle_itself_would_run(tmp_path, protocol):
    trace = tmp_path / "trace"
    data = pickle.dumps({"w": Evil(trace)}, protocol)
    with pytest.raises(UnsafePickleError):
        read_tensors(data)
    assert not trace.exists()
    # The very same bytes do run in pickle, so the test proves something.
    pickle.loads(data)["w"].close()  # noqa: S301
    assert trace.exists()


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
