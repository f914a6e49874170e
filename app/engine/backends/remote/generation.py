"""One continuation of one prompt by a server."""

import secrets
import time
from collections.abc import Callable, Generator, Iterator
from typing import Final, assert_never

from app.domain.errors import ErrorCode, UserError
from app.domain.generation import FinishReason, Segment, Usage
from app.engine import sampling
from app.engine.backend import CancelFlag, GenerationEvent
from app.engine.backends.remote.dialect import (
    Dialect,
    Encoded,
    Ended,
    Marked,
    Piece,
    Read,
    Wrote,
)
from app.engine.backends.remote.exchange import Server
from app.engine.backends.remote.failures import RequestCancelledError
from app.engine.backends.remote.stops import Stops
from app.engine.protocol import (
    ControlToken,
    Finished,
    Generate,
    PromptProgress,
    TextDelta,
)

_DONE: Final = b"[DONE]"
_SEEDS: Final = 2**31


class Generation:
    """Asks a server and says what it writes.

    Tokens are counted as they come; a server that puts several into one piece is
    counted short. However many candidates are wanted, one is written.

    Args:
        command: What is wanted.
        server: Who is asked.
        dialect: How.
        encode: Makes a prompt what the dialect takes.
        cancelled: Ends it.
        context: Tokens of the window.
    """

    def __init__(
        self,
        command: Generate,
        server: Server,
        dialect: Dialect,
        *,
        encode: Callable[[tuple[Segment, ...]], Encoded],
        cancelled: CancelFlag,
        context: int,
    ) -> None:
        self._command = command
        self._id = command.id
        self._server = server
        self._dialect = dialect
        self._encode = encode
        self._cancelled = cancelled
        self._context = context
        self._stops = Stops(command.stop, names_controls=dialect.names_controls)
        self._total = self._cached = self._generated = 0
        self._ready: float | None = None

    def run(self, started: float) -> Iterator[GenerationEvent]:
        """Yields what happens, `Finished` last.

        Args:
            started: `time.perf_counter()` at the command's arrival.

        Raises:
            UserError: The prompt does not fit or cannot be sent, the sampling makes no
                sense, or the server fails.
        """
        sampling.check(self._command.sampling)
        wished = self._command.sampling.seed
        seed = secrets.randbelow(_SEEDS) if wished is None else wished % _SEEDS
        try:
            prompt = self._encode(self._command.prompt)
            self._check(prompt)
            yield PromptProgress(self._id, 0, self._total)
            reason = yield from self._listen(prompt, seed)
        except RequestCancelledError:
            reason = FinishReason.CANCELLED
        ended = time.perf_counter()
        ready = ended if self._ready is None else self._ready
        usage = Usage(
            prompt_tokens=self._total,
            cached_tokens=self._cached,
            generated_tokens=self._generated,
            prompt_seconds=ready - started,
            generate_seconds=ended - ready,
            seed=seed,
        )
        several = self._command.candidates > 1
        yield Finished(self._id, reason, usage, (reason,) if several else ())

    def _check(self, prompt: Encoded) -> None:
        self._total = len(prompt.tokens)
        if not prompt.tokens:
            raise UserError(ErrorCode.PROTOCOL, "the prompt is empty")
        if self._total >= self._context:
            detail = f"{self._total} tokens, less than {self._context} fit"
            raise UserError(ErrorCode.PROMPT_TOO_LONG, detail)

    def _listen(
        self, prompt: Encoded, seed: int
    ) -> Generator[GenerationEvent, None, FinishReason]:
        """Takes the server's events; leaving it closes the connection."""
        question = self._dialect.question(prompt, self._command, seed)
        with self._server.stream(question.path, question.body) as events:
            for data in events:
                if data == _DONE:
                    break
                for piece in self._dialect.pieces(data):
                    if self._cancelled.is_set():
                        return FinishReason.CANCELLED
                    reason = yield from self._take(piece)
                    if reason is not None:
                        return reason
        if self._cancelled.is_set():
            return FinishReason.CANCELLED
        raise UserError(ErrorCode.SERVER_LOST, self._server.name)

    def _take(
        self, piece: Piece
    ) -> Generator[GenerationEvent, None, FinishReason | None]:
        """Passes a piece on; the reason, where it is the last."""
        match piece:
            case Read(done, cached):
                self._cached = max(self._cached, cached)
                if 0 < done < self._total:
                    yield PromptProgress(self._id, done, self._total)
            case Wrote(text):
                yield from self._begun()
                self._generated += 1
                self._stops.wrote(text)
                yield TextDelta(self._id, text)
            case Marked(name):
                yield from self._begun()
                self._generated += 1
                yield ControlToken(self._id, name)
                if self._stops.ends_at(name):
                    return FinishReason.STOP
            case Ended(reason):
                full = self._total + self._generated >= self._context
                cut = reason is FinishReason.LENGTH and full
                return FinishReason.CONTEXT_FULL if cut else reason
            case _:
                assert_never(piece)
        return None

    def _begun(self) -> Iterator[GenerationEvent]:
        """Notes the first word: the prompt has been read."""
        if self._ready is None:
            self._ready = time.perf_counter()
            yield PromptProgress(self._id, self._total, self._total)
