"""A SentencePiece `tokenizer.model` as the tokens, scores and types of a GGUF.

What ends up where:

* pieces are what SentencePiece's library says they are: NORMAL, UNKNOWN, CONTROL, BYTE
  or UNUSED; those that it splits off before all others are USER_DEFINED;
* tokens that transformers adds beside the model take their ids: CONTROL where they are
  special, else USER_DEFINED;
* rows of the weights without a token, and pieces with a zero character, which ends a
  text in llama.cpp: UNUSED, and listed as never to be sampled.

Read by llama.cpp this gives SentencePiece's own ids for text of byte pair encoding with
byte fallback, which therefore is what a model must have. It differs

* where the model rewrites characters or drops spaces first: `Vocabulary.warnings`;
* beside user-defined tokens: llama.cpp puts the space that goes in front of a text
  behind each of them, and none in front of one that begins the text; and where one is
  made of spaces, it does not take a typed `▁` for a space;
* for text that holds an UNUSED piece, which SentencePiece splits again, and a zero
  character that has a piece: llama.cpp reads its byte;
* where a part of a control token is a piece, such as `s>` of `</s>`: llama.cpp may then
  join the characters of plain text to the control token.

Names and format: `llama_vocab` in llama.cpp's `src/llama-vocab.cpp`, and
`sentencepiece_processor.cc`.
"""

import itertools
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from gguf.constants import TokenType
from sentencepiece import SentencePieceProcessor

from converter.errors import CheckpointError, UnsupportedError, VocabularyError
from converter.sentencepiece_model import Rules
from converter.token_files import (
    AGAIN,
    added_ids,
    decoder_ids,
    setting,
    special_names,
    special_texts,
)
from converter.vocabulary import Tokenizer, Vocabulary, padding

_MAX_SIZE = 8 << 20  # published models have 5 MB at most; in memory 50 times as much
_SPACE = "▁"
_UNUSED_SCORE = -10000.0
_ADDED_SCORE = -1000.0
"""Of a token that takes no part in merging, as in llama.cpp's own converter."""
_ROLES = {TokenType.UNKNOWN, TokenType.CONTROL, TokenType.BYTE}
_BYTES = {f"<0x{byte:02X}>" for byte in range(256)}


@dataclass(slots=True)
class _Table:
    """Rows that are filled in.

    Attributes:
        tokens: Text of each id.
        types: Type of each id.
        scores: Score of each id.
    """

    tokens: list[str]
    types: list[TokenType]
    scores: list[float]

    def put(self, number: int, token: str, kind: TokenType, *, score: float) -> None:
        """Fills a row."""
        self.tokens[number] = token
        self.types[number] = kind
        self.scores[number] = score


def read_vocabulary(folder: Path, size: int) -> Vocabulary:
    """Reads the tokenizer of a checkpoint.

    Args:
        folder: The checkpoint's folder.
        size: Rows of the embedding; ids without a token are filled up.

    Raises:
        CheckpointError: A file is missing or damaged.
        UnsupportedError: The tokenizer is of a kind that llama.cpp cannot follow.
    """
    path = folder / "tokenizer.model"
    data = _read(path)
    processor, rules = _loaded(data, path)
    _check_kind(rules, path)
    table = _Table(*padding(size, folder), [_UNUSED_SCORE] * size)
    _fill(table, processor, rules, file=path)
    _add(table, folder)
    _check_table(table, path)
    special = _special(table, processor, special_names(folder))
    return Vocabulary(
        tokenizer=Tokenizer.SENTENCEPIECE,
        tokens=table.tokens,
        types=table.types,
        scores=table.scores,
        special=special,
        # What is not there is not added; llama.cpp would take 1 and 2 for them.
        adds_bos="bos" in special and setting(folder, "add_bos_token", default=True),
        adds_eos="eos" in special and setting(folder, "add_eos_token", default=False),
        adds_space=setting(folder, "add_prefix_space", default=rules.adds_space),
        warnings=tuple(_warnings(rules)),
    )


def _read(path: Path) -> bytes:
    if not path.exists():
        if (path.parent / "tokenizer.json").exists():
            raise UnsupportedError(
                problem="there is a tokenizer.json, but no tokenizer.model of "
                "SentencePiece, the only tokenizer that is read of a Llama",
                file=path.parent,
                remedy="use llama.cpp's own converter for this model",
            )
        raise CheckpointError(
            problem="the file is missing",
            file=path,
            remedy="download it into the checkpoint's folder",
        )
    try:
        if not path.is_file() or path.stat().st_size > _MAX_SIZE:
            raise VocabularyError(
                problem=f"this is no file of {_MAX_SIZE >> 20} MB at most",
                file=path,
                remedy=AGAIN,
            )
        return path.read_bytes()
    except OSError as error:
        raise VocabularyError(
            problem=f"the file cannot be read ({error.strerror})", file=path
        ) from error


