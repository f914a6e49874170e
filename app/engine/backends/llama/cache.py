"""The sequences of tokens whose keys and values llama.cpp holds.

The only place that changes llama.cpp's memory, so that what is on our books is what is
there, at every moment: after a stop in the middle of a batch too.

Sequence 0 is the chat. Others exist while several candidates of an answer are written;
they share the cells of what they have in common. One more is never seen from outside:
blocks of keys and values come and go through it (`copy_out`, `copy_in`).
"""

import ctypes
from collections.abc import Mapping, Sequence
from typing import Final, NoReturn

from llama_cpp import llama_cpp as ll

from app.domain.errors import ErrorCode, UserError
from app.engine.backend import CancelFlag
from app.engine.backends.llama.batch import Batch, Placed
from app.engine.backends.llama.native import NativeLog
from app.engine.reuse import Plan

MOST_CANDIDATES: Final = 4
SEQUENCES: Final = MOST_CANDIDATES + 1
_SCRATCH: Final = MOST_CANDIDATES
_ABORTED: Final = 2
_ALLOCATION_FAILED: Final = -2
_ALL: Final = -1
_KEEP_DATA: Final = False
_SHIFT_FAILED: Final = "K-shift"


class EvaluationCancelledError(Exception):
    """The cancel flag ended an evaluation; what was done until then is kept."""


