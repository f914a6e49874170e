import random
import struct

import numpy as np
import pytest
from gguf import GGUFReader, GGUFWriter
from gguf.constants import GGMLQuantizationType as T

from converter.errors import CheckpointError, UnsupportedError
from converter.gguf_header import read_gguf_header
from converter.writer import TensorInfo
from tests.fakes import tiny_gguf

DAMAGED = "damaged or cut off"


@pytest.fixture
def path(tmp_path):
    return tmp_path / "模型 🙂.gguf"


def text(value):
    data = value.encode()
    return struct.pack("<Q", len(data)) + data


def entry(key, kind, value):
    return text(key) + struct.pack("<I", kind) + value


def tensor(name, *shape, kind=0, offset=0):
    sizes = struct.pack(f"<I{len(shape)}Q", len(shape), *shape)
    return text(name) + sizes + struct.pack("<IQ", kind, offset)


def write(path, *entries, tensors=(), counts=None, version=3, data=b""):
    counts = counts or (len(tensors), len(entries))
    head = b"GGUF" + struct.pack("<IQQ", version, *counts)
    head += b"".join(entries) + b"".join(tensors)
    path.write_bytes(head + bytes(-len(head) % 32) + data)


def test_reads_what_the_library_writes(path):
    writer = GGUFWriter(path, "phi2")
    writer.add_string("text", "你好\n")
    writer.add_uint8("u8", 255)
    writer.add_int8("i8", -1)
    writer.add_uint16("u16", 65535)
    writer.add_int16("i16", -2)
    writer.add_int32("i32", -3)
    writer.add_uint64("u64", (1 << 64) - 1)
    writer.add_int64("i64", -4)
    writer.add_float32("f32", 0.5)
    writer.add_float64("f64", 0.1)
    writer.add_bool("yes", val=True)
    writer.add_array("texts", ["a", "", "🙂"])
    writer.add_array("numbers", [1, 2, 3])
    writer.add_uint32("last", 7)
    writer.add_tensor("w", np.zeros((3, 5), np.float32))
    writer.add_tensor("v", np.zeros(2, np.float16))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    header = read_gguf_header(path)
    assert header.version == 3
    assert header.values == {
        "general.architecture": "phi2",
        "text": "你好\n",
        "u8": 255,
        "i8": -1,
        "u16": 65535,
        "i16": -2,
        "i32": -3,
        "u64": (1 << 64) - 1,
        "i64": -4,
        "f32": 0.5,
        "f64": 0.1,
        "yes": True,
        "last": 7,
    }
    assert header.tensors == (
        TensorInfo("w", (3, 5), T.F32),
        TensorInfo("v", (2,), T.F16),
    )


def test_agrees_with_the_library_about_a_model(path):
    header, reader = read_gguf_header(tiny_gguf.write(path)), GGUFReader(path)
    assert [
        (info.name, info.shape, info.kind, info.size) for info in header.tensors
    ] == [
        (t.name, tuple(t.shape.tolist()[::-1]), t.tensor_type, t.n_bytes)
        for t in reader.tensors
    ]
    scalars = {
        name: field.contents()
        for name, field in reader.fields.items()
        if len(field.types) == 1 and not name.startswith("GGUF.")
    }
    assert header.values == scalars


def test_a_tensor_needs_no_dimension(path):
    write(path, tensors=[tensor("w")], data=bytes(4))
    assert read_gguf_header(path).tensors[0].shape == (1,)


@pytest.mark.parametrize(
    ("entries", "more"),
    [
        ([], {"counts": (0, 1 << 60)}),
        ([], {"counts": (1 << 60, 0)}),
        ([], {"counts": (0, 60_000)}),
        ([struct.pack("<Q", 1 << 60)], {}),
        ([struct.pack("<Q", (1 << 64) - 1)], {}),
        ([entry("text", 8, struct.pack("<Q", 1 << 60))], {}),
        ([entry("array", 9, struct.pack("<IQ", 0, 1 << 60))], {}),
        ([entry("array", 9, struct.pack("<IQ", 12, (1 << 64) - 1))], {}),
        ([entry("texts", 9, struct.pack("<IQ", 8, 1 << 60))], {}),
        ([entry("arrays", 9, struct.pack("<IQIQ", 9, 1 << 60, 9, 1 << 60))], {}),
        ([entry("kind", 13, bytes(8))], {}),
        ([entry("array", 9, struct.pack("<IQ", 13, 1))], {}),
        ([entry("twice", 4, bytes(4)), entry("twice", 4, bytes(4))], {}),
        ([struct.pack("<Q", 2) + b"\xff\xfe" + struct.pack("<II", 4, 0)], {}),
        ([entry("text", 8, struct.pack("<Q", 2) + b"\xff\xfe")], {}),
        ([entry("general.alignment", 4, struct.pack("<I", 0))], {}),
        ([entry("general.alignment", 4, struct.pack("<I", 3))], {}),
        ([entry("general.alignment", 8, text("32"))], {}),
        ([], {"tensors": [tensor("w", 1)]}),
        ([], {"tensors": [tensor("w", 1, offset=1 << 60)], "data": bytes(8)}),
        ([], {"tensors": [tensor("w", 1 << 60, 1 << 60)], "data": bytes(8)}),
        ([], {"tensors": [tensor("w", 33, kind=2)], "data": bytes(64)}),
        ([], {"tensors": [tensor("w", 1, 1, 1, 1, 1)], "data": bytes(8)}),
        ([], {"tensors": [tensor("w", 1), tensor("w", 1)], "data": bytes(8)}),
        ([], {"tensors": [text("w") + struct.pack("<I", 0xFFFFFFFF)]}),
    ],
)
def test_refuses_what_cannot_be(path, entries, more):
    write(path, *entries, **more)
    with pytest.raises(CheckpointError, match=DAMAGED) as caught:
        read_gguf_header(path)
    assert caught.value.file == path


@pytest.mark.parametrize("kind", [4, 77, 0xFFFFFFFF])
def test_names_a_type_that_is_not_known(path, kind):
    write(path, tensors=[tensor("w", 32, kind=kind)], data=bytes(128))
    with pytest.raises(UnsupportedError, match=f"tensor w: the type {kind} is unknown"):
        read_gguf_header(path)


@pytest.mark.parametrize("version", [0, 1, 4, 0x03000000])
def test_names_a_version_that_is_not_known(path, version):
    write(path, version=version)
    with pytest.raises(UnsupportedError, match=f"version {version} of GGUF"):
        read_gguf_header(path)


def test_a_file_cut_off_anywhere_is_refused(path):
    data = tiny_gguf.write(path).read_bytes()
    for size in [*range(0, 3000, 7), *range(3000, len(data), 1001), len(data) - 40]:
        path.write_bytes(data[:size])
        with pytest.raises(CheckpointError):
            read_gguf_header(path)


def test_changed_bytes_never_end_in_another_error(path):
    data = tiny_gguf.write(path).read_bytes()
    source = random.Random(0)
    for _ in range(1000):
        mutated = bytearray(data)
        for _ in range(3):
            mutated[source.randrange(20_000)] = source.choice((0, 1, 8, 9, 128, 255))
        path.write_bytes(mutated)
        try:
            read_gguf_header(path)
        except (CheckpointError, UnsupportedError):
            continue
