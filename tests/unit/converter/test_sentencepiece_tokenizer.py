import json
import random

import pytest
import sentencepiece
from gguf.constants import TokenType

from converter.errors import (
    CheckpointError,
    ConversionError,
    UnsupportedError,
    VocabularyError,
)
from converter.sentencepiece_tokenizer import read_vocabulary
from converter.vocabulary import entries
from tests.checkpoints import write_json
from tests.llama_checkpoints import (
    USER_DEFINED,
    count_pieces,
    sentencepiece_model,
    with_piece,
    write_llama_tokenizer,
)

PADDING = 12
PIECES = count_pieces(sentencepiece_model())
SIZE = PIECES + PADDING


@pytest.fixture
def folder(tmp_path):
    write_llama_tokenizer(tmp_path)
    return tmp_path


def replaced(folder, model):
    (folder / "tokenizer.model").write_bytes(model)
    return folder


def change(folder, file, **changes):
    path = folder / file
    write_json(path, json.loads(path.read_text("utf-8")) | changes)


def types(vocabulary):
    return dict(zip(vocabulary.tokens, vocabulary.types, strict=True))


def test_pieces_are_those_of_the_model(folder):
    vocabulary = read_vocabulary(folder, SIZE)
    model = sentencepiece.SentencePieceProcessor(model_proto=sentencepiece_model())
    ids = list(range(PIECES))
    assert vocabulary.tokens[:PIECES] == model.id_to_piece(ids)
    assert vocabulary.scores[:PIECES] == model.get_score(ids)


def test_types_of_pieces(folder):
    model = sentencepiece_model(user_defined=USER_DEFINED)
    model = with_piece(model, "unused", kind=5)
    found = types(read_vocabulary(replaced(folder, model), count_pieces(model)))
    assert found["<unk>"] is TokenType.UNKNOWN
    assert {found["<s>"], found["</s>"]} == {TokenType.CONTROL}
    assert found["<0x0A>"] is TokenType.BYTE
    assert found["▁the"] is TokenType.NORMAL
    assert found["unused"] is TokenType.UNUSED
    # Where llama.cpp looks for them a space is a space.
    for token in ("<image>", " " * 8, "[END]"):
        assert found[token] is TokenType.USER_DEFINED


def test_padding_rows_are_unused_and_never_sampled(folder):
    vocabulary = read_vocabulary(folder, SIZE)
    assert vocabulary.unused == list(range(PIECES, SIZE))
    written = {entry.key: entry.value for entry in entries(vocabulary)}
    assert written["tokenizer.ggml.suppress_tokens"] == vocabulary.unused


def test_header(folder):
    written = {
        entry.key.removeprefix("tokenizer.ggml."): entry.value
        for entry in entries(read_vocabulary(folder, SIZE))
    }
    assert written["model"] == "llama"
    assert written["pre"] == "default"
    assert len(written["scores"]) == SIZE
    assert (written["unknown_token_id"], written["bos_token_id"]) == (0, 1)
    assert written["eos_token_id"] == 2
    assert "padding_token_id" not in written
    assert written["add_bos_token"] is True
    assert written["add_eos_token"] is False
    assert written["add_space_prefix"] is True
    assert "merges" not in written


def test_settings_of_transformers_count(folder):
    change(
        folder,
        "tokenizer_config.json",
        add_bos_token=False,
        add_eos_token=True,
        add_prefix_space=False,
    )
    found = read_vocabulary(folder, SIZE)
    assert (found.adds_bos, found.adds_eos, found.adds_space) == (False, True, False)


def test_the_model_alone_is_enough(folder):
    (folder / "tokenizer_config.json").unlink()
    (folder / "special_tokens_map.json").unlink()
    vocabulary = read_vocabulary(folder, SIZE)
    assert vocabulary.special == {"bos": 1, "eos": 2, "unknown": 0}
    assert vocabulary.adds_bos


def test_a_token_that_is_not_there_is_not_added(folder):
    replaced(folder, sentencepiece_model(begins=False))
    vocabulary = read_vocabulary(folder, SIZE)
    assert vocabulary.special == {"eos": 1, "unknown": 0}
    assert not vocabulary.adds_bos


def test_a_model_that_adds_no_space(folder):
    replaced(folder, sentencepiece_model(dummy_prefix=False))
    assert not read_vocabulary(folder, SIZE).adds_space


def test_added_tokens(folder):
    added = {"<pad>": PIECES, "<|Human|>": PIECES + 1, "<eom>": PIECES + 2}
    write_json(folder / "added_tokens.json", added)
    change(
        folder,
        "special_tokens_map.json",
        pad_token="<pad>",  # noqa: S106 -- a token of text
        eos_token={"content": "<eom>"},
    )
    vocabulary = read_vocabulary(folder, SIZE)
    assert {vocabulary.tokens[n]: n for n in added.values()} == added
    found = types(vocabulary)
    assert {found["<pad>"], found["<eom>"]} == {TokenType.CONTROL}
    assert found["<|Human|>"] is TokenType.USER_DEFINED
    assert vocabulary.special["padding"] == PIECES
    assert vocabulary.special["eos"] == PIECES + 2


