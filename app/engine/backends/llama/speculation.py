"""Several tokens at a time: drafts are evaluated together and kept as far as they hold.

A batch holds the token that was sampled last and drafted ones behind it. The sampler
then goes through the batch's logits one by one, just as it would have gone through
those of single tokens: it draws as many random numbers and sees the same tokens. As
soon as it chooses another token than the draft's, what is left of the draft is taken
out of the cache. So drafts change the speed, and no distribution.

They change the text only where a batch gives other bits than single tokens do (see
`sameness`). Where the text is settled in advance, by greedy sampling or by a seed that
was asked for, drafts are therefore used only where the bits are the same, unless
`Load.speculation` is True; where the seed is drawn, wherever they pay.
"""

import ctypes
from dataclasses import dataclass, field
from time import perf_counter
from typing import Final

from llama_cpp import llama_cpp as ll

from app.engine.backends.llama.cache import Cache
from app.engine.backends.llama.drafts import DraftIndex, Match
from app.engine.backends.llama.payoff import ROWS, Luck, Payoff
from app.engine.backends.llama.sameness import Sameness, cells

_FLOAT: Final = ctypes.sizeof(ctypes.c_float)
_FIRST_ROW: Final = 0


@dataclass(frozen=True, slots=True)
class Experience:
    """What a loaded model's generations have learned of batches.

    Attributes:
        payoff: What they cost.
        sameness: Where they are as good as single tokens.
    """

    payoff: Payoff = field(default_factory=Payoff)
    sameness: Sameness = field(default_factory=Sameness)


@dataclass(slots=True)
class _Trial:
    """A batch that was evaluated, taken back, and is compared with single tokens."""

    tokens: list[int]
    logits: list[bytes]
    block: int
    row: int = 0


class Speculation:
    """One continuation's way through the cache.

    Attributes:
        drafted: Drafted tokens that were evaluated to be used.
        accepted: Of these, tokens that the sampler chose.
    """

    def __init__(
        self,
        context: ll.llama_context_p,
        cache: Cache,
        experience: Experience,
        *,
        vocabulary: int,
        exact: bool,
    ) -> None:
        """Begins behind the prompt, which is in sequence 0, the only one.

        Args:
            context: llama.cpp's context.
            cache: What is in it; it must be able to forget its last tokens.
            experience: What earlier generations have learned.
            vocabulary: Logits of a token.
            exact: Whether the text must be the same as without drafts.
        """
        self.drafted = 0
        self.accepted = 0
        self._context = context
        self._cache = cache
        self._payoff = experience.payoff
        self._sameness = experience.sameness
        self._row_bytes = vocabulary * _FLOAT
        self._exact = exact
        self._luck = Luck()
        self._index = DraftIndex(cache.tokens)
        self._match: Match | None = None
        self._pending: list[int] = []
        self._row = 0
        self._trial: _Trial | None = None

    @property
    def free(self) -> int:
        """Tokens that still fit; a draft takes no room from what is written."""
        return self._cache.free + len(self._pending)

    def advance(self, token: int) -> int:
        """Sees to the logits behind a token, the one that was chosen last.

        Returns:
            Their index in the last batch.

        Raises:
            EvaluationCancelledError: The cancel flag is set.
            UserError: `ErrorCode.OUT_OF_MEMORY`.
        """
        self._learn(token)
        if self._pending and self._pending[0] == token:
            del self._pending[0]
            self.accepted += 1
            self._row += 1
            return self._row
        self.settle()
        draft = self._draft()
        if draft and self._usable(len(draft) + 1):
            self._evaluate([token, *draft])
            self._pending = draft
            self.drafted += len(draft)
        else:
            if draft:
                self._try([token, *draft])
            self._evaluate([token])
            self._compare(token)
        self._row = _FIRST_ROW
        return self._row

    def settle(self) -> None:
        """Takes what was drafted and not chosen out of the cache."""
        if self._pending:
            self._cache.truncate(len(self._cache.tokens) - len(self._pending))
            self._pending = []

    def _learn(self, token: int) -> None:
        """What the lookup was worth; then looks up what follows the token."""
        match, index = self._match, self._index
        if match is not None:
            self._luck.met(match.length, hit=index.draft(match, 1) == [token])
        index.add(token)
        self._match = index.find()

    def _draft(self) -> list[int]:
        """Tokens to evaluate together with the last one; none where that is no gain."""
        match = self._match
        if match is None or self._trial is not None:
            return []
        rows = self._payoff.best(self._choice(), self._luck, match.length)
        return self._index.draft(match, rows - 1) if rows else []

    def _usable(self, rows: int) -> bool:
        """Whether a batch may be kept; otherwise it is a trial."""
        known = self._sameness.known(rows, self._block(rows))
        return not self._exact or bool(known)

    def _choice(self) -> list[int]:
        """Numbers of rows that come into question.

        Where the same bits are wanted, all rows must lie in one block of cells, and
        the cells must be as many as the tokens.
        """
        cache = self._cache
        most = min(cache.free, cache.batch_tokens)
        choice = [rows for rows in ROWS if rows <= most]
        if not self._exact:
            return choice
        if not cache.gapless:
            return []
        block, known = self._block(1), self._sameness.known
        return [
            rows
            for rows in choice
            if self._block(rows) == block and known(rows, block) is not False
        ]

    def _block(self, rows: int) -> int:
        return cells(len(self._cache.tokens) + rows)

    def _try(self, tokens: list[int]) -> None:
        """Evaluates a batch that may not be kept, for comparison."""
        block = self._block(len(tokens))
        self._sameness.tries(len(tokens), block)
        self._evaluate(tokens)
        logits = [self._logits(row) for row in range(len(tokens))]
        self._trial = _Trial(tokens, logits, block)
        self._cache.truncate(len(self._cache.tokens) - len(tokens))

    def _compare(self, token: int) -> None:
        """Holds the logits of a single token against those of the trial."""
        trial = self._trial
        if trial is None:
            return
        rows, row = len(trial.tokens), trial.row
        if token != trial.tokens[row]:
            self._trial = None
            return
        same = self._logits(_FIRST_ROW) == trial.logits[row]
        self._sameness.compared(rows, trial.block, row, same=same)
        trial.row += 1
        if not same or trial.row == rows:
            self._trial = None

    def _logits(self, row: int) -> bytes:
        pointer = ll.llama_get_logits_ith(self._context, row)
        return ctypes.string_at(pointer, self._row_bytes)

    def _evaluate(self, tokens: list[int]) -> None:
        """Evaluates, with logits for all, and takes the time."""
        started = perf_counter()
        if len(tokens) == 1:
            self._cache.append(tokens[0])
        else:
            self._cache.evaluate(tokens, logits=len(tokens))
        # A card works on while the processor goes on. Sampling would wait for it too.
        ll.llama_synchronize(self._context)
        self._payoff.took(len(tokens), perf_counter() - started)
