"""A loaded model and the one sequence of tokens it has evaluated."""

import ctypes
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from llama_cpp import llama_cpp as ll

from app.domain.errors import ErrorCode, UserError
from app.domain.hardware import Placement
from app.engine.backend import CancelFlag
from app.engine.backends.llama.description import describe
from app.engine.backends.llama.loading import Weights, make_context
from app.engine.backends.llama.native import NativeLog, abort_when_text
from app.engine.backends.llama.vocabulary import Vocabulary
from app.engine.processors import decoding_threads, thread_count
from app.engine.protocol import Load
from app.engine.text import common_prefix

_ABORTED: Final = 2
_ALLOCATION_FAILED: Final = -2


class EvaluationCancelledError(Exception):
    """The cancel flag ended an evaluation; what was done until then is kept."""


class Model:
    """Weights, vocabulary and context of one GGUF file.

    Attributes:
        info: What the file says of itself and how it is run.
        vocabulary: Its tokens.
        context: llama.cpp's context, for sampling.
        window: Tokens that fit.
        evaluated: The tokens whose keys and values are in the cache, in order.
    """

    def __init__(
        self,
        command: Load,
        placement: Placement,
        progress: Callable[[float], None],
        *,
        cancelled: CancelFlag,
        log: NativeLog,
    ) -> None:
        """Loads.

        Raises:
            UserError: What stands in the way; nothing is kept in memory then.
        """
        self._log = log
        self._cancelled = cancelled
        self._abort = abort_when_text()
        self._weights = Weights(
            command, placement, progress, cancelled=cancelled, log=log
        )
        self._model = self._weights.handle
        threads = command.threads or decoding_threads(self._weights.size)
        placement = replace(placement, threads=threads)
        try:
            self.vocabulary: Final = Vocabulary(self._model)
            self.window: Final = self._choose_window(command.context)
            self.context: Final = self._make_context(command.threads, placement)
        except BaseException:
            self._weights.close()
            raise
        self._memory = ll.llama_get_memory(self.context)
        self._batch = _Batch(ll.llama_n_batch(self.context))
        self.evaluated: list[int] = []
        self.info: Final = describe(
            self._model,
            Path(command.path),
            self.vocabulary,
            window=self.window,
            placement=placement,
        )

    def close(self) -> None:
        """Frees everything; the object must not be used afterwards."""
        ll.llama_free(self.context)
        self._weights.close()

    def keep_common_prefix(self, tokens: Sequence[int]) -> int:
        """Drops what the cache holds beyond its common beginning with `tokens`.

        The last token is evaluated again in any case: its logits are needed.

        Returns:
            How many of `tokens` need no evaluation.
        """
        kept = common_prefix(self.evaluated, tokens[:-1])
        if not ll.llama_memory_seq_rm(self._memory, 0, kept, -1):
            # Recurrent models cannot forget a part.
            ll.llama_memory_clear(self._memory, 0)
            kept = 0
        del self.evaluated[kept:]
        return kept

    @property
    def batch_tokens(self) -> int:
        """Most tokens that `evaluate` takes."""
        return self._batch.room

    def evaluate(self, tokens: Sequence[int], *, logits: bool = True) -> None:
        """Appends tokens to the cache.

        Args:
            tokens: At most `batch_tokens`, and no more than the window has left.
            logits: Whether the last token's logits are wanted.

        Raises:
            EvaluationCancelledError: The cancel flag is set.
            UserError: `ErrorCode.OUT_OF_MEMORY`.
        """
        batch = self._batch.fill(tokens, len(self.evaluated), logits=logits)
        result = ll.llama_decode(self.context, batch)
        if result == 0:
            self.evaluated += tokens
            return
        # Parts of the batch may be in the cache; on our books none of it is.
        ll.llama_memory_seq_rm(self._memory, 0, len(self.evaluated), -1)
        if result == _ABORTED:
            raise EvaluationCancelledError
        if result == _ALLOCATION_FAILED:
            raise UserError(ErrorCode.OUT_OF_MEMORY, self._log.last_error())
        msg = f"llama_decode returned {result}: {self._log.last_error()}"
        raise RuntimeError(msg)

    def _make_context(
        self, threads: int | None, placement: Placement
    ) -> ll.llama_context_p:
        """A context for one sequence, with room for one token's logits."""
        parameters = ll.llama_context_default_params()
        parameters.n_ctx = self.window
        parameters.n_seq_max = 1
        # By default logits for a whole batch: 219 MB with MOSS's vocabulary.
        parameters.n_outputs_max = 1
        parameters.n_threads_batch = threads or thread_count()
        parameters.n_threads = placement.threads
        parameters.no_perf = True
        parameters.abort_callback = self._abort
        parameters.abort_callback_data = self._cancelled.address
        return make_context(self._weights, placement, parameters, log=self._log)

    def _choose_window(self, wanted: int | None) -> int:
        """What was asked for, within what the model was trained on."""
        trained: int = ll.llama_model_n_ctx_train(self._model)
        return trained if wanted is None else min(wanted, trained)


class _Batch:
    """llama.cpp's input for one sequence, allocated once."""

    def __init__(self, room: int) -> None:
        self.room: Final = room
        self._tokens = (ll.llama_token * room)()
        self._positions = (ll.llama_pos * room)()
        self._logits = (ctypes.c_int8 * room)()
        self._sequence = (ll.llama_seq_id * 1)(0)
        pointer = ctypes.POINTER(ll.llama_seq_id)
        one = ctypes.cast(self._sequence, pointer)
        self._native = ll.llama_batch(
            token=self._tokens,
            pos=self._positions,
            n_seq_id=(ctypes.c_int32 * room)(*[1] * room),
            seq_id=(pointer * room)(*[one] * room),
            logits=self._logits,
        )

    def fill(
        self, tokens: Sequence[int], position: int, *, logits: bool
    ) -> ll.llama_batch:
        """The batch for tokens that begin at a position."""
        count = len(tokens)
        self._tokens[:count] = list(tokens)
        self._positions[:count] = list(range(position, position + count))
        ctypes.memset(self._logits, 0, count)
        self._logits[count - 1] = logits
        self._native.n_tokens = count
        return self._native