def test_added_tokens_of_newer_versions(folder):
    change(
        folder,
        "tokenizer_config.json",
        added_tokens_decoder={
            "0": {"content": "<unk>", "special": True},
            "1": {"content": "<s>", "special": True},
            "300": {"content": "<|im_start|>", "special": True},
            str(PIECES): {"content": "▁more", "special": False},
        },
    )
    vocabulary = read_vocabulary(folder, SIZE)
    found = types(vocabulary)
    assert found["<unk>"] is TokenType.UNKNOWN
    # It takes the place of a piece, which no text may become any more.
    assert vocabulary.tokens[300] == "<|im_start|>"
    assert found["<|im_start|>"] is TokenType.CONTROL
    assert found[" more"] is TokenType.USER_DEFINED


@pytest.mark.parametrize(
    ("file", "contents"),
    [
        ("added_tokens.json", {"<x>": SIZE}),
        ("added_tokens.json", {"<x>": "1"}),
        ("added_tokens.json", {"<s>": PIECES}),  # a text that is there already
        ("added_tokens.json", {"a\0b": PIECES}),
        ("added_tokens.json", {"\ud800": PIECES}),
        ("tokenizer_config.json", {"added_tokens_decoder": {"x": {"content": "a"}}}),
        ("tokenizer_config.json", {"added_tokens_decoder": {"9" * 5000: {}}}),
        ("tokenizer_config.json", {"added_tokens_decoder": {"400": {}}}),
    ],
)
def test_refuses_added_tokens_that_make_no_sense(folder, file, contents):
    (folder / file).write_text(json.dumps(contents), "utf-8")
    with pytest.raises(VocabularyError):
        read_vocabulary(folder, SIZE)


def test_a_piece_with_a_zero_is_never_sampled(folder):
    # The files of InternLM2, of whose family moss-base-7b's seems to be, have one.
    model = with_piece(sentencepiece_model(), "\0")
    vocabulary = read_vocabulary(replaced(folder, model), SIZE)
    assert vocabulary.types[PIECES] is TokenType.UNUSED
    assert not any("\0" in token for token in vocabulary.tokens)


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ({"kind": "unigram", "pieces": 400}, "byte pair encoding"),
        ({"byte_fallback": False, "pieces": 200}, "byte fallback"),
    ],
)
def test_refuses_what_llama_cpp_cannot_follow(folder, options, problem):
    replaced(folder, sentencepiece_model(**options))
    with pytest.raises(UnsupportedError, match=problem):
        read_vocabulary(folder, SIZE)


def test_warns_of_what_llama_cpp_does_otherwise(folder):
    assert not read_vocabulary(folder, SIZE).warnings
    replaced(folder, sentencepiece_model(normalization="nmt_nfkc", trims=True))
    first, second = read_vocabulary(folder, SIZE).warnings
    assert "replaces some characters" in first
    assert "drops spaces" in second


def test_refuses_a_model_with_more_pieces_than_rows(folder):
    with pytest.raises(VocabularyError, match=f"has {PIECES} pieces"):
        read_vocabulary(folder, PIECES - 1)


def test_refuses_more_rows_than_any_tokenizer_has(folder):
    with pytest.raises(VocabularyError, match="vocab_size"):
        read_vocabulary(folder, (1 << 31) - 1)


@pytest.mark.parametrize("score", [float("nan"), float("inf")])
def test_refuses_a_score_that_is_no_number(folder, score):
    replaced(folder, with_piece(sentencepiece_model(), "zz", score=score))
    with pytest.raises(VocabularyError, match="score"):
        read_vocabulary(folder, SIZE)


def test_refuses_a_file_without_end(folder):
    with (folder / "tokenizer.model").open("wb") as file:
        file.truncate(1 << 40)
    with pytest.raises(VocabularyError, match="8 MB"):
        read_vocabulary(folder, SIZE)


def test_refuses_what_is_no_file(folder):
    (folder / "tokenizer.model").unlink()
    (folder / "tokenizer.model").mkdir()
    with pytest.raises(VocabularyError):
        read_vocabulary(folder, SIZE)


def test_says_that_the_model_is_missing(folder):
    (folder / "tokenizer.model").unlink()
    with pytest.raises(CheckpointError, match="missing"):
        read_vocabulary(folder, SIZE)


def test_says_that_other_tokenizers_are_not_read(folder):
    (folder / "tokenizer.model").unlink()
    write_json(folder / "tokenizer.json", {})
    with pytest.raises(UnsupportedError, match=r"tokenizer\.json"):
        read_vocabulary(folder, SIZE)


@pytest.mark.parametrize("data", [b"", b"\0" * 100, b"IQ== 0\nIg== 1\n", b"\x0a\x00"])
def test_refuses_what_is_no_model(folder, data):
    replaced(folder, data)
    with pytest.raises(ConversionError):
        read_vocabulary(folder, SIZE)


def test_damaged_models_end_in_an_error_or_are_sound(folder):
    """Bytes are changed, cut off, doubled; the process survives each of them."""
    generator = random.Random(0)
    outcomes = set()
    for number in range(400):
        options = {"normalization": "nmt_nfkc"} if number % 4 == 0 else {}
        data = bytearray(sentencepiece_model(**options))
        place = generator.randrange(len(data))
        match number % 3:
            case 0:
                del data[place:]
            case 1:
                data[place:place] = data[: generator.randint(1, 400)]
            case _:
                for _ in range(generator.randint(1, 6)):
                    data[generator.randrange(len(data))] = generator.randrange(256)
        replaced(folder, bytes(data))
        try:
            read_vocabulary(folder, SIZE)
            outcomes.add("sound")
        except ConversionError as error:
            outcomes.add(error.code)
    assert {"sound", "vocabulary"} <= outcomes <= {"sound", "vocabulary", "unsupported"}
