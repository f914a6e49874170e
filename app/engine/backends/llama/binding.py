"""Binds what is written to a grammar, by llama.cpp's sampler for GBNF.

llama.cpp takes a control token for the text of its name, which a rule for any text
allows, and ends the process when it is told of a token that does not fit. So it is only
asked about ordinary tokens here, one that it has not let pass is never given to it, and
control tokens are judged by what they do: where the text may end, those that end the
generation may follow; elsewhere none.

Source: `llama-grammar.cpp`; to choose freely first, and to ask about all tokens only
when the chosen one is refused, is the idea of `common/sampling.cpp`.
"""

import math
from collections.abc import Callable
from types import TracebackType
from typing import Self

import numpy as np
from llama_cpp import llama_cpp as ll
from numpy.typing import NDArray

from app.domain.errors import ErrorCode, UserError
from app.domain.generation import Grammar, Segment
from app.engine import gbnf
from app.engine.backends.llama.token_data import Logits, TokenData
from app.engine.backends.llama.vocabulary import Vocabulary


class Binding:
    """A grammar and how far the text has come in it.

    It is let go of when it turns out that nothing fits any more: what has been written
    stays, and the rest is free. A context manager: leaving it frees the native sampler.
    """

    def __init__(
        self, grammar: Grammar, vocabulary: Vocabulary, ends: Callable[[int], bool]
    ) -> None:
        """Compiles the rules.

        Args:
            grammar: The rules, and where they begin to bind.
            vocabulary: The model's tokens.
            ends: Whether a control token ends the generation now.

        Raises:
            UserError: `ErrorCode.PROTOCOL`: these are no rules that can be followed.
        """
        gbnf.check(grammar.rules)
        self._vocabulary = vocabulary
        self._ends = ends
        self._after = grammar.after.encode()
        self._begun = not self._after
        self._let_go = False
        self._tail = b""
        self._one = TokenData(1)
        self._end = next(iter(vocabulary.ends), None)
        self._grammar = ll.llama_sampler_init_grammar(
            vocabulary.handle, grammar.rules.encode(), gbnf.ROOT.encode()
        )
        if not self._grammar:
            raise UserError(ErrorCode.PROTOCOL, f"grammar: {grammar.rules[:80]!r}")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        ll.llama_sampler_free(self._grammar)

    @property
    def holds(self) -> bool:
        """Whether the next token is bound."""
        return self._begun and not self._let_go

    def allows(self, token: int) -> bool:
        """Whether a token may come next."""
        if self._vocabulary.control_text(token) is None:
            return self._fits(token)
        return self._may_end() and self._ends(token)

    def restricted(self, logits: Logits) -> Logits | None:
        """The logits of all tokens, those that may not come made impossible.

        Asks about every token, which takes some milliseconds for 100,000 of them.

        Returns:
            None where none may come.
        """
        texts = self._texts()
        data = TokenData(len(texts))
        data.put(logits[texts], texts)
        data.apply(self._grammar)
        restricted = np.full_like(logits, -math.inf)
        restricted[texts] = data.logits
        if self._may_end():
            ends = [t for t in self._vocabulary.controls if self._ends(t)]
            restricted[ends] = logits[ends]
        return restricted if np.isfinite(restricted).any() else None

    def wrote(self, token: int) -> None:
        """Takes the token that was chosen, bound or free."""
        if self._let_go or self._vocabulary.control_text(token) is not None:
            return
        if self._begun:
            self._accept(token)
            return
        self._tail += self._vocabulary.piece(token)
        _, found, rest = self._tail.partition(self._after)
        if found:
            self._begin(rest)
        else:
            self._tail = self._tail[-len(self._after) :]

    def _begin(self, written: bytes) -> None:
        """Binds from here on; some of it may have come with the token before."""
        self._begun = True
        try:
            text = written.decode()
        except UnicodeDecodeError:  # half a character cannot be shown to the grammar
            self._let_go = True
            return
        for token in self._vocabulary.tokenize((Segment(text),)):
            self._accept(token)

    def _accept(self, token: int) -> None:
        if not self._let_go and self._fits(token):
            ll.llama_sampler_accept(self._grammar, token)
        else:
            self._let_go = True

    def _may_end(self) -> bool:
        """Whether the text may end here; llama.cpp says so of end tokens only."""
        return self._end is None or self._fits(self._end)

    def _fits(self, token: int) -> bool:
        self._one.put(np.zeros(1, np.float32), np.array([token], np.int32))
        self._one.apply(self._grammar)
        return bool(np.isfinite(self._one.logits[0]))

    def _texts(self) -> NDArray[np.int32]:
        """The tokens that are ordinary text."""
        every = np.arange(self._vocabulary.size, dtype=np.int32)
        others = [*self._vocabulary.controls, *self._vocabulary.padding]
        return np.delete(every, others)
