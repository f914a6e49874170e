"""Ids of the converted file in llama.cpp against SentencePiece's own."""

import ctypes
import random
import re

import llama_cpp
import pytest
import sentencepiece

from converter.__main__ import main
from tests import llama
from tests.llama_checkpoints import (
    SENTENCES,
    USER_DEFINED,
    LlamaShape,
    sentencepiece_model,
    write_llama,
    write_llama_tokenizer,
)

SHAPE = LlamaShape(width=32, layers=1, heads=4, key_heads=4, inner=64, padding=40)
TEXTS = {
    "empty": "",
    "english": "Hello, world! It's MOSS; they'll say \"isn't it?\" -- I'D 'S",
    "chinese": "你好，我是复旦大学的语言模型。请问今天天气怎么样？",
    "mixed": "MOSS是一个AI助手（assistant），用 Python 3.11 写的。",
    "full width": "ＭＯＳＳ，１２３．ｶﾅ ㍍",
    "numbers": "3.14159 1,000,000 ½ ² Ⅷ ٣ 123456789012345",
    "code": "def f(x):\n    if x:\n        return {'a': 1}  # 注释\n\treturn None\n",
    "emoji": "🙂👩‍👩‍👧‍👦🇨🇳 👍🏽 ❤️",
    "scripts": "한국어 עברית हिन्दी ไทย ελληνικά e\u0301 İß 𝒳",
    "one space": " ",
    "leading spaces": "   word",
    "trailing spaces": "word     ",
    "runs of spaces": "".join(" " * n + "x" for n in range(1, 40)),
    "runs of newlines": "".join("\n" * n + "x" for n in range(1, 12)),
    "other spaces": "\u00a0a\u3000b\u2028c\td\r\ne",
    "the sign for a space": "▁a▁▁b ▁ c",
    "control characters": "\x00\x01\x1f\x7f\x85\ufeff\u200b",
    "names of control tokens": "<s></s><unk> </s> <s>text</s>",
    "names of bytes": "<0x0A><0xFF> <0x0A",
    "names of padding": "[PAD500][PAD0]",
    "long": " ".join(SENTENCES) * 20,
}
PIECES = (
    *("a", "the", "MOSS", "1", "23", " ", "  ", "   ", "\t", "\n", "\n\n", "▁"),
    *("<s>", "</s>", "<unk>", "<0x0A>", "你好", "。", "🙂", "语言模型", "數"),
    *("é", "'ll", "!", "??", "_", "\u00a0", "\u3000", "\r\n", "\x00", " " * 35),
    *("language", "quick brown", "(assistant)", "https://", "['key']"),
)
# A typed sign for a space is one to SentencePiece, also within a token of spaces.
UNSIGNED = tuple(piece for piece in PIECES if "▁" not in piece)
SYMBOLS = [symbol.replace("▁", " ") for symbol in USER_DEFINED]
WORDS = [symbol for symbol in SYMBOLS if symbol.strip()]


def converted(root, **options):
    """A model with a tokenizer of some options, loaded, and that tokenizer."""
    tokenizer = sentencepiece_model(**options)
    folder = write_llama(root / "llama", shape=SHAPE)
    write_llama_tokenizer(folder, tokenizer)
    target = root / "llama.gguf"
    assert main([str(folder), str(target), "--type", "F16"]) == 0
    original = sentencepiece.SentencePieceProcessor(model_proto=tokenizer)
    return llama.loaded(target, vocabulary_only=True), original


@pytest.fixture(scope="module")
def pair(tmp_path_factory):
    """Llama's own settings: a space goes in front of a text."""
    loaded, original = converted(tmp_path_factory.mktemp("plain"))
    with loaded as model:
        yield model, original


@pytest.fixture(scope="module")
def without_space(tmp_path_factory):
    """No space in front, and tokens that are split off before all others."""
    options = {"dummy_prefix": False, "user_defined": USER_DEFINED}
    loaded, original = converted(tmp_path_factory.mktemp("bare"), **options)
    with loaded as model:
        yield model, original


@pytest.fixture(scope="module")
def with_symbols(tmp_path_factory):
    """A space in front, and such tokens, none of them made of spaces."""
    options = {"user_defined": tuple(WORDS)}
    loaded, original = converted(tmp_path_factory.mktemp("symbols"), **options)
    with loaded as model:
        yield model, original


