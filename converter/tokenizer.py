"""A GPT-2 style tokenizer's files as the tokens, types and merges of a GGUF.

The files are `vocab.json`, `merges.txt` and, where there is more than the trained
vocabulary, `added_tokens.json` and `special_tokens_map.json`. What ends up where:

* tokens that end or begin something (markers, `<|endoftext|>`): CONTROL, so that they
  are only ever read from text whose author asks for it;
* other added tokens, MOSS's runs of spaces and tabs: USER_DEFINED, split off before
  the pre-tokenizer sees the text, as the original tokenizer does;
* rows of the weights without a token: UNUSED, and listed as never to be sampled.

Read by llama.cpp this gives the ids of the original tokenizer, but for two things. The
original strips whitespace beside added tokens, which loses newlines in code; here it
survives, as it did in training. And where a word holds one pair several times, the
original joins all of them at once, llama.cpp one by one: this can differ only where a
token made in between has a merge of lower rank than the one that made it, which needs
a token that several merges yield and the same pair twice in a word.
"""

from collections.abc import Mapping
from pathlib import Path

from gguf.constants import TokenType

from converter.errors import VocabularyError
from converter.text_files import read_text
from converter.token_files import (
    AGAIN,
    added_ids,
    special_names,
    special_texts,
    token_ids,
)
from converter.vocabulary import MARKERS, Tokenizer, Vocabulary, padding

END_OF_TEXT = "<|endoftext|>"
_ROLES = ("bos", "eos", "unknown")


def read_vocabulary(folder: Path, size: int) -> Vocabulary:
    """Reads the tokenizer of a checkpoint.

    Args:
        folder: The checkpoint's folder.
        size: Rows of the embedding; ids without a token are filled up.

    Raises:
        CheckpointError: A file is missing or damaged.
    """
    learned = token_ids(folder / "vocab.json")
    added = added_ids(folder)
    found = special_names(folder)
    names = {role: found.get(role, END_OF_TEXT) for role in _ROLES}
    control = {*MARKERS, END_OF_TEXT, *names.values(), *special_texts(folder)}
    tokens, types = padding(size, folder)
    owners: dict[int, str] = {}
    for token, number in (learned | added).items():
        if number >= size or owners.setdefault(number, token) != token:
            raise VocabularyError(
                problem=f"token {token!r:.40} has the id {number}, which is "
                + (f"beyond vocab_size {size}" if number >= size else "taken"),
                file=folder / ("added_tokens.json" if token in added else "vocab.json"),
                remedy="check that tokenizer and weights belong together",
            )
        tokens[number] = token
        types[number] = _type(token, control, added)
    if len(set(tokens)) != size:
        raise VocabularyError(
            problem="a token has the name of a padding row", file=folder / "vocab.json"
        )
    _check_bytes(learned, folder / "vocab.json")
    special = {
        name: owned
        for name, token in names.items()
        if (owned := (learned | added).get(token)) is not None
    }
    return Vocabulary(
        tokenizer=Tokenizer.GPT2,
        tokens=tokens,
        types=types,
        special=special,
        merges=_merges(folder / "merges.txt", learned),
    )


def byte_characters() -> tuple[str, ...]:
    """Returns the character that stands for each byte in GPT-2's vocabulary."""
    plain = {*range(33, 127), *range(161, 173), *range(174, 256)}
    hidden = iter(range(256, 512))
    return tuple(chr(b) if b in plain else chr(next(hidden)) for b in range(256))


def _type(token: str, control: set[str], added: Mapping[str, int]) -> TokenType:
    if token in control:
        return TokenType.CONTROL
    return TokenType.USER_DEFINED if token in added else TokenType.NORMAL


def _check_bytes(learned: Mapping[str, int], path: Path) -> None:
    missing = [n for n, char in enumerate(byte_characters()) if char not in learned]
    if missing:
        raise VocabularyError(
            problem=f"there is no token for the byte {missing[0]}",
            file=path,
            remedy=AGAIN,
        )


def _merges(path: Path, learned: Mapping[str, int]) -> list[str]:
    """Returns the pairs of `merges.txt` in order, each pair once.

    Several pairs may yield one token (592 do in MOSS's own file). Where a pair itself
    is repeated the original tokenizer keeps its last rank, llama.cpp its first: the
    earlier lines are left out, so that both mean the same.
    """
    ranks: dict[str, None] = {}
    for number, line in enumerate(read_text(path).split("\n"), 1):
        pair = line.rstrip("\r")
        if not pair or (number == 1 and pair.startswith("#version")):
            continue
        first, _, second = pair.partition(" ")
        if not (first in learned and second in learned and first + second in learned):
            raise VocabularyError(
                problem=f"line {number} ({pair!r:.50}) needs tokens that are missing",
                file=path,
                remedy="check that vocab.json belongs to this file",
            )
        ranks.pop(pair, None)
        ranks[pair] = None
    return list(ranks)
