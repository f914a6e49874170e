"""How far one model's predictions are from another's, on the same text.

KL(P‖Q) = Σ p·(ln p − ln q) says how many nats a token costs more when it is told by Q
and comes from P. A distribution that knows nothing, 1/V for each of V tokens, gives the
scale: what P knows. Sums are float64, over log-softmax, a few tokens at a time.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from converter.reference_weights import Floats

_ROWS = 8  # tokens at a time: 7 MB for MOSS's vocabulary


@dataclass(frozen=True, slots=True, kw_only=True)
class Divergence:
    """What comparing two models' predictions has shown.

    Attributes:
        tokens: How many predictions were compared.
        mean: Mean KL divergence of the reference from the GGUF, in nats.
        largest: Largest of one prediction, in nats.
        known: Mean KL divergence of the reference from knowing nothing, in nats.
        same_top: Share of predictions in which both find the same token most likely.
        reference_perplexity: Of the reference on the text.
        perplexity: Of the GGUF on the text.
    """

    tokens: int
    mean: float
    largest: float
    known: float
    same_top: float
    reference_perplexity: float
    perplexity: float

    @property
    def lost(self) -> float:
        """Share of what the reference knows that the GGUF does not."""
        return self.mean / self.known if self.known else self.mean


@dataclass(slots=True)
class DivergenceMeter:
    """Compares predictions part by part.

    Attributes:
        tokens: The text. What is behind token n is a prediction of token n + 1.
    """

    tokens: Sequence[int]
    _divergences: list[float] = field(default_factory=list)
    _known: list[float] = field(default_factory=list)
    _same_top: int = 0
    _surprise: tuple[float, float] = (0.0, 0.0)

    def add(self, reference: Floats, gguf: Floats) -> None:
        """Takes in the predictions behind the next tokens.

        Args:
            reference: The reference's logits, [tokens, vocabulary].
            gguf: The GGUF's, of the same shape.
        """
        with np.errstate(invalid="ignore"):  # is seen in what comes out
            for start in range(0, len(reference), _ROWS):
                rows = slice(start, start + _ROWS)
                self._add(_log_softmax(reference[rows]), _log_softmax(gguf[rows]))

    def result(self) -> Divergence:
        """Returns what has come out, once the last prediction was taken in."""
        count = len(self._divergences)
        predicted = max(count - 1, 1)  # nothing follows the last token
        reference, gguf = self._surprise
        return Divergence(
            tokens=count,
            mean=float(np.mean(self._divergences)),
            largest=float(np.max(self._divergences)),
            known=float(np.mean(self._known)),
            same_top=self._same_top / count,
            reference_perplexity=float(np.exp(reference / predicted)),
            perplexity=float(np.exp(gguf / predicted)),
        )

    def _add(self, reference: NDArray[np.float64], gguf: NDArray[np.float64]) -> None:
        weights = np.exp(reference)
        first = len(self._divergences)
        self._divergences += (weights * (reference - gguf)).sum(axis=-1).tolist()
        entropy = -(weights * reference).sum(axis=-1)
        self._known += (np.log(reference.shape[-1]) - entropy).tolist()
        self._same_top += int((reference.argmax(-1) == gguf.argmax(-1)).sum())
        following = np.asarray(self.tokens[first + 1 : first + 1 + len(reference)])
        places = (np.arange(len(following)), following)
        one, other = self._surprise
        self._surprise = (
            one - float(reference[places].sum()),
            other - float(gguf[places].sum()),
        )


def _log_softmax(logits: Floats) -> NDArray[np.float64]:
    shifted = logits.astype(np.float64)
    shifted -= shifted.max(axis=-1, keepdims=True)
    shifted -= np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
    return shifted