def random_texts(count, pieces=PIECES):
    generator = random.Random(0)
    for _ in range(count):
        yield "".join(generator.choices(pieces, k=generator.randint(1, 9)))


def random_characters(count):
    generator = random.Random(1)
    ranges = ((32, 127), (0x4E00, 0x5000), (0, 0x800), (0x2000, 0x3100), (0x1F600, 64))
    for _ in range(count):
        first, last = generator.choice(ranges)
        size = generator.randint(1, 30)
        letters = (
            generator.randrange(first, max(last, first + 64)) for _ in range(size)
        )
        yield "".join(map(chr, letters))


@pytest.mark.parametrize("text", [pytest.param(t, id=n) for n, t in TEXTS.items()])
def test_ids_are_those_of_sentencepiece(pair, text):
    model, original = pair
    ids = llama.tokenize(model, text, special=False)
    assert ids == original.encode(text)
    assert llama.detokenize(model, ids) == (
        " " + text.replace("▁", " ") if text else ""
    )


def test_ids_of_random_texts(pair):
    model, original = pair
    for text in (*random_texts(3000), *random_characters(1000)):
        ids = llama.tokenize(model, text, special=False)
        assert ids == original.encode(text), repr(text)


def test_ids_where_no_space_is_added_and_tokens_are_split_off(without_space):
    model, original = without_space
    for text in random_texts(3000, (*UNSIGNED, *SYMBOLS, *SYMBOLS)):
        ids = llama.tokenize(model, text, special=False)
        assert ids == original.encode(text), repr(text)
        assert llama.detokenize(model, ids) == text


def test_behind_a_token_that_is_split_off_llama_cpp_adds_a_space(with_symbols):
    """The difference that the module's documentation speaks of, and nothing else."""
    model, original = with_symbols
    border = re.compile("(" + "|".join(map(re.escape, WORDS)) + ")")
    for text in random_texts(2000, (*PIECES, *WORDS)):
        expected = []
        for part in border.split(text):
            if part in WORDS:
                expected.append(original.piece_to_id(part))
            else:
                expected += original.encode(part)
        assert llama.tokenize(model, text, special=False) == expected, repr(text)


def test_what_a_user_types_never_becomes_a_control_token(pair):
    model, original = pair
    for text in random_texts(500, ("<s>", "</s>", "<unk>", "<", "s", ">", "/", "a")):
        ids = llama.tokenize(model, text, special=False)
        assert not any(map(original.is_control, ids)), repr(text)


def test_control_tokens_of_who_asks_for_them(pair):
    model, _ = pair
    assert llama.tokenize(model, "<s>", special=True) == [1]
    assert llama.tokenize(model, "</s>", special=True) == [2]


def test_llama_cpp_knows_what_begins_and_ends_a_text_and_what_is_padding(pair):
    model, original = pair
    vocab = llama_cpp.llama_model_get_vocab(model)
    assert llama_cpp.llama_vocab_get_add_bos(vocab)
    assert not llama_cpp.llama_vocab_get_add_eos(vocab)
    assert llama_cpp.llama_vocab_bos(vocab) == original.bos_id()
    assert llama_cpp.llama_vocab_eos(vocab) == original.eos_id()
    rows = range(SHAPE.vocabulary)
    ends = [n for n in rows if llama_cpp.llama_vocab_is_eog(vocab, n)]
    assert ends == [original.eos_id()]
    count = ctypes.c_int32()
    ids = llama_cpp.llama_vocab_get_suppress_tokens(vocab, ctypes.byref(count))
    assert ids[: count.value] == list(range(original.vocab_size(), SHAPE.vocabulary))


def test_where_characters_are_replaced_first_the_rest_is_the_same(tmp_path, capsys):
    options = {"normalization": "nmt_nfkc", "trims": True}
    loaded, original = converted(tmp_path, **options)
    assert "replaces some characters" in capsys.readouterr().err
    with loaded as model:
        for text in SENTENCES:
            plain = " ".join(re.sub("[^ -~\u4e00-\u9fff]", "", text).split())
            ids = llama.tokenize(model, plain, special=False)
            assert ids == original.encode(plain)
        assert llama.tokenize(model, "ＭＯＳＳ", special=False) != original.encode(
            "ＭＯＳＳ"
        )
