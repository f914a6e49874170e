import json

import pytest
from gguf.constants import TokenType

from converter.errors import CheckpointError, VocabularyError
from converter.tokenizer import byte_characters, read_vocabulary
from converter.vocabulary import entries
from tests import checkpoints
from tests.checkpoints import END_OF_TEXT, MARKERS, RUNS, TINY, write_json

SIZE = TINY.vocabulary


@pytest.fixture
def folder(tmp_path):
    checkpoints.write_tokenizer(tmp_path)
    return tmp_path


def change(folder, file, **changes):
    path = folder / file
    table = json.loads(path.read_text("utf-8")) | changes
    write_json(path, {key: value for key, value in table.items() if value is not None})


def test_byte_characters_are_those_of_gpt2():
    assert list(byte_characters()) == checkpoints.byte_characters()
    assert len(set(byte_characters())) == 256


def test_types_of_tokens(folder):
    vocabulary = read_vocabulary(folder, SIZE)
    types = dict(zip(vocabulary.tokens, vocabulary.types, strict=True))
    assert {types[marker] for marker in (*MARKERS, END_OF_TEXT)} == {TokenType.CONTROL}
    assert {types[run] for run in RUNS} == {TokenType.USER_DEFINED}
    assert types["Ġ"] is TokenType.NORMAL
    assert vocabulary.has_markers


def test_ids_are_those_of_the_files(folder):
    vocabulary = read_vocabulary(folder, SIZE)
    expected = dict(checkpoints.vocabulary()) | checkpoints.added_tokens()
    assert {vocabulary.tokens[n]: n for n in expected.values()} == expected


def test_padding_rows_are_unused_and_never_sampled(folder):
    vocabulary = read_vocabulary(folder, SIZE)
    assert vocabulary.unused == list(range(SIZE - TINY.padding, SIZE))
    assert len(set(vocabulary.tokens)) == SIZE
    written = {entry.key: entry.value for entry in entries(vocabulary)}
    assert written["tokenizer.ggml.suppress_tokens"] == vocabulary.unused


def test_special_ids(folder):
    special = read_vocabulary(folder, SIZE).special
    end = checkpoints.vocabulary()[END_OF_TEXT]
    eos = checkpoints.added_tokens()["<eom>"]
    assert special == {"bos": end, "eos": eos, "unknown": end}


def test_special_tokens_may_be_objects(folder):
    write_json(
        folder / "special_tokens_map.json",
        {"eos_token": {"content": "<eom>", "lstrip": False}},
    )
    special = read_vocabulary(folder, SIZE).special
    assert special["eos"] == checkpoints.added_tokens()["<eom>"]


def test_further_special_tokens_are_control(folder):
    number = SIZE - TINY.padding
    change(folder, "added_tokens.json", **{"<mine>": number, "<yours>": number + 1})
    change(folder, "special_tokens_map.json", additional_special_tokens=["<mine>"])
    change(
        folder,
        "tokenizer_config.json",
        added_tokens_decoder={str(number + 1): {"content": "<yours>", "special": True}},
    )
    types = read_vocabulary(folder, SIZE).types
    assert types[number : number + 2] == [TokenType.CONTROL, TokenType.CONTROL]


def test_a_vocabulary_without_added_tokens(folder):
    (folder / "added_tokens.json").unlink()
    (folder / "special_tokens_map.json").unlink()
    (folder / "tokenizer_config.json").unlink()
    vocabulary = read_vocabulary(folder, SIZE)
    assert not vocabulary.has_markers
    assert vocabulary.special["eos"] == checkpoints.vocabulary()[END_OF_TEXT]


def test_a_token_in_both_files_with_one_id(folder):
    change(
        folder, "added_tokens.json", **{END_OF_TEXT: len(checkpoints.vocabulary()) - 1}
    )
    types = read_vocabulary(folder, SIZE).types
    assert types[len(checkpoints.vocabulary()) - 1] is TokenType.CONTROL


def test_merges_keep_their_order(folder):
    assert list(read_vocabulary(folder, SIZE).merges) == [
        " ".join(pair) for pair in checkpoints.merges()
    ]


def test_merges_may_yield_a_token_that_exists():
    tokens = ["".join(pair) for pair in checkpoints.merges()]
    assert len(tokens) > len(set(tokens)), "the test's merges should have such pairs"


def test_a_repeated_pair_keeps_its_last_rank(folder):
    first, second, *_ = map(" ".join, checkpoints.merges())
    text = f"#version: 0.2\n{first}\n{second}\n{first}\n"
    (folder / "merges.txt").write_text(text, "utf-8")
    assert list(read_vocabulary(folder, SIZE).merges) == [second, first]


def test_merges_with_windows_line_ends(folder):
    path = folder / "merges.txt"
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert len(read_vocabulary(folder, SIZE).merges) == len(checkpoints.merges())


@pytest.mark.parametrize(
    ("line", "message"),
    [("zz qq", "line 2"), ("x", "line 2"), ("a b c", "line 2"), (" a", "line 2")],
)
def test_refuses_merges_without_tokens(folder, line, message):
    (folder / "merges.txt").write_text(f"#version: 0.2\n{line}\n", "utf-8")
    with pytest.raises(VocabularyError, match=message):
        read_vocabulary(folder, SIZE)


@pytest.mark.parametrize(
    ("file", "changes", "message"),
    [
        ("added_tokens.json", {"<x>": 10**6}, "beyond vocab_size"),
        ("added_tokens.json", {"<x>": 5}, "id 5, which is taken"),
        ("vocab.json", {"zzz": 5}, "id 5, which is taken"),
        ("added_tokens.json", {"<x>": -1}, "no number"),
        ("added_tokens.json", {"<x>": "5"}, "no number"),
        ("added_tokens.json", {"<x>": True}, "no number"),
        ("added_tokens.json", {"": SIZE - 1}, "no text"),
        ("vocab.json", {"Ġ": None}, "byte 32"),
        ("added_tokens.json", {f"[PAD{SIZE - 2}]": SIZE - 1}, "name of a padding row"),
    ],
)
def test_refuses_vocabularies_that_do_not_fit(folder, *, file, changes, message):
    change(folder, file, **changes)
    with pytest.raises(VocabularyError, match=message):
        read_vocabulary(folder, SIZE)


def test_refuses_half_a_character(folder):
    (folder / "added_tokens.json").write_text(f'{{"\\ud800": {SIZE - 1}}}', "utf-8")
    with pytest.raises(VocabularyError, match="no text"):
        read_vocabulary(folder, SIZE)


@pytest.mark.parametrize("file", ["vocab.json", "merges.txt"])
def test_names_missing_files(folder, file):
    (folder / file).unlink()
    with pytest.raises(CheckpointError, match=f"{file}: the file is missing"):
        read_vocabulary(folder, SIZE)


def test_refuses_merges_that_are_no_text(folder):
    (folder / "merges.txt").write_bytes(b"\xff\xfe")
    with pytest.raises(CheckpointError, match=r"merges\.txt: the file is no text"):
        read_vocabulary(folder, SIZE)


def test_refuses_more_rows_than_any_vocabulary_has(folder):
    with pytest.raises(
        VocabularyError, match=r"config\.json: vocab_size is 2147483647"
    ):
        read_vocabulary(folder, (1 << 31) - 1)
