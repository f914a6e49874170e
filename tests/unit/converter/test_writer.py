import sys

import numpy as np
import pytest
from gguf import GGUFReader
from gguf.constants import GGMLQuantizationType as T

from converter.errors import OutputError, WriterMisuseError
from converter.metadata import Entry
from converter.writer import GgufWriter, TensorInfo

A = TensorInfo("a", (3, 5), T.F32)
B = TensorInfo("b", (7,), T.F32)
DATA = np.arange(15, dtype="<f4")


def chunks(values, size=16):
    data = values.view(np.uint8)
    return [data[n : n + size] for n in range(0, data.size, size)]


def write(writer, info, values):
    return sum(writer.write(info.name, chunks(values)))


def make(target, work, **options):
    """Does some work with a writer of a file."""
    with GgufWriter(target, **options) as writer:
        work(writer)


def names_in(folder):
    return [path.name for path in folder.iterdir()]


@pytest.fixture
def target(tmp_path):
    return tmp_path / "模型 🙂.gguf"


def test_writes_what_the_reader_reads(target):
    entries = [
        Entry.text("general.architecture", "phi2"),
        Entry.text("text", "你好\n"),
        Entry.count("count", 4_000_000_000),
        Entry.integer("integer", -7),
        Entry.number("number", 0.5),
        Entry.flag("flag", value=True),
        Entry.texts("texts", ["a", "", "🙂"]),
        Entry.integers("integers", [1, -2]),
    ]
    with GgufWriter(target) as writer:
        size = writer.begin(entries, [A, B])
        assert write(writer, A, DATA) == 60
        assert write(writer, B, DATA[:7]) == 28
        writer.finish()
    assert target.stat().st_size == size
    reader = GGUFReader(target)
    assert {
        key: field.contents()
        for key, field in reader.fields.items()
        if not key.startswith("GGUF.")
    } == {
        "general.architecture": "phi2",
        "text": "你好\n",
        "count": 4_000_000_000,
        "integer": -7,
        "number": 0.5,
        "flag": True,
        "texts": ["a", "", "🙂"],
        "integers": [1, -2],
    }
    a, b = reader.tensors
    assert (a.name, a.tensor_type, a.shape.tolist()) == ("a", T.F32, [5, 3])
    np.testing.assert_array_equal(a.data, DATA.reshape(3, 5))
    np.testing.assert_array_equal(b.data, DATA[:7])
    assert a.data_offset % 32 == b.data_offset % 32 == 0


def test_the_name_appears_only_when_the_file_is_whole(target):
    with GgufWriter(target) as writer:
        writer.begin([], [B])
        write(writer, B, DATA[:7])
        assert not target.exists()
        assert names_in(target.parent) == [target.name + ".part"]
        writer.finish()
    assert names_in(target.parent) == [target.name]


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_an_error_leaves_nothing_behind(target, error):
    def work(writer):
        writer.begin([], [B])
        raise error

    with pytest.raises(error):
        make(target, work)
    assert names_in(target.parent) == []


def test_an_error_keeps_the_file_that_was_there(target):
    target.write_text("precious")
    with pytest.raises(WriterMisuseError):
        make(target, lambda writer: writer.begin([], [B]), overwrite=True)
    assert target.read_text() == "precious"
    assert names_in(target.parent) == [target.name]


def test_refuses_an_existing_file(target):
    target.write_text("precious")
    with pytest.raises(OutputError, match="--force"), GgufWriter(target):
        pass
    assert target.read_text() == "precious"


def test_refuses_a_file_that_appeared_meanwhile(target):
    def work(writer):
        writer.begin([], [])
        target.write_text("precious")
        writer.finish()

    with pytest.raises(OutputError, match="--force"):
        make(target, work)
    assert target.read_text() == "precious"
    assert names_in(target.parent) == [target.name]


def test_overwrites_when_told_to(target):
    target.write_text("old")
    with GgufWriter(target, overwrite=True) as writer:
        writer.begin([], [])
        writer.finish()
    assert target.read_bytes().startswith(b"GGUF")


def test_writes_over_what_a_killed_process_left(target):
    target.with_name(target.name + ".part").write_bytes(bytes(1000))
    with GgufWriter(target) as writer:
        size = writer.begin([], [])
        writer.finish()
    assert target.stat().st_size == size


@pytest.mark.skipif(sys.platform == "win32", reason="no flock")
def test_two_conversions_cannot_write_one_file(target):
    with GgufWriter(target) as first:
        first.begin([], [])
        with pytest.raises(OutputError, match="another"), GgufWriter(target) as second:
            second.begin([], [])
        first.finish()
    assert target.exists()


def test_refuses_folders(target, tmp_path):
    with pytest.raises(OutputError, match="is a folder"), GgufWriter(tmp_path):
        pass
    nowhere = tmp_path / "nowhere" / "x.gguf"
    with pytest.raises(OutputError, match="does not exist"), GgufWriter(nowhere):
        pass


@pytest.fixture
def small_disk():
    """No file of this process can grow beyond a megabyte."""
    resource = pytest.importorskip("resource")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, hard))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_disk_that_takes_no_more(target, small_disk):
    big = TensorInfo("big", (1 << 20,), T.F32)

    def work(writer):
        writer.begin([], [big])
        write(writer, big, np.zeros(1 << 20, "<f4"))

    with pytest.raises(OutputError, match="cannot be written"):
        make(target, work)
    assert names_in(target.parent) == []


def test_a_folder_that_may_not_be_written(target):
    target.with_name(target.name + ".part").mkdir()
    with pytest.raises(OutputError, match="cannot be written"):
        make(target, lambda writer: writer.begin([], []))


def test_too_little_space_is_said_before_anything_is_written(target):
    huge = TensorInfo("huge", (1 << 50,), T.F32)
    with pytest.raises(OutputError, match="free"), GgufWriter(target) as writer:
        writer.begin([], [huge])
    assert names_in(target.parent) == []


def write_before_begin(writer):
    write(writer, A, DATA)


def finish_before_begin(writer):
    writer.finish()


def begin_twice(writer):
    writer.begin([], [])
    writer.begin([], [])


def write_unannounced(writer):
    writer.begin([], [A])
    write(writer, B, DATA[:7])


def write_in_another_order(writer):
    writer.begin([], [A, B])
    write(writer, B, DATA[:7])


def write_twice(writer):
    writer.begin([], [B])
    write(writer, B, DATA[:7])
    write(writer, B, DATA[:7])


def write_too_little(writer):
    writer.begin([], [A])
    write(writer, A, DATA[:14])


def finish_early(writer):
    writer.begin([], [A])
    writer.finish()


def same_tensor(writer):
    writer.begin([], [A, A])


def same_key(writer):
    writer.begin([Entry.count("a", 1), Entry.count("a", 2)], [])


def wrong_value(writer):
    writer.begin([Entry.count("a", -1)], [])


def forget_finish(writer):
    writer.begin([], [])


@pytest.mark.parametrize(
    "misuse",
    [
        begin_twice,
        write_unannounced,
        write_in_another_order,
        write_twice,
        write_too_little,
        finish_early,
        same_tensor,
        same_key,
        wrong_value,
        forget_finish,
        write_before_begin,
        finish_before_begin,
    ],
)
def test_refuses_misuse(target, misuse):
    with pytest.raises(WriterMisuseError):
        make(target, misuse)
    assert names_in(target.parent) == []
