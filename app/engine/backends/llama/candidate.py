"""One continuation while it is written: its sampler, its text, and why it ended."""

from collections.abc import Sequence
from types import TracebackType
from typing import Final, Self

from app.domain.generation import FinishReason
from app.engine import sampling
from app.engine.backend import GenerationEvent
from app.engine.backends.llama.binding import Binding
from app.engine.backends.llama.model import Model
from app.engine.backends.llama.sampler import Sampler
from app.engine.backends.llama.scores import Scorer
from app.engine.protocol import ControlToken, Generate, TextDelta, TokenScored
from app.engine.text import StopMatcher, TextDecoder


class Candidate:
    """A continuation of the prompt.

    A character that the end cuts in half (the token limit, the window's end, a
    cancel) is left out; one that a control token cuts becomes U+FFFD. A context
    manager: leaving it frees its sampler.

    Attributes:
        number: Which of several it is, and its sequence in the cache.
        reason: Why it ended; None while it goes on.
        generated: Its tokens so far.
        seed: The seed in use.
    """

    def __init__(self, number: int, command: Generate, model: Model) -> None:
        """Begins behind the prompt.

        Args:
            number: Which of several it is, from 0.
            command: What is asked for, with this one's own seed.
            model: The model.

        Raises:
            UserError: The sampling makes no sense, or the grammar none.
        """
        sampling.check(command.sampling)
        self.number: Final = number
        self.reason: FinishReason | None = None
        self.generated = 0
        self._id = command.id
        self._most = command.sampling.max_tokens
        if self._most <= 0:
            self.reason = FinishReason.LENGTH
        self._model = model
        self._stop = StopMatcher(command.stop, model.vocabulary.control_id)
        self._text = TextDecoder()
        self._scorer = Scorer.of(command, model.vocabulary)
        self._scored: TokenScored | None = None
        vocabulary = model.vocabulary
        self._binding = (
            Binding(command.grammar, vocabulary, self._ends_at)
            if command.grammar is not None
            else None
        )
        self._sampler = Sampler(
            command.sampling, vocabulary, model.window, binding=self._binding
        )
        self.seed: Final = self._sampler.seed

    def __enter__(self) -> Self:
        self._sampler.__enter__()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._sampler.__exit__(kind, error, trace)
        if self._binding is not None:
            self._binding.__exit__(kind, error, trace)

    def remember(self, prompt: Sequence[int]) -> None:
        """Shows the sampler what comes before."""
        self._sampler.remember(prompt)

    def choose(self, index: int) -> int:
        """The next token, by the logits at an index of the last batch."""
        self.generated += 1
        token = self._sampler.sample(self._model.context, index)
        if self._scorer is not None:
            scores = self._scorer.scores(self._model.context, index, token)
            self._scored = TokenScored(self._id, *scores, self.number)
        return token

    def write(self, token: int) -> Sequence[GenerationEvent]:
        """A token as events, none when it only begins a character; notes an end.

        It is the one that was chosen last.
        """
        vocabulary = self._model.vocabulary
        events: list[GenerationEvent] = []
        if self._scored is not None:
            events.append(self._scored)
        control = vocabulary.control_text(token)
        if control is None:
            text = self._text.feed(vocabulary.piece(token))
        else:
            text = self._text.finish()
        if text:
            self._stop.wrote(text)
            events.append(TextDelta(self._id, text, self.number))
        if control is not None:
            events.append(ControlToken(self._id, control, self.number))
        if self._ends_at(token):
            self.reason = FinishReason.STOP
        elif self.generated == self._most:
            self.reason = FinishReason.LENGTH
        return events

    def _ends_at(self, token: int) -> bool:
        """Whether a token ends it, after what has been written so far."""
        is_end = self._model.vocabulary.ends_generation(token)
        return is_end or self._stop.ends_at(token)
