"""What SentencePiece's library does not tell about a `tokenizer.model`.

The library says what each piece is and splits text, but not by which rules. The file
is one message of Protocol Buffers, `ModelProto` in SentencePiece's own
`sentencepiece_model.proto`; here only the fields that matter are looked at, so that no
library for such messages is needed.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Self, TypeAlias

_Value: TypeAlias = int | bytes

# Numbers of fields, of the message itself and of three within it.
_PIECE, _TRAINER, _NORMALIZER = 1, 2, 3
_PIECE_TYPE = 3
_TRAINER_KIND, _TRAINER_SUFFIX = 3, 24
_RULES, _ADD_PREFIX, _TRIM, _ESCAPE = 2, 3, 4, 5

_BPE = 2
_USER_DEFINED = 4
# How a value is written, and the bytes of one of a fixed size.
_NUMBER, _BYTES = 0, 2
_SIZES = {1: 8, 5: 4}
_MAX_SHIFT = 63


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """How a model treats text.

    Attributes:
        is_bpe: Whether pieces are merged by rank (byte pair encoding).
        adds_space: Whether a space is put in front of a text.
        has_suffixes: Whether it is put behind it.
        escapes_spaces: Whether pieces hold `▁` for a space.
        trims_spaces: Whether spaces at the ends, and all but one between, are dropped.
        rewrites: Whether characters are replaced by others first (normalization).
        user_defined: Ids of the pieces that are split off before all others.
    """

    is_bpe: bool
    adds_space: bool
    has_suffixes: bool
    escapes_spaces: bool
    trims_spaces: bool
    rewrites: bool
    user_defined: frozenset[int]

    @classmethod
    def read(cls, data: bytes) -> Self:
        """Reads them from the contents of a `tokenizer.model`.

        Raises:
            ValueError: It is no such message.
        """
        trainer: dict[int, _Value] = {}
        normalizer: dict[int, _Value] = {}
        kinds: list[_Value] = []
        for number, value in _fields(data):
            if number == _PIECE:
                kinds.append(dict(_fields(value)).get(_PIECE_TYPE, 0))
            elif number == _TRAINER:
                trainer |= _fields(value)
            elif number == _NORMALIZER:
                normalizer |= _fields(value)
        return cls(
            is_bpe=trainer.get(_TRAINER_KIND) == _BPE,
            adds_space=bool(normalizer.get(_ADD_PREFIX, 1)),
            has_suffixes=bool(trainer.get(_TRAINER_SUFFIX, 0)),
            escapes_spaces=bool(normalizer.get(_ESCAPE, 1)),
            trims_spaces=bool(normalizer.get(_TRIM, 1)),
            rewrites=bool(normalizer.get(_RULES, b"")),
            user_defined=frozenset(
                n for n, kind in enumerate(kinds) if kind == _USER_DEFINED
            ),
        )


def _fields(message: _Value) -> Iterator[tuple[int, _Value]]:
    """Yields number and value of each field of a message, in order.

    Raises:
        ValueError: It is damaged.
    """
    if isinstance(message, int):
        text = "there is a number instead of a message"
        raise ValueError(text)  # noqa: TRY004 -- of the file, not of an argument
    position = 0
    while position < len(message):
        tag, position = _number(message, position)
        kind = tag & 7
        if kind == _NUMBER:
            value, position = _number(message, position)
            yield tag >> 3, value
            continue
        if kind == _BYTES:
            size, position = _number(message, position)
        elif kind in _SIZES:
            size = _SIZES[kind]
        else:
            text = f"there is no kind {kind} of values"
            raise ValueError(text)
        if size > len(message) - position:
            text = "a value ends behind the message"
            raise ValueError(text)
        yield tag >> 3, message[position : position + size]
        position += size


def _number(message: bytes, position: int) -> tuple[int, int]:
    """Returns a number of seven bits a byte, lowest first, and where it ends."""
    number = shift = 0
    while shift <= _MAX_SHIFT and position < len(message):
        byte = message[position]
        position += 1
        number |= (byte & 0x7F) << shift
        if byte < 0x80:  # noqa: PLR2004 -- the eighth bit says that more follows
            return number, position
        shift += 7
    text = "a number does not end"
    raise ValueError(text)
