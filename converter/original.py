"""What the original models have in common: layers over all tokens at once."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence

import numpy as np

from converter.reference_weights import Floats, ReferenceWeights
from converter.tensors import StoredTensor


class OriginalModel(ABC):
    """A model that computes in float32 what a checkpoint means.

    Weights are read a slice at a time; what is kept is the state of all tokens between
    two layers.
    """

    def __init__(self, layers: int, tensors: Mapping[str, StoredTensor]) -> None:
        """Takes a checkpoint's tensors.

        Args:
            layers: Number of layers.
            tensors: By the checkpoint's names.
        """
        self._layers = layers
        self._weights = ReferenceWeights(tensors)

    def logits(self, tokens: Sequence[int]) -> Floats:
        """Returns the logits behind each token, all at once.

        Args:
            tokens: A text from its beginning on.

        Returns:
            An array of shape [tokens, vocabulary].
        """
        return self.output(self.states(tokens))

    def states(
        self, tokens: Sequence[int], passed: Callable[[int], None] | None = None
    ) -> Floats:
        """Returns the state behind each token that the output is computed from.

        Args:
            tokens: A text from its beginning on.
            passed: Is called with the number of layers that are done, after each.

        Returns:
            An array of shape [tokens, width].
        """
        states = self._embedded(tokens)
        for layer in range(self._layers):
            states = self._passed_through(states, layer)
            if passed is not None:
                passed(layer + 1)
        return self._finished(states)

    @abstractmethod
    def output(self, states: Floats) -> Floats:
        """Returns the logits that follow from some states.

        Args:
            states: Some or all rows of what `states` returned.

        Returns:
            An array of shape [rows, vocabulary].
        """

    @abstractmethod
    def _embedded(self, tokens: Sequence[int]) -> Floats:
        """Returns the state of each token before the first layer."""

    @abstractmethod
    def _passed_through(self, states: Floats, layer: int) -> Floats:
        """Returns the states behind a layer."""

    @abstractmethod
    def _finished(self, states: Floats) -> Floats:
        """Returns what the output is computed from."""


def attended(scores: Floats, values: Floats) -> Floats:
    """Returns one head's mixture of values, [tokens, size].

    Args:
        scores: Queries times keys, [tokens, tokens].
        values: The values, [tokens, size].
    """
    scores = scores / np.sqrt(np.float32(values.shape[1]))
    scores[~np.tri(len(scores), dtype=np.bool_)] = -np.inf
    weights = np.exp(scores - scores.max(axis=-1, keepdims=True))
    weights /= weights.sum(axis=-1, keepdims=True)
    mixed: Floats = weights @ values
    return mixed
