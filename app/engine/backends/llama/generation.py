"""The loop that reads a prompt and writes token by token."""

import time
from collections.abc import Generator, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import replace

import msgspec

from app.domain.generation import FinishReason
from app.engine.backend import CancelFlag, GenerationEvent
from app.engine.backends.llama.cache import MOST_CANDIDATES, EvaluationCancelledError
from app.engine.backends.llama.candidate import Candidate
from app.engine.backends.llama.model import Model
from app.engine.backends.llama.reading import Reader
from app.engine.backends.llama.steps import Steps
from app.engine.protocol import Finished, Generate

_LAST = -1


class Generation:
    """The continuations of one prompt: one, or several at the same time."""

    def __init__(
        self,
        command: Generate,
        model: Model,
        reader: Reader,
        *,
        cancelled: CancelFlag,
    ) -> None:
        self._command = command
        self._model = model
        self._cache = model.cache
        self._reader = reader
        self._cancelled = cancelled

    def run(self, started: float) -> Iterator[GenerationEvent]:
        """Yields what happens, `Finished` last.

        Args:
            started: `time.perf_counter()` at the command's arrival.

        Raises:
            UserError: The prompt does not fit, or the sampling makes no sense.
        """
        with ExitStack() as stack:
            candidates = [
                stack.enter_context(candidate) for candidate in self._candidates()
            ]
            reading = yield from self._reader.read(self._command)
            for candidate in candidates:
                candidate.remember(reading.tokens)
            ready = time.perf_counter()
            drafts = (0, 0)
            if reading.complete:
                drafts = yield from self._write(candidates)
            reasons = [c.reason or FinishReason.CANCELLED for c in candidates]
            usage = replace(
                reading.usage(ready - started),
                generated_tokens=sum(c.generated for c in candidates),
                generate_seconds=time.perf_counter() - ready,
                seed=candidates[0].seed,
                drafted_tokens=drafts[0],
                accepted_tokens=drafts[1],
            )
            several = self._command.candidates > 1
            yield Finished(
                self._command.id, reasons[0], usage, tuple(reasons) if several else ()
            )

    def _candidates(self) -> Iterator[Candidate]:
        """As many as are asked for and possible, each with the seed after the last."""
        command = self._command
        most = MOST_CANDIDATES if self._cache.has_sequences else 1
        for number in range(max(1, min(command.candidates, most))):
            candidate = Candidate(number, command, self._model)
            sampling = replace(command.sampling, seed=candidate.seed + 1)
            command = msgspec.structs.replace(command, sampling=sampling)
            yield candidate

    def _write(
        self, candidates: Sequence[Candidate]
    ) -> Generator[GenerationEvent, None, tuple[int, int]]:
        """Samples until something ends every candidate.

        A candidate without a reason afterwards was cancelled.

        Returns:
            How many tokens were drafted, and how many of these accepted.
        """
        first, *others = candidates
        if others:
            yield from self._write_together(candidates)
            return 0, 0
        sampling = self._command.sampling
        settled = sampling.seed is not None or sampling.temperature <= 0
        steps = self._model.steps(settled=settled)
        try:
            if first.reason is None:
                yield from self._write_alone(first, steps)
        finally:
            steps.settle()
        return steps.drafted, steps.accepted

    def _write_alone(
        self, candidate: Candidate, steps: Steps
    ) -> Iterator[GenerationEvent]:
        """Writes the only candidate."""
        index = _LAST
        while True:
            token = candidate.choose(index)
            yield from candidate.write(token)
            if candidate.reason is None and not steps.free:
                candidate.reason = FinishReason.CONTEXT_FULL
            if candidate.reason is not None or self._cancelled.is_set():
                return
            try:
                index = steps.advance(token)
            except EvaluationCancelledError:
                return

    def _write_together(
        self, candidates: Sequence[Candidate]
    ) -> Iterator[GenerationEvent]:
        """Writes all candidates, a token of each at a time."""
        self._cache.fork(len(candidates))
        # At first all go on from the prompt's last token.
        going = [(c, _LAST) for c in candidates if c.reason is None]
        while going:
            chosen: dict[int, int] = {}
            for candidate, index in going:
                token = candidate.choose(index)
                yield from candidate.write(token)
                if candidate.reason is None and len(chosen) == self._cache.free:
                    candidate.reason = FinishReason.CONTEXT_FULL
                if candidate.reason is None:
                    chosen[candidate.number] = token
            if not chosen or not self._evaluate(chosen):
                return
            going = [(candidates[n], index) for index, n in enumerate(chosen)]

    def _evaluate(self, tokens: dict[int, int]) -> bool:
        """Whether it was done; False when it was cancelled."""
        if self._cancelled.is_set():
            return False
        try:
            self._cache.evaluate_each(tokens)
        except EvaluationCancelledError:
            return False
        return True
