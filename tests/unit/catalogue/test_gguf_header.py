"""Headers of GGUF files, whole and damaged."""

import contextlib
import random
import struct

import gguf
import pytest
from gguf.constants import GGML_QUANT_SIZES, LlamaFileType

from app.catalogue import ggml_types
from app.catalogue.gguf_header import read_gguf_header
from app.domain.errors import ErrorCode, UserError
from tests.fakes import moss_gguf, tiny_gguf
from tests.fakes.tiny_gguf import TinyModel


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    return tiny_gguf.write(
        tmp_path_factory.mktemp("tiny") / "tiny.gguf",
        TinyModel(layers=2, template="{{ messages }}", type="Q4_0"),
    )


def test_types_are_those_of_gguf():
    known = {
        kind.value: (kind.name.lower(), *sizes)
        for kind, sizes in GGML_QUANT_SIZES.items()
    }
    ours = {
        number: (kind.name.lower(), kind.count, kind.size)
        for number, kind in ggml_types.TYPES.items()
    }
    assert ours == known
    names = {
        kind.value: kind.name.removeprefix("MOSTLY_").removeprefix("ALL_")
        for kind in LlamaFileType
        if kind is not LlamaFileType.GUESSED
    }
    assert dict(ggml_types.FILE_TYPES) == names


def test_it_says_what_gguf_says(tiny):
    header = read_gguf_header(tiny)
    reader = gguf.GGUFReader(tiny)
    for tensor, theirs in zip(header.tensors, reader.tensors, strict=True):
        assert tensor.name == theirs.name
        assert tensor.type.lower() == theirs.tensor_type.name.lower()
        assert (tensor.count, tensor.size) == (theirs.n_elements, theirs.n_bytes)
    last = max(reader.tensors, key=lambda each: each.data_offset)
    assert header.end == last.data_offset + last.n_bytes
    assert header.end <= tiny.stat().st_size
    assert header.text("general.architecture") == "phi2"
    assert header.text("tokenizer.chat_template") == "{{ messages }}"
    assert header.number("phi2.block_count") == 2
    assert header.counts["tokenizer.ggml.tokens"] == len(tiny_gguf.vocabulary()[0])
    assert header.text("phi2.block_count") == ""
    assert header.number("general.architecture") == 0


def test_a_large_vocabulary_is_walked_over(tmp_path):
    path = tmp_path / "moss.gguf"
    moss_gguf.write(path, "Q4_0")
    header = read_gguf_header(path)
    assert header.counts["tokenizer.ggml.tokens"] == 107008
    assert header.end <= path.stat().st_size


def test_a_file_that_is_cut_off_anywhere_is_said(tiny, tmp_path):
    whole = tiny.read_bytes()
    tensors = gguf.GGUFReader(tiny).tensors
    # What stands before the weights fills a block.
    size = min(tensor.data_offset for tensor in tensors) - 31
    path = tmp_path / "cut.gguf"
    for end in random.Random(5).sample(range(size), 60):
        path.write_bytes(whole[:end])
        with pytest.raises(UserError) as caught:
            read_gguf_header(path)
        assert caught.value.code is ErrorCode.MODEL_UNREADABLE


def test_damage_never_ends_in_anything_but_a_sentence(tiny, tmp_path):
    whole = tiny.read_bytes()
    random_ = random.Random(7)
    path = tmp_path / "damaged.gguf"
    for _ in range(300):
        data = bytearray(whole[: len(whole) // 2])
        for _ in range(random_.randint(1, 8)):
            data[random_.randrange(4, 4000)] = random_.choice((0, 1, 9, 127, 255))
        path.write_bytes(data)
        with contextlib.suppress(UserError):
            assert read_gguf_header(path).end >= 0


@pytest.mark.timeout(10)
@pytest.mark.parametrize(
    "beginning",
    [
        struct.pack("<4sIQQ", b"GGUF", 3, 2**60, 0),
        struct.pack("<4sIQQ", b"GGUF", 3, 0, 2**60),
        # A text of 2**63 bytes, an array of 2**60 numbers, of 2**60 texts.
        struct.pack("<4sIQQQ", b"GGUF", 3, 0, 1, 2**63),
        struct.pack("<4sIQQQ1sIIQ", b"GGUF", 3, 0, 1, 1, b"k", 9, 4, 2**60),
        struct.pack("<4sIQQQ1sIIQ", b"GGUF", 3, 0, 1, 1, b"k", 9, 8, 2**60),
        struct.pack("<4sIQQQ1sIIQQ", b"GGUF", 3, 0, 1, 1, b"k", 9, 8, 9, 2**63),
        # An array of arrays, an unknown kind.
        struct.pack("<4sIQQQ1sIIQ", b"GGUF", 3, 0, 1, 1, b"k", 9, 9, 1),
        struct.pack("<4sIQQQ1sI", b"GGUF", 3, 0, 1, 1, b"k", 77),
        b"PK\x03\x04",
        b"",
    ],
)
def test_lengths_are_not_believed(beginning, tmp_path):
    path = tmp_path / "trap.gguf"
    path.write_bytes(beginning + bytes(100) if beginning else b"")
    with pytest.raises(UserError) as caught:
        read_gguf_header(path)
    assert caught.value.code is ErrorCode.MODEL_UNREADABLE


def test_another_version_and_a_missing_file_are_told_apart(tmp_path):
    path = tmp_path / "new.gguf"
    path.write_bytes(struct.pack("<4sIQQ", b"GGUF", 9, 0, 0))
    with pytest.raises(UserError) as caught:
        read_gguf_header(path)
    assert caught.value.code is ErrorCode.MODEL_UNSUPPORTED
    with pytest.raises(UserError) as caught:
        read_gguf_header(tmp_path / "gone.gguf")
    assert caught.value.code is ErrorCode.MODEL_NOT_FOUND
