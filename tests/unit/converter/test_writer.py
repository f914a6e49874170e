import os
import sys

import numpy as np
import pytest
from gguf import GGUFReader
from gguf.constants import GGMLQuantizationType as T

from converter.errors import Interrupted, OutputError, WriterMisuseError
from converter.metadata import Entry
from converter.writer import Contents, GgufWriter, TensorInfo

A = TensorInfo("a", (3, 5), T.F32)
B = TensorInfo("b", (7,), T.F32)
DATA = np.arange(15, dtype="<f4")


def chunks(values, size=16):
    data = values.view(np.uint8)
    return [data[n : n + size] for n in range(0, data.size, size)]


def begin(writer, entries, tensors, **options):
    return writer.begin(Contents(entries=entries, tensors=tensors, **options))


def write(writer, info, values, **options):
    for chunk in chunks(values):
        writer.write(info.name, chunk, **options)


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
        size = begin(writer, entries, [A, B])
        write(writer, B, DATA[:7])
        write(writer, A, DATA)
        assert writer.written == 60 + 28
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
        begin(writer, [], [B])
        write(writer, B, DATA[:7])
        assert not target.exists()
        assert sorted(names_in(target.parent)) == [
            target.name + ".part",
            target.name + ".part.journal",
        ]
        writer.finish()
    assert names_in(target.parent) == [target.name]


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_an_error_leaves_nothing_behind(target, error):
    def work(writer):
        begin(writer, [], [B])
        raise error

    with pytest.raises(error):
        make(target, work)
    assert names_in(target.parent) == []


def test_an_error_keeps_the_file_that_was_there(target):
    target.write_text("precious")
    with pytest.raises(WriterMisuseError):
        make(target, lambda writer: begin(writer, [], [B]), overwrite=True)
    assert target.read_text() == "precious"
    assert names_in(target.parent) == [target.name]


def test_refuses_an_existing_file(target):
    target.write_text("precious")
    with pytest.raises(OutputError, match="--force"), GgufWriter(target):
        pass
    assert target.read_text() == "precious"


def test_refuses_a_file_that_appeared_meanwhile(target):
    def work(writer):
        begin(writer, [], [])
        target.write_text("precious")
        writer.finish()

    with pytest.raises(OutputError, match="--force"):
        make(target, work)
    assert target.read_text() == "precious"
    assert names_in(target.parent) == [target.name]


def test_overwrites_when_told_to(target):
    target.write_text("old")
    with GgufWriter(target, overwrite=True) as writer:
        begin(writer, [], [])
        writer.finish()
    assert target.read_bytes().startswith(b"GGUF")


def test_writes_over_what_a_killed_process_left(target):
    target.with_name(target.name + ".part").write_bytes(bytes(1000))
    with GgufWriter(target) as writer:
        size = begin(writer, [], [])
        writer.finish()
    assert target.stat().st_size == size


@pytest.mark.skipif(sys.platform == "win32", reason="no flock")
def test_two_conversions_cannot_write_one_file(target):
    with GgufWriter(target) as first:
        begin(first, [], [])
        with pytest.raises(OutputError, match="another"), GgufWriter(target) as second:
            begin(second, [], [])
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
        begin(writer, [], [big])
        write(writer, big, np.zeros(1 << 20, "<f4"))

    with pytest.raises(OutputError, match="cannot be written"):
        make(target, work)
    assert names_in(target.parent) == []


def test_a_folder_that_may_not_be_written(target):
    target.with_name(target.name + ".part").mkdir()
    with pytest.raises(OutputError, match="cannot be written"):
        make(target, lambda writer: begin(writer, [], []))


def test_too_little_space_is_said_before_anything_is_written(target):
    huge = TensorInfo("huge", (1 << 50,), T.F32)
    with pytest.raises(OutputError, match="free"), GgufWriter(target) as writer:
        begin(writer, [], [huge])
    assert names_in(target.parent) == []


def write_before_begin(writer):
    write(writer, A, DATA)


def finish_before_begin(writer):
    writer.finish()


def begin_twice(writer):
    begin(writer, [], [])
    begin(writer, [], [])


def write_unannounced(writer):
    begin(writer, [], [A])
    write(writer, B, DATA[:7])


def write_between(writer):
    begin(writer, [], [A, B])
    write(writer, A, DATA[:7])
    write(writer, B, DATA[:7])


def write_twice(writer):
    begin(writer, [], [B])
    write(writer, B, DATA[:7])
    write(writer, B, DATA[:7])


def write_too_little(writer):
    begin(writer, [], [A])
    write(writer, A, DATA[:14])


def write_too_much(writer):
    begin(writer, [], [B])
    write(writer, B, DATA[:8])


def finish_early(writer):
    begin(writer, [], [A])
    writer.finish()


def same_tensor(writer):
    begin(writer, [], [A, A])


