"""How much of a file fits into the window, found by counting."""

import uuid
from collections.abc import Callable, Sequence
from typing import Final

from app.domain.attachments import Attachment, beginning, written
from app.domain.generation import Segment
from app.domain.token_estimate import estimated_tokens
from app.engine import protocol
from app.services.links import EngineLink

_PARTS: Final = 8
"""Lengths that are tried at once."""
_ROUNDS: Final = 4
"""The last one tells lengths apart that differ by 1/4096 of what was tried first."""
_LONGEST_TOKEN: Final = 16
"""Characters that a token has at most on the average, wherever text is no noise."""


class Shortening:
    """Finds the longest beginning of a file that takes no more than so many tokens.

    Args:
        engine: The engine process; None where it may not be asked and has to be
            estimated.
        attachment: The file.
        budget: Tokens that its block in the prompt may take.
        done: Takes the beginning; None where nothing of it fits.
    """

    def __init__(
        self,
        engine: EngineLink | None,
        attachment: Attachment,
        *,
        budget: int,
        done: Callable[[Attachment | None], None],
    ) -> None:
        self._engine = engine
        self._attachment = attachment
        self._budget = budget
        self._done = done
        self._least = 0
        self._most = min(len(attachment.text), max(0, budget) * _LONGEST_TOKEN)
        self._rounds = 0
        self._lengths: list[int] = []
        self._question = ""

    def begin(self) -> None:
        """Asks, or answers at once."""
        if self._engine is None:
            while self._rounds < _ROUNDS:
                self._next_round()
                self._take(self._estimates())
            self._finish()
        else:
            self._ask(self._engine)

    def engine_event(self, event: protocol.Event) -> None:
        """Takes an event; only the answers to its own questions matter."""
        match event:
            case protocol.Counted() if event.id == self._question:
                self._take(event.counts)
            case protocol.Failed() if event.id == self._question:
                self._take(self._estimates())
            case _:
                return
        if self._rounds < _ROUNDS and self._engine is not None:
            self._ask(self._engine)
        else:
            self._finish()

    def _ask(self, engine: EngineLink) -> None:
        self._next_round()
        self._question = uuid.uuid4().hex
        prompts = tuple((Segment(block),) for block in self._blocks())
        engine.send(protocol.Count(self._question, prompts))

    def _next_round(self) -> None:
        """Chooses lengths between what fits and what may not."""
        self._rounds += 1
        step = (self._most - self._least) / _PARTS
        self._lengths = [self._least + round(step * n) for n in range(1, _PARTS + 1)]

    def _blocks(self) -> list[str]:
        """What the prompt would say with each length."""
        shortened = (beginning(self._attachment, length) for length in self._lengths)
        return [written("", (each,)) for each in shortened]

    def _estimates(self) -> list[int]:
        return [estimated_tokens(block) for block in self._blocks()]

    def _take(self, counts: Sequence[int]) -> None:
        for length, tokens in zip(self._lengths, counts, strict=True):
            if tokens > self._budget:
                self._most = length
                return
            self._least = length

    def _finish(self) -> None:
        found = beginning(self._attachment, self._least)
        self._done(found if found.text.strip() else None)
