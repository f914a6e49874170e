"""How a prompt comes into the cache: kept, moved, read from disk, or evaluated."""

from collections.abc import Generator, Iterator
from dataclasses import dataclass
from typing import Final

from app.domain.errors import ErrorCode, UserError
from app.domain.generation import Usage
from app.engine.backend import CancelFlag
from app.engine.backends.llama.cache import EvaluationCancelledError
from app.engine.backends.llama.model import Model
from app.engine.protocol import Generate, Prepare, PromptProgress
from app.engine.reuse import Plan, plan
from app.engine.state_files import chat_tag
from app.engine.states import States

_BACKGROUND_TOKENS: Final = 32
"""Evaluated in one call when nobody waits yet: what a command that comes in between
may cost at most."""
_LEAST_GAIN: Final = 16
"""Tokens that must be won for the disk to be read."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What became of a prompt.

    Attributes:
        tokens: The prompt, as the cache spells it.
        cached: Tokens that were not evaluated, all in all.
        shifted: Of these, tokens that were moved.
        restored: Of these, tokens that came from disk.
        complete: False when it was cancelled.
    """

    tokens: tuple[int, ...]
    cached: int
    shifted: int
    restored: int
    complete: bool

    def usage(self, seconds: float) -> Usage:
        """What the prompt cost."""
        return Usage(
            prompt_tokens=len(self.tokens),
            cached_tokens=self.cached,
            prompt_seconds=seconds,
            shifted_tokens=self.shifted,
            restored_tokens=self.restored,
        )


@dataclass(frozen=True, slots=True)
class _Prompt:
    """What is asked for, in tokens."""

    tokens: list[int]
    fixed: int
    chat: str
    moving: bool
    complete: bool


