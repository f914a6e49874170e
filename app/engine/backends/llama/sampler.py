"""How the next token is chosen: a chain of llama.cpp's samplers in MOSS's order."""

import math
import secrets
from collections.abc import Iterable
from types import TracebackType
from typing import Final, Self

from llama_cpp import llama_cpp as ll

from app.domain.generation import Sampling
from app.engine.backends.llama.binding import Binding
from app.engine.backends.llama.penalty import Penalty
from app.engine.backends.llama.token_data import TokenData, logits_at
from app.engine.backends.llama.vocabulary import Vocabulary

# llama.cpp takes the largest 32-bit number as a wish for a random seed.
_SEEDS: Final = 0xFFFFFFFF
_MANY_TOKENS: Final = 1 << 15
"""Of a vocabulary, from which on `Penalty` is faster than llama.cpp's own sampler."""
_COLDEST: Final = 1e-6
"""Below it logits divided by the temperature could overflow: that is greedy."""
_POSSIBLE: Final = 1e-10
"""Part of the likeliest token's probability below which nothing is ever drawn.

Typical sampling and Mirostat need the others gone: they sort all that is there, and
llama.cpp computes 0 × log 0 for what is impossible, which is not a number.
"""


class Sampler:
    """Bans padding, then repetition penalty, temperature, top_k, top_p, and draws.

    A context manager: leaving it frees the native samplers.

    Attributes:
        seed: The seed in use: the one that was wished for or a drawn one.
    """

    def __init__(
        self,
        sampling: Sampling,
        vocabulary: Vocabulary,
        context_tokens: int,
        *,
        binding: Binding | None = None,
    ) -> None:
        """Builds the chain.

        Args:
            sampling: The settings, which `app.engine.sampling.check` let pass.
            vocabulary: For its padding.
            context_tokens: Size of the window: the penalty remembers that many. A
                `penalty_last_n` of -1 does not mean "all" in llama.cpp, it
                switches the penalty off.
            binding: What the tokens are bound to; None leaves them free.
        """
        seed = sampling.seed
        self.seed: Final = secrets.randbelow(_SEEDS) if seed is None else seed % _SEEDS
        self._binding = binding
        self._data = None if binding is None else TokenData(vocabulary.size)
        self._size = vocabulary.size
        factor = sampling.repetition_penalty
        has_penalty, has_many = factor != 1, vocabulary.size >= _MANY_TOKENS
        self._penalty = (
            Penalty(factor, vocabulary.size) if has_penalty and has_many else None
        )
        self._native_penalty = (
            ll.llama_sampler_init_penalties(
                vocabulary.size, context_tokens, factor, 0.0, 0.0
            )
            if has_penalty and not has_many
            else None
        )
        self._chain = ll.llama_sampler_chain_init(
            ll.llama_sampler_chain_default_params()
        )
        ll.llama_sampler_chain_add(self._chain, _ban(vocabulary))
        if self._native_penalty is not None:
            ll.llama_sampler_chain_add(self._chain, self._native_penalty)
        for sampler in self._choice(sampling, vocabulary):
            ll.llama_sampler_chain_add(self._chain, sampler)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        ll.llama_sampler_free(self._chain)

    def remember(self, tokens: Iterable[int]) -> None:
        """Shows the penalty the prompt: it holds for the whole context."""
        if self._penalty is not None:
            self._penalty.remember(tokens)
        elif self._native_penalty is not None:
            for token in tokens:
                ll.llama_sampler_accept(self._native_penalty, token)

    def sample(self, context: ll.llama_context_p, index: int) -> int:
        """Chooses a token by the logits at an index of a batch, and remembers it.

        -1 is the last that has logits. They are afterwards what they were.
        """
        penalty = self._penalty
        if penalty is None:
            return self._choose(context, index)
        logits = logits_at(context, index, self._size)
        before = penalty.apply(logits)
        try:
            token = self._choose(context, index)
        finally:
            penalty.undo(logits, before)
        penalty.remember((token,))
        return token

    def _choose(self, context: ll.llama_context_p, index: int) -> int:
        """Chooses by the logits as they are now, and notes what that means."""
        if self._binding is None or self._data is None:
            token: int = ll.llama_sampler_sample(self._chain, context, index)
            return token
        if self._binding.holds:
            self._data.fill(context, index)
            token = self._sample_bound(self._binding, self._data)
            ll.llama_sampler_accept(self._chain, token)
        else:
            token = ll.llama_sampler_sample(self._chain, context, index)
        self._binding.wrote(token)
        return token

    def _sample_bound(self, binding: Binding, data: TokenData) -> int:
        """Chooses freely first: a look at one token costs nothing, one at all does."""
        logits = data.logits.copy()
        token = data.chosen_by(self._chain)
        if binding.allows(token):
            return token
        restricted = binding.restricted(logits)
        if restricted is None:
            return token
        data.put(restricted)
        return data.chosen_by(self._chain)

    def _choice(
        self, sampling: Sampling, vocabulary: Vocabulary
    ) -> "list[ll.llama_sampler_p]":
        """The samplers after the penalty."""
        if sampling.temperature < _COLDEST:
            return [ll.llama_sampler_init_greedy()]
        chosen = [ll.llama_sampler_init_temp(sampling.temperature)]
        if sampling.mirostat_tau > 0:
            tau, eta = sampling.mirostat_tau, sampling.mirostat_eta
            chosen.append(ll.llama_sampler_init_min_p(_POSSIBLE, 1))
            chosen.append(ll.llama_sampler_init_mirostat_v2(self.seed, tau, eta))
            return chosen
        if sampling.top_k > 0:
            top_k = min(sampling.top_k, vocabulary.size)
            chosen.append(ll.llama_sampler_init_top_k(top_k))
        if sampling.typical_p < 1:
            chosen.append(ll.llama_sampler_init_min_p(_POSSIBLE, 1))
            chosen.append(ll.llama_sampler_init_typical(sampling.typical_p, 1))
        if sampling.top_p < 1:
            chosen.append(ll.llama_sampler_init_top_p(sampling.top_p, 1))
        if sampling.min_p > 0:
            chosen.append(ll.llama_sampler_init_min_p(sampling.min_p, 1))
        chosen.append(ll.llama_sampler_init_dist(self.seed))
        return chosen


def _ban(vocabulary: Vocabulary) -> "ll.llama_sampler_p":
    """A sampler that makes padding impossible."""
    banned = vocabulary.padding
    biases = (ll.llama_logit_bias * len(banned))(
        *(ll.llama_logit_bias(token, -math.inf) for token in banned)
    )
    sampler: ll.llama_sampler_p = ll.llama_sampler_init_logit_bias(
        vocabulary.size, len(banned), biases
    )
    return sampler
