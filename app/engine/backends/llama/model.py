"""A loaded model: weights, vocabulary, context, and what has been evaluated in it."""

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Final

from llama_cpp import llama_cpp as ll

from app.domain.errors import ErrorCode, UserError
from app.domain.generation import Segment
from app.domain.hardware import Placement
from app.engine.backend import CancelFlag
from app.engine.backends.llama.cache import SEQUENCES, Cache
from app.engine.backends.llama.description import (
    chat_template,
    check_writes_text,
    describe,
)
from app.engine.backends.llama.loading import Weights, make_context
from app.engine.backends.llama.native import NativeLog, abort_when_text
from app.engine.backends.llama.payoff import MOST_ROWS
from app.engine.backends.llama.speculation import Experience, Speculation
from app.engine.backends.llama.steps import SingleSteps, Steps
from app.engine.backends.llama.vocabulary import Vocabulary
from app.engine.processors import decoding_threads, thread_count
from app.engine.protocol import Load
from app.engine.templates.chat_prompts import ChatPrompts

_BF16: Final = 30
"""ggml.h's `GGML_TYPE_BF16`, which llama_cpp does not name."""
_KEY_AND_VALUE_BYTES: Final = 4
_UNQUANTIZED: Final = {ll.GGML_TYPE_F32, ll.GGML_TYPE_F16, _BF16}


class Model:
    """Weights, vocabulary and context of one GGUF file.

    Attributes:
        info: What the file says of itself and how it is run.
        vocabulary: Its tokens.
        context: llama.cpp's context, for sampling.
        window: Tokens that fit.
        cache: The tokens whose keys and values are there.
        key_type: ggml's number for the type of the keys in the cache.
        value_type: The same of the values.
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
        self._speculation: Final = command.speculation
        self._experience: Final = Experience()
        self._abort = abort_when_text()
        with ExitStack() as made:
            self._weights = Weights(
                command, placement, progress, cancelled=cancelled, log=log
            )
            made.callback(self._weights.close)
            self._model = self._weights.handle
            threads = command.threads or decoding_threads(self._weights.size)
            placement = replace(placement, threads=threads)
            check_writes_text(self._model)
            self.vocabulary: Final = Vocabulary(self._model)
            self._chat: Final = self._chat_prompts()
            self.window: Final = self._choose_window(command.context)
            self.context: Final = self._make_context(command.threads, placement)
            made.callback(ll.llama_free, self.context)
            self.cache: Final = Cache(
                self.context,
                log,
                cancelled=cancelled,
                window=self.window,
                can_shift=self._can_shift(),
            )
            self.info: Final = describe(
                self._model,
                Path(command.path),
                self.vocabulary,
                chat=self._chat,
                cache=self.cache,
                placement=placement,
            )
            self._made: Final = made.pop_all()

    def close(self) -> None:
        """Frees everything; the object must not be used afterwards."""
        self._made.close()

    def tokenize(self, prompt: Sequence[Segment]) -> list[int]:
        """The ids of a prompt, which may be the messages of a chat.

        Raises:
            UserError: The chat template refuses the chat, or the model has no such
                control token.
        """
        if any(segment.speaker for segment in prompt):
            if self._chat is None:
                detail = "messages for a model without a chat template"
                raise UserError(ErrorCode.PROTOCOL, detail)
            prompt = self._chat.segments(prompt)
        return self.vocabulary.with_start(self.vocabulary.tokenize(prompt))

    def steps(self, *, settled: bool) -> Steps:
        """The way of a continuation of what is in the cache: with drafts or without.

        Args:
            settled: Whether there is only one right text, by greedy sampling or by a
                seed that was asked for.
        """
        wish, experience = self._speculation, self._experience
        exact = settled and wish is None
        hopeless = exact and experience.sameness.hopeless(len(self.cache.tokens))
        if wish is False or hopeless or not self.keeps_stretches:
            return SingleSteps(self.cache)
        return Speculation(
            self.context,
            self.cache,
            experience,
            vocabulary=self.vocabulary.size,
            exact=exact,
        )

    @property
    def keeps_stretches(self) -> bool:
        """Whether the cache has every token by itself, so that parts can be copied.

        Not so in a recurrent model, nor where layers forget what is far away.
        """
        forgets = ll.llama_model_n_swa(self._model) > 0
        return self.cache.has_sequences and not forgets

    @property
    def token_bytes(self) -> int:
        """What a token's keys and values take, about: of 16 bits, heads being equal."""
        model = self._model
        heads = max(1, ll.llama_model_n_head(model))
        head = ll.llama_model_n_embd(model) // heads
        layer = _KEY_AND_VALUE_BYTES * head * ll.llama_model_n_head_kv(model)
        size: int = layer * ll.llama_model_n_layer(model)
        return size

    def _chat_prompts(self) -> ChatPrompts | None:
        """What writes chats down; None for MOSS's models and for base models."""
        template = chat_template(self._model)
        if not template:
            return None
        specials = self.vocabulary.special_texts()
        return ChatPrompts(template, specials, self.vocabulary.markers.segments)

    def _make_context(
        self, threads: int | None, placement: Placement
    ) -> ll.llama_context_p:
        """A context with room for the logits of each sequence, or of a draft."""
        parameters = ll.llama_context_default_params()
        parameters.n_ctx = self.window
        # All sequences share one cache. A recurrent model has a state for each.
        parameters.n_seq_max = 1 if self._is_recurrent() else SEQUENCES
        parameters.kv_unified = True
        # By default logits for a whole batch: 219 MB with MOSS's vocabulary.
        parameters.n_outputs_max = max(parameters.n_seq_max, MOST_ROWS)
        parameters.n_threads_batch = threads or thread_count()
        parameters.n_threads = placement.threads
        parameters.no_perf = True
        parameters.abort_callback = self._abort
        parameters.abort_callback_data = self._cancelled.address
        context = make_context(self._weights, placement, parameters, log=self._log)
        self.key_type: int = parameters.type_k
        self.value_type: int = parameters.type_v
        return context

    def _is_recurrent(self) -> bool:
        """Whether it keeps a state in which tokens cannot be told apart."""
        kinds = (ll.llama_model_is_recurrent, ll.llama_model_is_hybrid)
        return any(kind(self._model) for kind in kinds)

    def _can_shift(self) -> bool:
        """Whether keys can be moved to other places.

        Not when they are quantized: llama.cpp 0.3.36 of llama-cpp-python then ends the
        process where it shifts. It undoes a rotation as wide as a head on the `n_rot`
        first numbers of it, or one that is not there (`build_rope_shift`).
        """
        memory = ll.llama_get_memory(self.context)
        return (
            ll.llama_memory_can_shift(memory)
            and self.key_type in _UNQUANTIZED
            and not self._is_recurrent()
        )

    def _choose_window(self, wanted: int | None) -> int:
        """What was asked for, within what the model was trained on."""
        trained: int = ll.llama_model_n_ctx_train(self._model)
        return trained if wanted is None else min(wanted, trained)
