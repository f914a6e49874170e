"""Ids of the converted file in llama.cpp against the original tokenizer in Python."""

import ctypes
import os
import random
from pathlib import Path

import llama_cpp
import pytest

from converter.__main__ import main
from converter.architectures.codegen import CodeGen
from converter.metadata import Entry
from converter.tokenizer import read_vocabulary
from converter.vocabulary import entries
from converter.writer import Contents, GgufWriter
from tests import llama
from tests.checkpoints import TINY, write_checkpoint
from tests.reference_tokenizer import ReferenceTokenizer

TEXTS = {
    "empty": "",
    "english": "Hello, world! It's MOSS; they'll say \"isn't it?\" -- I'D 'S",
    "chinese": "你好，我是复旦大学的语言模型。请问今天天气怎么样？",
    "mixed": "MOSS是一个AI助手（assistant），用 Python 3.11 写的。",
    "numbers": "3.14159 1,000,000 ½ ² Ⅷ ٣ 123456789012345",
    "code": "def f(x):\n    if x:\n        return {'a': 1}  # 注释\n\treturn None\n",
    "c code": "int main(void)\r\n{\r\n\t\tfor (;;) { }\r\n}\r\n",
    "emoji": "🙂👩‍👩‍👧‍👦🇨🇳 👍🏽 ❤️",
    "scripts": "한국어 עברית हिन्दी ไทย ελληνικά e\u0301 İß 𝒳",
    "one space": " ",
    "runs of spaces": "".join(" " * n + "x" for n in range(1, 70)),
    "runs of tabs": "".join("\t" * n + "x" for n in range(1, 25)),
    "runs of newlines": "".join("\n" * n + "x" for n in range(1, 12)),
    "mixed whitespace": " \t \t\t \n \n\n\t\n  \n   \r\n \x0b\x0c \u00a0\u3000\u2028x ",
    "trailing spaces": "word     ",
    "control characters": "\x00\x01\x1f\x7f\x85\ufeff\u200b",
    "markers": "<|Human|>: 你好<eoh>\n<|MOSS|>: Hi<eom>\n",
    "markers beside spaces": "  <eoh>  <eom>\t\t<eot>\n\n<eoc> <eor>   ",
    "markers beside newlines": "\n<eoh>\n\n<eom>\n\n\n<eot>\r\n<eoc>\n",
    "markers in a row": "<eoh><eom><eom><eot><eoc><eor><|endoftext|><|endoftext|>",
    "halves of markers": "<eo<eoh>h> <eom <|endoftext| <eoh ><EOH>",
    "plugin": (
        '<|Inner Thoughts|>: 需要计算<eot>\n<|Commands|>: Calculate("12*3")<eoc>\n'
        "<|Results|>:\nCalculate(\"12*3\") => '36'\n<eor>\n<|MOSS|>: 36<eom>\n"
    ),
    "padding names": "[PAD500][PAD0]",
}
GOLDEN = {
    "<|Human|>:": [27, 91, 20490, 91, 31175],
    "<|MOSS|>:": [27, 91, 44, 18420, 91, 31175],
    "<|Inner Thoughts|>:": [27, 91, 818, 1008, 33058, 91, 31175],
    "<|Commands|>:": [27, 91, 6935, 1746, 91, 31175],
    "<|Results|>:": [27, 91, 25468, 91, 31175],
    "\n": [198],
    " None": [6045],
    "<|Human|>: 你好<eoh>\n<|MOSS|>:": [
        *(27, 91, 20490, 91, 31175, 59163, 50331, 106067),
        *(198, 27, 91, 44, 18420, 91, 31175),
    ],
}
PIECES = (
    *("a", "the", "MOSS", "1", "23", " ", "  ", "   ", "\t", "\t\t", "\n", "\n\n"),
    *("<eom>", "<eoh>", "<|endoftext|>", "<|Human|>:", "你好", "。", "🙂"),
    *("é", "'ll"),
    *("!", "??", "_", "\u00a0", "\u3000", "\u2028", "\r\n", "\x00", " " * 35),
    "\t" * 12,
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return write_checkpoint(tmp_path_factory.mktemp("moss") / "moss")


@pytest.fixture(scope="module")
def model(folder, tmp_path_factory):
    target = tmp_path_factory.mktemp("gguf") / "moss.gguf"
    assert main([str(folder), str(target), "--type", "F16"]) == 0
    with llama.loaded(target, vocabulary_only=True) as model:
        yield model


@pytest.fixture(scope="module")
def reference(folder):
    return ReferenceTokenizer(folder)


@pytest.mark.parametrize("special", [True, False], ids=["special", "plain"])
@pytest.mark.parametrize("text", [pytest.param(t, id=n) for n, t in TEXTS.items()])
def test_ids_are_those_of_the_original(model, reference, *, text, special):
    ids = llama.tokenize(model, text, special=special)
    assert ids == reference.encode(text, special=special)
    assert llama.detokenize(model, ids) == text


@pytest.mark.parametrize("special", [True, False], ids=["special", "plain"])
def test_ids_of_random_texts(model, reference, special):
    generator = random.Random(0)
    for _ in range(3000):
        text = "".join(generator.choices(PIECES, k=generator.randint(1, 9)))
        ids = llama.tokenize(model, text, special=special)
        assert ids == reference.encode(text, special=special), repr(text)
        assert llama.detokenize(model, ids) == text


@pytest.mark.parametrize(
    "text", ["<eom>", "a<eoh>\n", "<|endoftext|>", "<|MOSS|>: x<eom>"]
)
def test_what_a_user_types_never_becomes_a_control_token(model, folder, text):
    vocabulary = read_vocabulary(folder, TINY.vocabulary)
    for token in llama.tokenize(model, text, special=False):
        assert vocabulary.types[token].name in {"NORMAL", "USER_DEFINED"}


def test_runs_of_spaces_become_one_token(model, folder):
    vocabulary = read_vocabulary(folder, TINY.vocabulary)
    (token,) = llama.tokenize(model, " " * 31, special=False)
    assert vocabulary.tokens[token] == " " * 31


def test_there_is_no_first_token_of_its_own(model, reference):
    assert llama.tokenize(model, "a", special=True) == reference.encode(
        "a", special=True
    )


def test_llama_cpp_knows_what_ends_a_text_and_what_is_never_sampled(model, folder):
    vocabulary = read_vocabulary(folder, TINY.vocabulary)
    vocab = llama_cpp.llama_model_get_vocab(model)
    ends = [
        vocabulary.tokens[token]
        for token in range(TINY.vocabulary)
        if llama_cpp.llama_vocab_is_eog(vocab, token)
    ]
    assert sorted(ends) == ["<eom>", "<|endoftext|>"]
    assert not llama_cpp.llama_vocab_get_add_bos(vocab)
    count = ctypes.c_int32()
    ids = llama_cpp.llama_vocab_get_suppress_tokens(vocab, ctypes.byref(count))
    assert ids[: count.value] == vocabulary.unused


@pytest.mark.model
@pytest.mark.parametrize("text", GOLDEN)
def test_golden_ids_of_the_published_vocabulary(text):
    """Set MOSS_TOKENIZER_DIR to a folder with the published tokenizer's files."""
    assert ReferenceTokenizer(published()).encode(text, special=True) == GOLDEN[text]


@pytest.mark.model
def test_published_vocabulary_in_llama_cpp(tmp_path):
    """The real tokenizer in a GGUF without weights."""
    folder, target = published(), tmp_path / "vocabulary.gguf"
    write_vocabulary(folder, target)
    reference = ReferenceTokenizer(folder)
    with llama.loaded(target, vocabulary_only=True) as model:
        for text in (*TEXTS.values(), *GOLDEN):
            for special in (True, False):
                ids = llama.tokenize(model, text, special=special)
                assert ids == reference.encode(text, special=special)
        for text, ids in GOLDEN.items():
            assert llama.tokenize(model, text, special=True) == ids


def published():
    folder = os.environ.get("MOSS_TOKENIZER_DIR")
    if not folder:
        pytest.skip("MOSS_TOKENIZER_DIR is not set")
    return Path(folder)


def write_vocabulary(folder, target):
    shape = CodeGen(
        width=6144,
        layers=34,
        heads=24,
        inner=24576,
        context=2048,
        rotary=64,
        vocabulary=107008,
        epsilon=1e-5,
    )
    with GgufWriter(target) as writer:
        header = (
            Entry.text("general.architecture", "phi2"),
            *shape.metadata(),
            *entries(read_vocabulary(folder, shape.vocabulary)),
        )
        writer.begin(Contents(entries=header, tensors=()))
        writer.finish()
