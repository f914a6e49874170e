"""One continuation while it is written: its sampler, its text, and why it ended."""

from collections.abc import Iterator, Sequence
from types import TracebackType
from typing import Final, Self

from app.domain.generation import FinishReason
from app.engine.backend import GenerationEvent
from app.engine.backends.llama.model import Model
from app.engine.backends.llama.sampler import Sampler
from app.engine.protocol import ControlToken, Generate, TextDelta
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
            UserError: The sampling makes no sense.
        """
        self.number: Final = number
        self.reason: FinishReason | None = None
        self.generated = 0
        self._id = command.id
        self._most = command.sampling.max_tokens
        if self._most <= 0:
            self.reason = FinishReason.LENGTH
        self._model = model
        self._sampler = Sampler(command.sampling, model.vocabulary, model.window)
        self.seed: Final = self._sampler.seed
        self._stop = StopMatcher(command.stop, model.vocabulary.control_id)
        self._text = TextDecoder()

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

    def remember(self, prompt: Sequence[int]) -> None:
        """Shows the sampler what comes before."""
        self._sampler.remember(prompt)

    def choose(self, index: int) -> int:
        """The next token, by the logits at an index of the last batch."""
        self.generated += 1
        return self._sampler.sample(self._model.context, index)

    def write(self, token: int) -> Iterator[GenerationEvent]:
        """A token as events, none when it only begins a character; notes an end."""
        vocabulary = self._model.vocabulary
        control = vocabulary.control_text(token)
        if control is None:
            text = self._text.feed(vocabulary.piece(token))
        else:
            text = self._text.finish()
        if text:
            self._stop.wrote(text)
            yield TextDelta(self._id, text, self.number)
        if control is not None:
            yield ControlToken(self._id, control, self.number)
        if self._stop.ends_at(token) or vocabulary.ends_generation(token):
            self.reason = FinishReason.STOP
        elif self.generated == self._most:
            self.reason = FinishReason.LENGTH
