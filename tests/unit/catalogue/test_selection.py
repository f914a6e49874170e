"""Which files of a repository are fetched."""

import pytest

from app.catalogue.downloads.selection import choose
from app.catalogue.downloads.values import Listing, RemoteFile, is_safe
from app.domain.errors import ErrorCode, UserError

SMALL = ["config.json", "vocab.json", "merges.txt", "added_tokens.json"]
SHARDS = [f"pytorch_model-0000{n}-of-00004.bin" for n in range(1, 5)]
INDEX = "pytorch_model.bin.index.json"
JUNK = [
    "README.md",
    "modeling_moss.py",
    "tf_model.h5",
    "flax_model.msgpack",
    "onnx/model.onnx",
    "training_args.bin",
    "pytorch_model.bin.index.json.bak",
    "sub/pytorch_model.bin",
    "rng_state_0.pth",
]


def listing(*names):
    return Listing("o/n", "c", tuple(RemoteFile(name, 1) for name in names))


def names(found):
    return [file.path for file in found]


def test_a_checkpoint_in_shards_comes_with_its_small_files_first():
    found = names(choose(listing(*reversed([*SMALL, *SHARDS, INDEX]), *JUNK)))
    assert found[-4:] == SHARDS
    assert sorted(found[:-4]) == sorted([*SMALL, INDEX])


def test_one_file_of_weights_needs_no_index():
    assert names(choose(listing(*SMALL, "pytorch_model.bin", *JUNK)))[-1] == (
        "pytorch_model.bin"
    )


def test_safetensors_are_enough():
    found = names(choose(listing(*SMALL, *SHARDS, INDEX, "model.safetensors")))
    assert found[-1] == "model.safetensors"
    assert not {*SHARDS, INDEX} & {*found}


def test_the_licence_comes_along():
    assert "LICENSE" in names(choose(listing(*SMALL, "pytorch_model.bin", "LICENSE")))


@pytest.mark.parametrize(
    ("wish", "expected"),
    [
        ("", "w-q4_k_m.gguf"),
        ("Q8_0", "w-q8_0.gguf"),
        ("q8_0.gguf", "w-q8_0.gguf"),
        ("w-q2_k.gguf", "w-q2_k.gguf"),
        ("W-Q2_K.gguf", "w-q2_k.gguf"),
    ],
)
def test_one_of_several_gguf_files(wish, expected):
    files = [f"w-{kind}.gguf" for kind in ("q2_k", "q4_k_m", "q4_k_s", "q8_0")]
    found = choose(listing(*files, "mmproj-w.gguf", "README.md"), wish)
    assert names(found) == [expected]


def test_a_gguf_in_several_files_is_one():
    parts = [f"w-q8_0-0000{n}-of-00003.gguf" for n in (1, 2, 3)]
    assert names(choose(listing(*reversed(parts), "w-q2_k.gguf"), "q8_0")) == parts
    assert names(choose(listing(*parts, "w-q2_k.gguf"), parts[0])) == parts


def test_the_only_gguf_needs_no_name():
    assert names(choose(listing("strange.gguf"))) == ["strange.gguf"]


@pytest.mark.parametrize(
    ("files", "wish", "code"),
    [
        ([], "", ErrorCode.DOWNLOAD_NOTHING),
        (JUNK, "", ErrorCode.DOWNLOAD_NOTHING),
        (["pytorch_model.bin"], "", ErrorCode.DOWNLOAD_NOTHING),
        ([*SMALL, "pytorch_model.bin"], "q4_0", ErrorCode.DOWNLOAD_NOTHING),
        (["a.gguf", "b.gguf"], "", ErrorCode.DOWNLOAD_CHOICE),
        (["a-q4_0.gguf", "b-q4_0.gguf"], "q4_0", ErrorCode.DOWNLOAD_CHOICE),
        (["a-q4_0.gguf"], "q8_0", ErrorCode.DOWNLOAD_CHOICE),
    ],
)
def test_it_is_said_when_there_is_no_choice_or_too_much(files, wish, code):
    with pytest.raises(UserError) as caught:
        choose(listing(*files), wish)
    assert caught.value.code is code


@pytest.mark.parametrize(
    "path",
    ["config.json", "sub/folder/x.gguf", "模型.gguf", "a b.gguf", "a..b.gguf"],
)
def test_names_that_can_be_used(path):
    assert is_safe(path)


@pytest.mark.parametrize(
    "path",
    [
        "",
        "/etc/passwd",
        "../x",
        "a/../../x",
        "a//b",
        "a/",
        ".",
        ".git/config",
        "C:/x",
        "a\\b",
        "a:b",
        "con",
        "sub/NUL.txt",
        "a\nb",
        "a\x00b",
        "a\u202eb",
        "x.part",
        "x.part.json",
        "x ",
        "x.",
        "x" * 300,
        "a/" * 300 + "b",
        "\ud800",
    ],
)
def test_names_that_lead_astray(path):
    assert not is_safe(path)
