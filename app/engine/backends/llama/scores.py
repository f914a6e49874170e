"""How likely the model found a token, and which it found likeliest."""

from typing import Final, Self

import numpy as np
from llama_cpp import llama_cpp as ll
from numpy.typing import NDArray

from app.domain.errors import ErrorCode, UserError
from app.domain.generation import MOST_SCORES, ScoredToken
from app.engine.backends.llama.token_data import Logits, logits_at
from app.engine.backends.llama.vocabulary import Vocabulary
from app.engine.protocol import Generate

_LEAST: Final = -1e30
"""JSON has no infinity."""


class Scorer:
    """Reads log-probabilities off the logits as they are, before any choice.

    Args:
        vocabulary: The model's tokens.
        count: How many of the likeliest are wanted.
    """

    def __init__(self, vocabulary: Vocabulary, count: int) -> None:
        self._vocabulary = vocabulary
        self._count = min(count, vocabulary.size - len(vocabulary.padding))
        self._padding = list(vocabulary.padding)

    @classmethod
    def of(cls, command: Generate, vocabulary: Vocabulary) -> Self | None:
        """What a command wants; None where that is nothing.

        Raises:
            UserError: `ErrorCode.PROTOCOL`: it wants too many, or less than none.
        """
        if not 0 <= command.logprobs <= MOST_SCORES:
            detail = f"logprobs {command.logprobs} is not between 0 and {MOST_SCORES}"
            raise UserError(ErrorCode.PROTOCOL, detail)
        return cls(vocabulary, command.logprobs) if command.logprobs else None

    def scores(
        self, context: ll.llama_context_p, index: int, token: int
    ) -> tuple[ScoredToken, tuple[ScoredToken, ...]]:
        """A token's score, and those of the likeliest.

        Args:
            context: llama.cpp's context.
            index: Whose logits in the last batch; -1 is the last.
            token: The one that was chosen by them.
        """
        logprobs = log_softmax(logits_at(context, index, self._vocabulary.size))
        possible = logprobs.copy()
        possible[self._padding] = -np.inf
        best = np.argpartition(-possible, self._count - 1)[: self._count]
        # Of equals the first, however they were partitioned.
        best = best[np.lexsort((best, -possible[best]))]
        return (
            self._scored(token, logprobs),
            tuple(self._scored(int(other), logprobs) for other in best),
        )

    def _scored(self, token: int, logprobs: NDArray[np.float64]) -> ScoredToken:
        text = self._vocabulary.control_text(token)
        if text is None:
            text = self._vocabulary.piece(token).decode("utf-8", "replace")
        return ScoredToken(token, text, max(float(logprobs[token]), _LEAST))


def log_softmax(logits: Logits) -> NDArray[np.float64]:
    """Natural logarithms of the probabilities, computed in 64 bits."""
    shifted = logits.astype(np.float64)
    shifted -= shifted.max()
    shifted -= np.log(np.exp(shifted).sum())
    return shifted