def _loaded(data: bytes, path: Path) -> tuple[SentencePieceProcessor, Rules]:
    """Returns the model in its own library, and what that does not tell."""
    processor = SentencePieceProcessor()
    try:
        processor.LoadFromSerializedProto(data)
        return processor, Rules.read(data)
    except (RuntimeError, OSError, ValueError) as error:
        raise VocabularyError(
            problem="the file is no sound SentencePiece model", file=path, remedy=AGAIN
        ) from error


def _check_kind(rules: Rules, path: Path) -> None:
    for is_wrong, problem in (
        (not rules.is_bpe, "it splits text by other rules than byte pair encoding"),
        (rules.has_suffixes, "it puts spaces behind words"),
        (not rules.escapes_spaces, f"it does not write spaces as {_SPACE}"),
    ):
        if is_wrong:
            raise UnsupportedError(
                problem=f"{problem}, which llama.cpp cannot do with a Llama", file=path
            )


def _fill(
    table: _Table, processor: SentencePieceProcessor, rules: Rules, *, file: Path
) -> None:
    """Fills in the pieces of the model."""
    count, size = processor.vocab_size(), len(table.tokens)
    if count > size:
        raise VocabularyError(
            problem=f"it has {count} pieces, and vocab_size is {size}",
            file=file,
            remedy="check that tokenizer and weights belong together",
        )
    ids = list(range(count))
    try:
        tokens = processor.id_to_piece(ids)
    except UnicodeDecodeError as error:
        raise VocabularyError(
            problem="one of its pieces is no text", file=file, remedy=AGAIN
        ) from error
    kinds = _kinds(processor, rules)
    scores = processor.get_score(ids)
    for number, token, kind, score in zip(ids, tokens, kinds, scores, strict=True):
        if not math.isfinite(score):
            raise VocabularyError(
                problem=f"piece {number} has the score {score}", file=file, remedy=AGAIN
            )
        if "\0" in token:
            continue
        # llama.cpp looks for a user-defined token before it writes spaces in its way.
        text = _plain(token) if kind is TokenType.USER_DEFINED else token
        table.put(number, text, kind, score=score)


def _kinds(processor: SentencePieceProcessor, rules: Rules) -> list[TokenType]:
    ids = list(range(processor.vocab_size()))
    types = [TokenType.NORMAL] * len(ids)
    for kind, found in (
        (TokenType.USER_DEFINED, [number in rules.user_defined for number in ids]),
        (TokenType.UNKNOWN, processor.is_unknown(ids)),
        (TokenType.CONTROL, processor.is_control(ids)),
        (TokenType.BYTE, processor.is_byte(ids)),
        (TokenType.UNUSED, processor.is_unused(ids)),
    ):
        for number in itertools.compress(ids, found):
            types[number] = kind
    return types


def _plain(token: str) -> str:
    return token.replace(_SPACE, " ")


def _add(table: _Table, folder: Path) -> None:
    """Fills in what transformers adds, over what the model says."""
    special = {*special_names(folder).values(), *special_texts(folder)}
    for token, number in (added_ids(folder) | decoder_ids(folder)).items():
        if number >= len(table.tokens):
            raise VocabularyError(
                problem=f"the added token {token!r:.40} has the id {number}, which is "
                f"beyond vocab_size {len(table.tokens)}",
                file=folder,
                remedy="check that tokenizer and weights belong together",
            )
        if table.tokens[number] == token and table.types[number] in _ROLES:
            continue
        kind = TokenType.CONTROL if token in special else TokenType.USER_DEFINED
        table.put(number, _plain(token), kind, score=_ADDED_SCORE)


def _check_table(table: _Table, path: Path) -> None:
    """Makes sure of what llama.cpp would stop the process for."""
    if len(set(table.tokens)) != len(table.tokens):
        raise VocabularyError(problem="two of its tokens have one text", file=path)
    kinds = zip(table.tokens, table.types, strict=True)
    if {token for token, kind in kinds if kind is TokenType.BYTE} != _BYTES:
        raise UnsupportedError(
            problem="it has no byte fallback, and without it llama.cpp cannot read "
            "characters that no piece stands for",
            file=path,
        )


def _special(
    table: _Table, processor: SentencePieceProcessor, names: Mapping[str, str]
) -> dict[str, int]:
    """Returns the ids of the tokens with a role: the named ones, or the model's."""
    ids = {token: number for number, token in enumerate(table.tokens)}
    own = {
        "bos": processor.bos_id(),
        "eos": processor.eos_id(),
        "unknown": processor.unk_id(),
        "padding": processor.pad_id(),
    }
    found = {name: ids.get(names.get(name, ""), number) for name, number in own.items()}
    return {name: number for name, number in found.items() if number >= 0}


def _warnings(rules: Rules) -> Iterator[str]:
    if rules.rewrites:
        yield (
            "the tokenizer replaces some characters by others before it splits text, "
            "such as full-width ones by narrow ones; llama.cpp does not"
        )
    if rules.trims_spaces:
        yield (
            "the tokenizer drops spaces at the ends of a text and all but one between "
            "words; llama.cpp keeps them"
        )
