"""A tokenizer as GGUF stores it, whatever files it was read from."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from gguf.constants import TokenType

from converter.errors import VocabularyError
from converter.metadata import Entry

MARKERS = ("<eoh>", "<eom>", "<eot>", "<eoc>", "<eor>")
"""What ends the fields of MOSS's dialogue."""
_MOST = 1 << 20  # the largest published vocabularies have a quarter of that


class Tokenizer(StrEnum):
    """How text is split; the value is llama.cpp's name for it."""

    GPT2 = "gpt2"
    SENTENCEPIECE = "llama"


_PRE_TOKENIZERS = {Tokenizer.GPT2: "gpt-2", Tokenizer.SENTENCEPIECE: "default"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Vocabulary:
    """A tokenizer as GGUF stores it.

    Attributes:
        tokenizer: How it splits text.
        tokens: Text of each id, each text once.
        types: Type of each id.
        special: Id of each special token, by its name in the GGUF.
        merges: Of GPT-2's: pairs in order of their rank, each pair once.
        scores: Of SentencePiece's: the score of each id.
        adds_bos: Whether a text begins with the token `bos`.
        adds_eos: Whether it ends with the token `eos`.
        adds_space: Whether a space is put in front of it.
        warnings: What llama.cpp does otherwise than the original, for people.
    """

    tokenizer: Tokenizer
    tokens: Sequence[str]
    types: Sequence[TokenType]
    special: Mapping[str, int]
    merges: Sequence[str] = ()
    scores: Sequence[float] = ()
    adds_bos: bool = False
    adds_eos: bool = False
    adds_space: bool = False
    warnings: tuple[str, ...] = ()

    @property
    def unused(self) -> list[int]:
        """Ids of rows that stand for no token."""
        return [n for n, kind in enumerate(self.types) if kind is TokenType.UNUSED]

    @property
    def has_markers(self) -> bool:
        """Whether MOSS's dialogue can be written with it."""
        return set(MARKERS) <= set(self.tokens)


def padding(size: int, folder: Path) -> tuple[list[str], list[TokenType]]:
    """Returns text and type of each row that no token has been found for.

    Args:
        size: Number of rows.
        folder: The checkpoint's folder, for messages.

    Raises:
        VocabularyError: There are more rows than any tokenizer has tokens.
    """
    if size > _MOST:
        raise VocabularyError(
            problem=f"vocab_size is {size}, and a tokenizer has {_MOST} tokens at most",
            file=folder / "config.json",
            remedy="download it again",
        )
    return [f"[PAD{n}]" for n in range(size)], [TokenType.UNUSED] * size


def entries(vocabulary: Vocabulary) -> Iterator[Entry]:
    """Yields the tokenizer's entries of the GGUF header."""
    prefix = "tokenizer.ggml."
    yield Entry.text(prefix + "model", vocabulary.tokenizer.value)
    yield Entry.text(prefix + "pre", _PRE_TOKENIZERS[vocabulary.tokenizer])
    yield Entry.texts(prefix + "tokens", vocabulary.tokens)
    yield Entry.integers(prefix + "token_type", [int(t) for t in vocabulary.types])
    match vocabulary.tokenizer:
        case Tokenizer.GPT2:
            yield Entry.texts(prefix + "merges", vocabulary.merges)
        case Tokenizer.SENTENCEPIECE:
            yield Entry.numbers(prefix + "scores", vocabulary.scores)
    for name, number in vocabulary.special.items():
        yield Entry.count(f"{prefix}{name}_token_id", number)
    yield Entry.flag(prefix + "add_bos_token", value=vocabulary.adds_bos)
    yield Entry.flag(prefix + "add_eos_token", value=vocabulary.adds_eos)
    yield Entry.flag(prefix + "add_space_prefix", value=vocabulary.adds_space)
    if vocabulary.unused:
        yield Entry.integers(prefix + "suppress_tokens", vocabulary.unused)
