"""A model's vocabulary: text to tokens and back, control tokens, padding."""

import ctypes
from collections.abc import Iterable
from typing import Final

from llama_cpp import llama_cpp as ll

from app.domain.errors import ErrorCode, UserError
from app.domain.generation import Segment

_PIECE_BYTES: Final = 64
_NO_SPECIAL: Final = False
_STRIP_NOTHING: Final = 0


class Vocabulary:
    """What a model can read and write.

    Attributes:
        size: Rows of the output layer, padding included.
        padding: Ids that fill the output layer up and must never be sampled.
    """

    def __init__(self, model: ll.llama_model_p) -> None:
        """Reads the kinds of all tokens once; valid as long as the model."""
        self._vocab = ll.llama_model_get_vocab(model)
        self.size: Final = ll.llama_vocab_n_tokens(self._vocab)
        self._ids: dict[str, int] = {}
        self._texts: dict[int, str] = {}
        padding: list[int] = []
        for token in range(self.size):
            kind = ll.llama_vocab_get_attr(self._vocab, token)
            if kind in {ll.LLAMA_TOKEN_ATTR_UNDEFINED, ll.LLAMA_TOKEN_ATTR_UNUSED}:
                padding.append(token)
            elif kind & ll.LLAMA_TOKEN_ATTR_CONTROL:
                text = ll.llama_vocab_get_text(self._vocab, token)
                self._texts[token] = text.decode("utf-8", "replace")
                self._ids[self._texts[token]] = token
        self.padding: Final = tuple(padding)
        self._unused = frozenset(padding)
        self._ends = {t for t in self._texts if ll.llama_vocab_is_eog(self._vocab, t)}
        self._piece = ctypes.create_string_buffer(_PIECE_BYTES)

    def control_id(self, text: str) -> int | None:
        """The control token with this text, if there is one."""
        return self._ids.get(text)

    def control_text(self, token: int) -> str | None:
        """A control token's own text; None for any other token."""
        return self._texts.get(token)

    def is_text(self, token: int) -> bool:
        """Whether it stands for bytes of a text."""
        return token not in self._texts and token not in self._unused

    def ends_generation(self, token: int) -> bool:
        """Whether the file names this token as an end: of text, of a turn."""
        return token in self._ends

    def tokenize(self, prompt: Iterable[Segment]) -> list[int]:
        """The ids of a prompt, segment by segment.

        A control segment becomes its one token. Other text is read with special
        tokens off: whatever it says, no control token comes of it.

        Raises:
            UserError: `ErrorCode.MODEL_UNSUPPORTED` for a control token that this
                model does not have.
        """
        tokens: list[int] = []
        for segment in prompt:
            if not segment.control:
                tokens += self._tokenize_text(segment.text)
                continue
            token = self._ids.get(segment.text)
            if token is None:
                detail = f"the model has no control token {segment.text}"
                raise UserError(ErrorCode.MODEL_UNSUPPORTED, detail)
            tokens.append(token)
        return tokens

    def piece(self, token: int) -> bytes:
        """The bytes that an ordinary token stands for."""
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

    def _tokenize_text(self, text: str) -> list[int]:
        """Ids of ordinary text; no token is added in front or at the end."""
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