class Cache:
    """What has been evaluated.

    Attributes:
        window: Tokens that fit, those of all sequences together.
        can_shift: Whether runs of tokens can be moved.
        has_sequences: Whether there can be others than sequence 0.
    """

    def __init__(
        self,
        context: ll.llama_context_p,
        log: NativeLog,
        *,
        cancelled: CancelFlag,
        window: int,
        can_shift: bool,
    ) -> None:
        """Takes a new context, which nothing has been evaluated in.

        Args:
            context: llama.cpp's context.
            log: What it logs.
            cancelled: What ends an evaluation.
            window: Tokens that may be put into it.
            can_shift: Whether model and type of the cache allow to move tokens.
        """
        self.window: Final = window
        self.can_shift: Final = can_shift
        self.has_sequences: Final = ll.llama_n_seq_max(context) == SEQUENCES
        self._context = context
        self._memory = ll.llama_get_memory(context)
        self._log = log
        self._cancelled = cancelled
        self._batch = Batch(ll.llama_n_batch(context), SEQUENCES)
        self._sequences: list[list[int]] = [[]]
        self._shared = 0
        self._shift_pending = False
        self._moved_from: int | None = None
        self._gaps_from: int | None = None

    @property
    def batch_tokens(self) -> int:
        """Most tokens that `evaluate` takes."""
        return self._batch.room

    @property
    def tokens(self) -> Sequence[int]:
        """Those of sequence 0, in order."""
        return self._sequences[0]

    @property
    def sequences(self) -> Sequence[Sequence[int]]:
        """The tokens of every sequence."""
        return self._sequences

    @property
    def free(self) -> int:
        """Tokens that still fit."""
        shared_again = self._shared * (len(self._sequences) - 1)
        return self.window - sum(map(len, self._sequences)) + shared_again

    @property
    def exact(self) -> int:
        """How many tokens of sequence 0 are as if they had been evaluated afresh.

        What was moved, and all that was evaluated after it, still knows of turns that
        are not there any more.
        """
        return len(self.tokens) if self._moved_from is None else self._moved_from

    @property
    def gapless(self) -> bool:
        """Whether the tokens of sequence 0, the only one, lie in the first cells.

        Tokens that were moved and candidates that are gone have left free cells
        between others. Attention then looks at more cells than there are tokens.
        """
        return self._gaps_from is None

    @property
    def settled(self) -> bool:
        """Whether all keys are where they belong; moved ones first need a batch."""
        return not self._shift_pending

    def clear(self) -> None:
        """Forgets everything."""
        ll.llama_memory_clear(self._memory, _KEEP_DATA)
        self._sequences, self._shared = [[]], 0
        self._shift_pending = False
        self._moved_from = self._gaps_from = None

    def keep(self, plan: Plan) -> None:
        """Drops what a plan does not keep, and moves what it moves.

        Where llama.cpp cannot forget a part (recurrent models), nothing is kept.

        Args:
            plan: Made for sequence 0, which must be the only one; it moves tokens only
                where `can_shift`.
        """
        end = 0
        for run in plan.runs:
            if run.source > end:
                self._remove(end, run.source)
            end = run.source + run.length
        if not self._remove(end, _ALL):
            self.clear()
            return
        self._forget_from(sum(r.length for r in plan.runs if r.source == r.target))
        for run in plan.runs:
            if run.source != run.target:
                end = run.source + run.length
                shift = run.target - run.source
                ll.llama_memory_seq_add(self._memory, 0, run.source, end, shift)
                self._shift_pending = True
                self._note_moved(run.target)
                self._note_gap(run.target)
        self._sequences[0] = list(plan.tokens[: plan.kept])

    def truncate(self, length: int) -> None:
        """Keeps at most so many tokens of sequence 0, which must be the only one."""
        kept = tuple(self.tokens[:length])
        if self._remove(len(kept), _ALL):
            self._sequences[0] = list(kept)
            self._forget_from(len(kept))
        else:
            self.clear()

    def evaluate(self, tokens: Sequence[int], *, logits: int = 1) -> None:
        """Appends tokens to sequence 0.

        Args:
            tokens: At most `batch_tokens`, and no more than there is room for.
            logits: How many of the last tokens' logits are wanted; they are then at
                the indices of these tokens.

        Raises:
            EvaluationCancelledError: The cancel flag is set.
            UserError: `ErrorCode.OUT_OF_MEMORY`.
        """
        if self._shift_pending and len(tokens) > 1:
            # The first batch moves the keys, and no stop is heard meanwhile: so it is
            # a small one.
            self.evaluate(tokens[:1], logits=False)
            tokens = tokens[1:]
        self._decode(self._batch.fill(tokens, len(self.tokens), logits=logits))
        self._sequences[0] += tokens

    def append(self, token: int) -> None:
        """Appends one token to sequence 0; its logits are then at index 0.

        Raises:
            EvaluationCancelledError: The cancel flag is set.
            UserError: `ErrorCode.OUT_OF_MEMORY`.
        """
        tokens = self._sequences[0]
        self._decode(self._batch.fill_one(token, len(tokens)))
        tokens.append(token)

    def evaluate_each(self, tokens: Mapping[int, int]) -> None:
        """Appends one token to each of several sequences, in one batch.

        Args:
            tokens: By sequence; the logits of the n-th are then at index n.

        Raises:
            EvaluationCancelledError: The cancel flag is set.
            UserError: `ErrorCode.OUT_OF_MEMORY`.
        """
        placed = [
            Placed(token, len(self._sequences[sequence]), sequence)
            for sequence, token in tokens.items()
        ]
        try:
            self._decode(self._batch.fill_each(placed))
        finally:
            self._batch.reset()
        for sequence, token in tokens.items():
            self._sequences[sequence].append(token)

    def fork(self, count: int) -> None:
        """Makes sequence 0, the only one, `count` sequences that share its cells."""
        self._shared = len(self.tokens)
        for sequence in range(1, count):
            ll.llama_memory_seq_cp(self._memory, 0, sequence, _ALL, _ALL)
            self._sequences.append(list(self.tokens))

    def adopt(self, sequence: int) -> None:
        """Makes a sequence the only one, with the number 0."""
        if len(self._sequences) > 1:
            self._note_gap(self._shared)
        if sequence:
            self._remove(0, _ALL)
            ll.llama_memory_seq_cp(self._memory, sequence, 0, _ALL, _ALL)
        for other in range(1, len(self._sequences)):
            ll.llama_memory_seq_rm(self._memory, other, _ALL, _ALL)
        self._sequences, self._shared = [self._sequences[sequence]], 0

    def copy_out(self, start: int, end: int) -> bytearray:
        """Keys and values of a stretch of sequence 0, in llama.cpp's own form.

        Only while the cache is `settled` and `has_sequences`. Empty when llama.cpp
        refuses.
        """
        ll.llama_memory_seq_cp(self._memory, 0, _SCRATCH, start, end)
        try:
            size = ll.llama_state_seq_get_size(self._context, _SCRATCH)
            data = bytearray(size)
            pointer = (ctypes.c_uint8 * size).from_buffer(data)
            got = ll.llama_state_seq_get_data(self._context, pointer, size, _SCRATCH)
        finally:
            ll.llama_memory_seq_rm(self._memory, _SCRATCH, _ALL, _ALL)
        return data if got == size else bytearray()

    def copy_in(self, data: memoryview, tokens: Sequence[int], *, exact: bool) -> bool:
        """Appends a stretch that `copy_out` gave, to sequence 0, the only one.

        Args:
            data: What `copy_out` gave.
            tokens: The stretch's tokens; it was copied from where it is put.
            exact: Whether it was `exact` there.

        Returns:
            False when llama.cpp does not take it; nothing has changed then.
        """
        start = len(self.tokens)
        end = start + len(tokens)
        pointer = (ctypes.c_uint8 * len(data)).from_buffer(data)
        size = ll.llama_state_seq_set_data(self._context, pointer, len(data), _SCRATCH)
        found = (
            ll.llama_memory_seq_pos_min(self._memory, _SCRATCH),
            ll.llama_memory_seq_pos_max(self._memory, _SCRATCH),
        )
        fits = size == len(data) and found == (start, end - 1)
        if fits:
            ll.llama_memory_seq_cp(self._memory, _SCRATCH, 0, start, end)
            self._sequences[0] += tokens
            if not exact:
                self._note_moved(start)
        ll.llama_memory_seq_rm(self._memory, _SCRATCH, _ALL, _ALL)
        return fits

    def _note_moved(self, start: int) -> None:
        """From here on nothing is exact."""
        self._moved_from = min(self.exact, start)

    def _note_gap(self, start: int) -> None:
        """From here on tokens may lie behind free cells."""
        known = self._gaps_from
        self._gaps_from = start if known is None else min(known, start)

    def _forget_from(self, end: int) -> None:
        """What is not exact, and gaps, are gone if they were all behind `end`."""
        if self._moved_from is not None and self._moved_from >= end:
            self._moved_from = None
        if self._gaps_from is not None and self._gaps_from >= end:
            self._gaps_from = None

    def _remove(self, start: int, end: int) -> bool:
        """Takes a stretch out of sequence 0; false when llama.cpp cannot."""
        done: bool = ll.llama_memory_seq_rm(self._memory, 0, start, end)
        return done

    def _decode(self, batch: ll.llama_batch) -> None:
        """Evaluates a batch; what fails leaves nothing of it behind."""
        self._log.clear()
        if self._shift_pending:
            result = self._decode_moving(batch)
        else:
            result = ll.llama_decode(self._context, batch)
        if result:
            self._clean_up(result)

    def _decode_moving(self, batch: ll.llama_batch) -> int:
        """Evaluates a batch before which llama.cpp moves keys; llama.cpp's result."""
        self._shift_pending = False
        with self._cancelled.hidden():
            result: int = ll.llama_decode(self._context, batch)
        if _SHIFT_FAILED not in self._log.problems():
            return result
        # Some layers' keys have been moved and others have not.
        self.clear()
        return result or _ALLOCATION_FAILED

    def _clean_up(self, result: int) -> NoReturn:
        """Takes back what is there of a batch that failed, and says why it did."""
        for sequence, tokens in enumerate(self._sequences):
            # Parts of the batch may be in the cache; on our books none of it is.
            ll.llama_memory_seq_rm(self._memory, sequence, len(tokens), _ALL)
        if result == _ABORTED:
            raise EvaluationCancelledError
        if result == _ALLOCATION_FAILED:
            raise UserError(ErrorCode.OUT_OF_MEMORY, self._log.last_error())
        self.clear()
        msg = f"llama_decode returned {result}: {self._log.last_error()}"
        raise RuntimeError(msg)
