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

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gguf.constants import TokenType

from converter.errors import VocabularyError
from converter.metadata import Entry
from converter.text_files import read_json, read_text

MARKERS = ("<eoh>", "<eom>", "<eot>", "<eoc>", "<eor>")
"""What ends the fields of MOSS's dialogue."""
END_OF_MESSAGE = "<eom>"
END_OF_TEXT = "<|endoftext|>"
_AGAIN = "download it again"
_MOST = 1 << 20  # the largest published vocabularies have a quarter of that


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """A tokenizer as GGUF stores it.

    Attributes:
        tokens: Text of each id; byte-encoded for NORMAL tokens, plain for others.
        types: Type of each id.
        merges: Pairs in order of their rank, each pair once.
        special: Id of each special token, by its name in the GGUF.
    """

    tokens: Sequence[str]
    types: Sequence[TokenType]
    merges: Sequence[str]
    special: Mapping[str, int]

    @property
    def unused(self) -> list[int]:
        """Ids of rows that stand for no token."""
        return [n for n, kind in enumerate(self.types) if kind is TokenType.UNUSED]

    @property
    def has_markers(self) -> bool:
        """Whether MOSS's dialogue can be written with it."""
        return set(MARKERS) <= set(self.tokens)


def read_vocabulary(folder: Path, size: int) -> Vocabulary:
    """Reads the tokenizer of a checkpoint.

    Args:
        folder: The checkpoint's folder.
        size: Rows of the embedding; ids without a token are filled up.

    Raises:
        CheckpointError: A file is missing or damaged.
    """
    if size > _MOST:
        raise VocabularyError(
            problem=f"vocab_size is {size}, and a tokenizer has {_MOST} tokens at most",
            file=folder / "config.json",
            remedy=_AGAIN,
        )
    learned = _ids(folder / "vocab.json", required=True)
    added = _ids(folder / "added_tokens.json", required=False)
    names = _special_names(folder)
    control = {*MARKERS, END_OF_TEXT, *names.values(), *_more_special(folder)}
    tokens, types = _padding(size)
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
    merges = _merges(folder / "merges.txt", learned)
    return Vocabulary(tokens, types, merges, special)


def entries(vocabulary: Vocabulary) -> Iterator[Entry]:
    """Yields the tokenizer's entries of the GGUF header."""
    prefix = "tokenizer.ggml."
    yield Entry.text(prefix + "model", "gpt2")
    yield Entry.text(prefix + "pre", "gpt-2")
    yield Entry.texts(prefix + "tokens", vocabulary.tokens)
    yield Entry.integers(prefix + "token_type", [int(t) for t in vocabulary.types])
    yield Entry.texts(prefix + "merges", vocabulary.merges)
    for name, number in vocabulary.special.items():
        yield Entry.count(f"{prefix}{name}_token_id", number)
    yield Entry.flag(prefix + "add_bos_token", value=False)
    yield Entry.flag(prefix + "add_eos_token", value=False)
    yield Entry.flag(prefix + "add_space_prefix", value=False)
    if vocabulary.unused:
        yield Entry.integers(prefix + "suppress_tokens", vocabulary.unused)


def byte_characters() -> tuple[str, ...]:
    """Returns the character that stands for each byte in GPT-2's vocabulary."""
    plain = {*range(33, 127), *range(161, 173), *range(174, 256)}
    hidden = iter(range(256, 512))
    return tuple(chr(b) if b in plain else chr(next(hidden)) for b in range(256))


def _padding(size: int) -> tuple[list[str], list[TokenType]]:
    return [f"[PAD{n}]" for n in range(size)], [TokenType.UNUSED] * size


def _type(token: str, control: set[str], added: Mapping[str, int]) -> TokenType:
    if token in control:
        return TokenType.CONTROL
    return TokenType.USER_DEFINED if token in added else TokenType.NORMAL


def _ids(path: Path, *, required: bool) -> dict[str, int]:
    if not required and not path.exists():
        return {}
    ids = read_json(path)
    for token, number in ids.items():
        if type(number) is not int or number < 0:
            raise VocabularyError(
                problem=f"token {token!r:.40} has no number", file=path, remedy=_AGAIN
            )
        if not token or any("\ud800" <= char <= "\udfff" for char in token):
            raise VocabularyError(
                problem=f"token {number} is no text", file=path, remedy=_AGAIN
            )
    return ids


def _special_names(folder: Path) -> dict[str, str]:
    """Returns the special tokens' texts by their names in the GGUF."""
    path = folder / "special_tokens_map.json"
    table = read_json(path) if path.exists() else {}
    names = {"bos": END_OF_TEXT, "eos": END_OF_TEXT, "unknown": END_OF_TEXT}
    for name, key in (("bos", "bos"), ("eos", "eos"), ("unknown", "unk")):
        if text := _text(table.get(f"{key}_token")):
            names[name] = text
    return names


def _more_special(folder: Path) -> Iterator[str]:
    """Yields further tokens that the tokenizer's settings call special."""
    path = folder / "special_tokens_map.json"
    table = read_json(path) if path.exists() else {}
    more = table.get("additional_special_tokens")
    yield from filter(None, map(_text, more if isinstance(more, list) else []))
    path = folder / "tokenizer_config.json"
    table = read_json(path) if path.exists() else {}
    decoder = table.get("added_tokens_decoder")
    for entry in decoder.values() if isinstance(decoder, dict) else ():
        if isinstance(entry, dict) and entry.get("special") is True:
            yield _text(entry)


def _text(token: Any) -> str:  # noqa: ANN401 -- whatever the file holds
    """Returns a token's text, which may be given plainly or in an object."""
    if isinstance(token, dict):
        token = token.get("content")
    return token if isinstance(token, str) else ""


def _check_bytes(learned: Mapping[str, int], path: Path) -> None:
    missing = [n for n, char in enumerate(byte_characters()) if char not in learned]
    if missing:
        raise VocabularyError(
            problem=f"there is no token for the byte {missing[0]}",
            file=path,
            remedy=_AGAIN,
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
