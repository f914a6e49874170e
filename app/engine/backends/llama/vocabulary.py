"""A model's vocabulary: text to tokens and back, control tokens, padding.

llama.cpp reads "special tokens off" more narrowly than one would think: user-defined
tokens are found in any text. In many files these hold no words but the marks of a
dialogue, `<|START_OF_TURN_TOKEN|>` or `<think>`. Here such tokens are control tokens in
all but their kind: a prompt names them, and no text becomes one.
"""

import ctypes
import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Final

from llama_cpp import llama_cpp as ll

from app.domain.errors import ErrorCode, UserError
from app.domain.generation import Segment
from app.engine.templates.segments import Markers

_PIECE_BYTES: Final = 64
_KEPT_TEXTS: Final = 256
_LONGEST_KEPT: Final = 8192
"""Characters of a text whose ids are kept. What chats begin with is much shorter."""
_NO_SPECIAL: Final = False
_STRIP_NOTHING: Final = 0
_MARK: Final = re.compile(r"<\S+>|\[\S+\]")
"""What a user-defined token looks like that is no word."""


class Vocabulary:
    """What a model can read and write.

    Attributes:
        size: Rows of the output layer, padding included.
        padding: Ids that fill the output layer up and must never be sampled.
        markers: The texts that a prompt may name one token by.
        handle: llama.cpp's own vocabulary.
        controls: Ids of all control tokens.
        ends: Ids of those that the file names as an end: of text, of a turn.
    """

    def __init__(self, model: ll.llama_model_p) -> None:
        """Reads the kinds of all tokens once; valid as long as the model."""
        self.handle = self._vocab = ll.llama_model_get_vocab(model)
        self.size: Final = ll.llama_vocab_n_tokens(self._vocab)
        self._ids: dict[str, int] = {}
        self._texts: dict[int, str] = {}
        self._ends: set[int] = set()
        ends = {ll.llama_vocab_eos(self._vocab), ll.llama_vocab_eot(self._vocab)}
        padding: list[int] = []
        attributes: dict[str, int] = {}
        for token in range(self.size):
            kind = ll.llama_vocab_get_attr(self._vocab, token)
            if kind in {ll.LLAMA_TOKEN_ATTR_UNDEFINED, ll.LLAMA_TOKEN_ATTR_UNUSED}:
                padding.append(token)
            elif kind != ll.LLAMA_TOKEN_ATTR_NORMAL or token in ends:
                self._add_special(token, kind, attributes)
        self.padding: Final = tuple(padding)
        self.markers: Final = _markers(attributes)
        self.controls: Final = tuple(self._texts)
        self.ends: Final = frozenset(self._ends)
        self._special = frozenset(self._ids.values())
        self._no_text = self._special.union(self._texts, padding)
        self._piece = ctypes.create_string_buffer(_PIECE_BYTES)
        self._pieces: dict[int, bytes] = {}
        # A chat's next prompt says again what its last one said.
        self._known_ids = lru_cache(_KEPT_TEXTS)(self._tokenize_text)

    def control_id(self, text: str) -> int | None:
        """The control token with this text, if there is one."""
        return self._ids.get(text)

    def control_text(self, token: int) -> str | None:
        """A control token's own text; None for any other token."""
        return self._texts.get(token)

    def is_text(self, token: int) -> bool:
        """Whether it stands for bytes of a text, which other tokens may spell too."""
        return token not in self._no_text

    def ends_generation(self, token: int) -> bool:
        """Whether the file names this token as an end: of text, of a turn."""
        return token in self._ends

    def tokenize(self, prompt: Iterable[Segment]) -> list[int]:
        """The ids of a prompt, segment by segment.

        A control segment becomes its one token. Whatever other text says, no control
        token comes of it.

        Raises:
            UserError: `ErrorCode.MODEL_UNSUPPORTED` for a control token that this
                model does not have.
        """
        tokens: list[int] = []
        for segment in prompt:
            if not segment.control:
                is_kept = len(segment.text) <= _LONGEST_KEPT
                ids_of = self._known_ids if is_kept else self._tokenize_text
                tokens += ids_of(segment.text)
                continue
            token = self._ids.get(segment.text)
            if token is None:
                detail = f"the model has no control token {segment.text}"
                raise UserError(ErrorCode.MODEL_UNSUPPORTED, detail)
            tokens.append(token)
        return tokens

    def with_start(self, tokens: list[int]) -> list[int]:
        """A prompt's ids with the token in front that the file wants there."""
        start = ll.llama_vocab_bos(self._vocab)
        wanted = tokens and ll.llama_vocab_get_add_bos(self._vocab)
        return [start, *tokens] if wanted and tokens[0] != start else tokens

    def special_texts(self) -> dict[str, str]:
        """Texts of special tokens by the names that chat templates have for them."""
        tokens = {
            "bos_token": ll.llama_vocab_bos(self._vocab),
            "eos_token": ll.llama_vocab_eos(self._vocab),
        }
        return {
            name: self._text(token) if token >= 0 else ""
            for name, token in tokens.items()
        }

    def piece(self, token: int) -> bytes:
        """The bytes that an ordinary token stands for."""
        piece = self._pieces.get(token)
        if piece is None:
            piece = self._pieces[token] = self._native_piece(token)
        return piece

    def _native_piece(self, token: int) -> bytes:
        """What llama.cpp says that a token stands for."""
        buffer = self._piece
        written = self._read_piece(token, buffer)
        if written < 0:
            self._piece = buffer = ctypes.create_string_buffer(-written)
            written = self._read_piece(token, buffer)
        return buffer.raw[:written]

    def _read_piece(self, token: int, buffer: ctypes.Array[ctypes.c_char]) -> int:
        """Fills the buffer; a negative result is the size that is needed."""
        written: int = ll.llama_token_to_piece(
            self._vocab, token, buffer, len(buffer), _STRIP_NOTHING, _NO_SPECIAL
        )
        return written

    def _add_special(self, token: int, kind: int, attributes: dict[str, int]) -> None:
        """Notes a token that is no word or a part of one."""
        text = self._text(token)
        is_end = ll.llama_vocab_is_eog(self._vocab, token)
        is_control = bool(kind & ll.LLAMA_TOKEN_ATTR_CONTROL)
        may_be_mark = is_end or kind & ll.LLAMA_TOKEN_ATTR_USER_DEFINED
        if is_control or (may_be_mark and _MARK.fullmatch(text)):
            self._ids[text] = token
            attributes[text] = kind
        if is_control or is_end:
            self._texts[token] = text
        if is_end:
            self._ends.add(token)

    def _text(self, token: int) -> str:
        text: bytes = ll.llama_vocab_get_text(self._vocab, token)
        return text.decode("utf-8", "replace")

    def _tokenize_text(self, text: str) -> tuple[int, ...]:
        """Ids of ordinary text, no special token among them."""
        ids = self._raw_ids(text)
        if self._special.isdisjoint(ids):
            return tuple(ids)
        pieces = self.markers.cut(text)
        if len(pieces) == 1:  # not by its text: nothing is known to do this
            return tuple(token for token in ids if token not in self._special)
        return tuple(token for piece in pieces for token in self._tokenize_text(piece))

    def _raw_ids(self, text: str) -> list[int]:
        """What llama.cpp makes of text; no token is added in front or at the end."""
        data = text.encode("utf-8", "replace")
        room = len(data) + 8
        while True:
            ids = (ll.llama_token * room)()
            count = ll.llama_tokenize(
                self._vocab, data, len(data), ids, room, _NO_SPECIAL, _NO_SPECIAL
            )
            if count >= 0:
                return ids[:count]
            room = -count


def _markers(attributes: dict[str, int]) -> Markers:
    return Markers(
        attributes,
        strip_before=_having(attributes, ll.LLAMA_TOKEN_ATTR_LSTRIP),
        strip_after=_having(attributes, ll.LLAMA_TOKEN_ATTR_RSTRIP),
    )


def _having(attributes: dict[str, int], attribute: int) -> list[str]:
    return [text for text, kind in attributes.items() if kind & attribute]