def same_key(writer):
    begin(writer, [Entry.count("a", 1), Entry.count("a", 2)], [])


def wrong_value(writer):
    begin(writer, [Entry.count("a", -1)], [])


def forget_finish(writer):
    begin(writer, [], [])


@pytest.mark.parametrize(
    "misuse",
    [
        begin_twice,
        write_unannounced,
        write_between,
        write_too_much,
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


def stop_after_a(target, error=Interrupted, **options):
    """What a conversion leaves that is stopped when A is written and B is begun."""

    def work(writer):
        begin(writer, [Entry.text("name", "x")], [A, B], **options)
        write(writer, A, DATA, origin="shard 1")
        writer.write("b", DATA[:3].view(np.uint8))
        raise error

    with pytest.raises(error):
        make(target, work)


def undisturbed(target):
    with GgufWriter(target) as writer:
        begin(writer, [Entry.text("name", "x")], [A, B])
        write(writer, A, DATA)
        write(writer, B, DATA[:7])
        writer.finish()
    return target.read_bytes()


def resume(target, **options):
    """Goes on, and returns the names that were there already."""
    with GgufWriter(target) as writer:
        begin(writer, [Entry.text("name", "x")], [A, B], **options)
        found = set(writer.done)
        assert writer.written == sum(info.size for info in (A, B) if info.name in found)
        for info, values in ((A, DATA), (B, DATA[:7])):
            if not writer.is_done(info.name, "shard 1"):
                write(writer, info, values)
        writer.finish()
    return found


@pytest.mark.parametrize("error", [Interrupted, KeyboardInterrupt])
def test_goes_on_where_it_was_stopped(target, error):
    expected = undisturbed(target.with_name("other.gguf"))
    stop_after_a(target, error, number_types="float16")
    assert GgufWriter(target).history.number_types == "float16"
    assert resume(target) == {"a"}
    assert target.read_bytes() == expected
    assert sorted(names_in(target.parent)) == ["other.gguf", target.name]


def test_an_error_keeps_what_cannot_be_had_again(target):
    def work(writer):
        begin(writer, [Entry.text("name", "x")], [A, B])
        write(writer, A, DATA, origin="shard 1")
        raise OutputError(problem="x")

    with pytest.raises(OutputError):
        make(target, work, keep=True)
    assert resume(target) == {"a"}


def test_begins_anew_when_something_else_is_to_be_made(target):
    expected = undisturbed(target.with_name("other.gguf"))
    stop_after_a(target)
    assert resume(target, made_with="another ggml") == set()
    assert target.read_bytes() == expected


def test_writes_a_tensor_again_that_came_from_other_bytes(target):
    stop_after_a(target)
    with GgufWriter(target) as writer:
        begin(writer, [Entry.text("name", "x")], [A, B])
        assert writer.done == {"a"}
        assert not writer.is_done("a", "shard 2")
        write(writer, A, DATA + 1)
        assert writer.written == A.size
        write(writer, B, DATA[:7])
        writer.finish()
    np.testing.assert_array_equal(
        GGUFReader(target).tensors[0].data.reshape(-1), DATA + 1
    )


def spoil_data(part, journal):
    with part.open("r+b") as file:
        file.seek(-40, 2)  # B is the last 32 bytes with its padding, A is before it
        file.write(b"\xff")


def cut_data(part, journal):
    os.truncate(part, part.stat().st_size - 40)


def spoil_header(part, journal):
    with part.open("r+b") as file:
        file.seek(30)
        file.write(b"\xff")


def remove_data(part, journal):
    part.unlink()


def remove_journal(part, journal):
    journal.unlink()


def empty_journal(part, journal):
    journal.write_bytes(b"")


def cut_journal(part, journal):
    os.truncate(journal, journal.stat().st_size - 3)


def spoil_journal(part, journal):
    journal.write_bytes(b"\xff" + journal.read_bytes())


def other_journal(part, journal):
    journal.write_text("[1, 2]\n" + "[" * 100_000 + "\n")


@pytest.mark.parametrize(
    "spoil",
    [
        spoil_data,
        cut_data,
        spoil_header,
        remove_data,
        remove_journal,
        empty_journal,
        cut_journal,
        spoil_journal,
        other_journal,
    ],
)
def test_trusts_nothing_that_a_power_cut_may_have_spoiled(target, spoil):
    expected = undisturbed(target.with_name("other.gguf"))
    stop_after_a(target)
    names = [target.with_name(target.name + end) for end in (".part", ".part.journal")]
    spoil(*names)
    assert resume(target) == set()
    assert target.read_bytes() == expected


def test_a_line_that_was_cut_off_is_not_in_the_way(target):
    stop_after_a(target)
    journal = target.with_name(target.name + ".part.journal")
    with journal.open("ab") as file:
        file.write(b'{"tensor": "b", "crc')
    assert resume(target) == {"a"}
