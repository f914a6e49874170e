"""The loop that reads a prompt and writes token by token."""

import time
from collections.abc import Generator, Iterator, Sequence

from app.domain.generation import FinishReason, Usage
from app.engine.backend import CancelFlag, GenerationEvent
from app.engine.backends.llama.model import EvaluationCancelledError, Model
from app.engine.backends.llama.sampler import Sampler
from app.engine.protocol import (
    ControlToken,
    Finished,
    Generate,
    PromptProgress,
    TextDelta,
)
from app.engine.text import StopMatcher, TextDecoder


class Generation:
    """One continuation of one prompt.

    A character that the end cuts in half (the token limit, the window's end, a
    cancel) is left out; one that a control token cuts becomes U+FFFD.
    """

    def __init__(
        self,
        command: Generate,
        model: Model,
        sampler: Sampler,
        *,
        cancelled: CancelFlag,
    ) -> None:
        self._id = command.id
        self._most = command.sampling.max_tokens
        self._model = model
        self._sampler = sampler
        self._cancelled = cancelled
        self._stop = StopMatcher(command.stop, model.vocabulary.control_id)
        self._text = TextDecoder()
        self._generated = 0

    def run(self, prompt: Sequence[int], started: float) -> Iterator[GenerationEvent]:
        """Yields what happens, `Finished` last.

        Args:
            prompt: Ids of at least one and at most a window of tokens.
            started: `time.perf_counter()` at the command's arrival.
        """
        cached = self._model.keep_common_prefix(prompt)
        self._sampler.remember(prompt)
        reason = yield from self._read(prompt)
        ready = time.perf_counter()
        if reason is None:
            reason = yield from self._write()
        usage = Usage(
            prompt_tokens=len(prompt),
            cached_tokens=cached,
            generated_tokens=self._generated,
            prompt_seconds=ready - started,
            generate_seconds=time.perf_counter() - ready,
            seed=self._sampler.seed,
        )
        yield Finished(self._id, reason, usage)

    def _read(
        self, prompt: Sequence[int]
    ) -> Generator[GenerationEvent, None, FinishReason | None]:
        """Evaluates what is not cached, a batch at a time."""
        model, total = self._model, len(prompt)
        while (done := len(model.evaluated)) < total:
            yield PromptProgress(self._id, done, total)
            part = prompt[done : done + model.batch_tokens]
            if not self._evaluate(part, logits=done + len(part) == total):
                return FinishReason.CANCELLED
        yield PromptProgress(self._id, total, total)
        return None

    def _write(self) -> Generator[GenerationEvent, None, FinishReason]:
        """Samples tokens until something ends it."""
        model = self._model
        while self._generated < self._most:
            token = self._sampler.sample(model.context)
            self._generated += 1
            yield from self._report(token)
            if self._stop.ends_at(token) or model.vocabulary.ends_generation(token):
                return FinishReason.STOP
            if self._generated == self._most:
                break
            if len(model.evaluated) == model.window:
                return FinishReason.CONTEXT_FULL
            if not self._evaluate((token,)):
                return FinishReason.CANCELLED
        return FinishReason.LENGTH

    def _report(self, token: int) -> Iterator[GenerationEvent]:
        """A token as events: none when it only begins a character."""
        control = self._model.vocabulary.control_text(token)
        if control is None:
            text = self._text.feed(self._model.vocabulary.piece(token))
        else:
            text = self._text.finish()
        if text:
            self._stop.wrote(text)
            yield TextDelta(self._id, text)
        if control is not None:
            yield ControlToken(self._id, control)

    def _evaluate(self, tokens: Sequence[int], *, logits: bool = True) -> bool:
        """Whether it was done; False when it was cancelled."""
        if self._cancelled.is_set():
            return False
        try:
            self._model.evaluate(tokens, logits=logits)
        except EvaluationCancelledError:
            return False
        return True