class Reader:
    """Reads prompts into one model's cache, and saves what came of them."""

    def __init__(
        self, model: Model, states: States | None, *, cancelled: CancelFlag
    ) -> None:
        """Begins with an empty cache.

        Args:
            model: The model.
            states: What is on disk; None when nothing is kept there.
            cancelled: Ends a reading.
        """
        self._model = model
        self._cache = model.cache
        self._states = states
        self._cancelled = cancelled
        self._chat = ""
        self._fixed = 0

    def read(
        self, command: Generate | Prepare
    ) -> Generator[PromptProgress, None, Reading]:
        """Makes the cache's sequence 0 a prompt.

        After a `Generate` the logits of the last token are there.

        Raises:
            UserError: The prompt is longer than the window, or a `Generate` has none.
        """
        background = isinstance(command, Prepare)
        prompt = self._prompt(command)
        found = self._adopt(prompt)
        if background and found.kept == len(found.tokens) and not found.shifted:
            # Beyond the prompt there may be more, which somebody may come back to.
            return Reading(found.tokens, found.kept, 0, 0, complete=True)
        if background:
            # What is there is put away, and nobody waits yet.
            for _step in self.save():
                if self._cancelled.is_set():
                    break
        restored = yield from self._restore(command.id, prompt, found.kept)
        if restored:
            found = self._plan(prompt, moving=False)
        self._cache.keep(found)
        self._chat, self._fixed = prompt.chat, prompt.fixed
        # Where llama.cpp cannot keep it, it says so only then.
        cached = len(self._cache.tokens)
        complete = yield from self._evaluate(command.id, found, background=background)
        shifted = min(cached, found.shifted)
        return Reading(found.tokens, cached, shifted, min(cached, restored), complete)

    def save(self) -> Iterator[None]:
        """Saves what is not on disk yet, in short steps."""
        cache, states = self._cache, self._states
        if states is None or not cache.settled:
            return
        missing = states.missing(
            tuple(cache.tokens), fixed=self._fixed, exact=cache.exact, chat=self._chat
        )
        for block in missing:
            data = cache.copy_out(block.start, block.end)
            yield
            if not data or not (yield from states.write(block, data)):
                return

    def forget(self, chat: str) -> None:
        """Takes a chat out of the cache and off the disk."""
        tag = chat_tag(chat)
        if self._states is not None:
            self._states.forget(tag)
        if tag == self._chat:
            self._cache.adopt(0)
            self._cache.truncate(self._fixed)

    def _prompt(self, command: Generate | Prepare) -> _Prompt:
        tokenize = self._model.tokenize
        tokens = tokenize(command.prompt)
        fixed = tokenize(command.prompt[: command.prefix_segments])
        background = isinstance(command, Prepare)
        if not tokens and not background:
            raise UserError(ErrorCode.PROTOCOL, "the prompt is empty")
        window = self._model.window
        if len(tokens) > window:
            detail = f"{len(tokens)} tokens, {window} fit"
            raise UserError(ErrorCode.PROMPT_TOO_LONG, detail)
        chat = chat_tag(command.chat)
        return _Prompt(
            tokens=tokens,
            fixed=len(fixed),
            chat=chat,
            moving=command.shift and self._cache.can_shift and bool(chat),
            complete=background,
        )

    def _adopt(self, prompt: _Prompt) -> Plan:
        """Goes on with the sequence that has most of the prompt."""
        sequences = range(len(self._cache.sequences))
        plans = [self._plan(prompt, sequence=number) for number in sequences]
        best = max(sequences, key=lambda number: plans[number].kept)
        self._cache.adopt(best)
        return plans[best]

    def _plan(self, prompt: _Prompt, *, sequence: int = 0, moving: bool = True) -> Plan:
        """What can be kept of a sequence: all of it, or what every chat may know."""
        cached = self._cache.sequences[sequence]
        same = prompt.chat == self._chat
        if not same:
            cached = cached[: self._cache.exact]
        found = plan(
            cached,
            prompt.tokens,
            piece=self._piece,
            fixed=prompt.fixed if moving and same and prompt.moving else None,
            complete=prompt.complete,
        )
        if len(found.tokens) <= self._model.window:
            return found
        # The model's own spelling takes more tokens, and there is no room for them.
        return plan(cached, prompt.tokens, piece=_no_text, complete=prompt.complete)

    def _restore(
        self, name: str, prompt: _Prompt, kept: int
    ) -> Generator[PromptProgress, None, int]:
        """Reads from disk what is there beyond `kept` tokens.

        Returns:
            How many tokens of the cache came from there.
        """
        if self._states is None:
            return 0
        way, length = self._states.find(
            prompt.tokens, piece=self._piece, chat=prompt.chat
        )
        if length < kept + _LEAST_GAIN or length > self._model.window:
            return 0
        own = self._plan(prompt, moving=False)
        self._cache.keep(own)
        self._chat = prompt.chat
        restored = 0
        for block in way:
            if self._cancelled.is_set():
                break
            if block.end <= len(self._cache.tokens):
                continue
            yield PromptProgress(name, len(self._cache.tokens), len(prompt.tokens))
            self._cache.truncate(block.start)
            data = self._states.read(block)
            if data is None:
                break
            if not self._cache.copy_in(data, block.tokens, exact=block.exact):
                self._states.drop(block)
                break
            restored += len(block.tokens)
        return restored

    def _evaluate(
        self, name: str, found: Plan, *, background: bool
    ) -> Generator[PromptProgress, None, bool]:
        """Evaluates what is not in the cache; false when that was cancelled."""
        cache, tokens, total = self._cache, found.tokens, len(found.tokens)
        size = cache.batch_tokens
        if background:
            size = min(size, _BACKGROUND_TOKENS)
        while (done := len(cache.tokens)) < total:
            yield PromptProgress(name, done, total)
            if self._cancelled.is_set():
                return False
            part = tokens[done : done + size]
            last = done + len(part) == total
            try:
                cache.evaluate(part, logits=last and not background)
            except EvaluationCancelledError:
                return False
        yield PromptProgress(name, total, total)
        return True

    def _piece(self, token: int) -> bytes | None:
        vocabulary = self._model.vocabulary
        return vocabulary.piece(token) if vocabulary.is_text(token) else None


def _no_text(_token: int) -> None:
    """For a plan that compares nothing but ids."""
