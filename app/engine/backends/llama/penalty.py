"""The repetition penalty, on the logits of the tokens that have been there.

llama.cpp's own sampler for it looks every token of the vocabulary up in a hash map,
which takes half a millisecond for MOSS's 107,008. The tokens that a context holds are
some hundreds, which takes NumPy less than a tenth of one.

The arithmetic is llama.cpp's, in its 32 bits, so that the results are the same bits:
Keskar et al., "CTRL" (arXiv:1909.05858), with what every program has mended since: a
logit that is not positive is multiplied (`llama_sampler_penalties_apply` in
`llama-sampler.cpp`).
"""

from collections.abc import Iterable
from typing import Final

import numpy as np

from app.engine.backends.llama.token_data import Logits


class Penalty:
    """Makes less likely what has been there.

    Logits belong to llama.cpp and are looked at by others: by the next candidate, by
    what reports their probabilities. So what is changed is changed back.
    """

    def __init__(self, factor: float, vocabulary: int) -> None:
        """Begins with nothing that has been there.

        Args:
            factor: Positive logits are divided by it, the others multiplied.
            vocabulary: Tokens that there are.
        """
        self._factor: Final = np.float32(factor)
        self._seen: Final[set[int]] = set()
        self._ids: Final = np.empty(vocabulary, np.intp)

    def remember(self, tokens: Iterable[int]) -> None:
        """Takes tokens that have been there, for the first time or again."""
        for token in tokens:
            if token not in self._seen:
                self._ids[len(self._seen)] = token
                self._seen.add(token)

    def apply(self, logits: Logits) -> Logits:
        """Changes the logits of all tokens.

        Returns:
            What `undo` needs.
        """
        ids, factor = self._ids[: len(self._seen)], self._factor
        before: Logits = logits.take(ids)
        # Of a logit times and by a factor above 1 the smaller one is meant, whatever
        # its sign.
        choose = np.minimum if factor > 1 else np.maximum
        logits.put(ids, choose(before * factor, before / factor))
        return before

    def undo(self, logits: Logits, before: Logits) -> None:
        """Makes the same logits what they were, while nothing new is remembered."""
        logits.put(self._ids[: len(before)], before)
