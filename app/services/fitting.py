"""How a prompt comes to fit into the context window: oldest turns are left out.

Where the model can shift, only as many as needed: what follows them is kept in the
cache. Where it cannot, everything behind a gap is evaluated again: then half of what
there is room for goes at once, so that it happens rarely.
"""

from itertools import pairwise
from typing import Final

from app.domain import moss
from app.domain.generation import ModelInfo, Segment, Speaker
from app.engine import protocol
from app.services.history import History

_ANSWER_ROOM: Final = 512
"""Tokens kept free for what the model writes, less in a small window."""
_SHARE: Final = 4
_SHARE_IF_SHIFTING: Final = 8
"""Of the window. An answer that needs more is written on with fewer turns before it,
which is cheap where the model can shift."""


class Fitting:
    """The room in one model's window.

    Attributes:
        answer_room: Tokens that are kept free.

    Args:
        model: The model.
        answering: Whether the answer itself comes next; otherwise room is left for
            what the tools will return.
    """

    def __init__(self, model: ModelInfo, *, answering: bool) -> None:
        share = _SHARE_IF_SHIFTING if model.can_shift else _SHARE
        room = min(_ANSWER_ROOM, model.context // share)
        if not answering:
            room += room // 2
        self.answer_room: Final = room
        self._limit = model.context - room
        self._model = model
        self._form = moss.Form(model.form)

    def question(self, name: str, prompt: tuple[Segment, ...]) -> protocol.Tokenize:
        """Asks how long a prompt is."""
        each = self._model.can_shift and self._form is not moss.Form.CHAT
        return protocol.Tokenize(name, prompt, each=each)

    def fits(self, answer: protocol.Tokenized) -> bool:
        """Whether the prompt leaves enough room."""
        return len(answer.tokens) <= self._limit

    def shorten(
        self,
        history: History,
        prompt: tuple[Segment, ...],
        answer: protocol.Tokenized,
    ) -> bool:
        """Leaves out turns of a prompt that does not fit.

        Returns:
            False when there is no turn left to leave out.
        """
        counts = answer.counts or _estimated(prompt, len(answer.tokens))
        starts = self._starts(prompt, len(history.visible))
        sizes = [sum(counts[start:end]) for start, end in pairwise(starts)]
        limit = self._limit
        if not self._model.can_shift:
            limit = (limit + sum(counts[: starts[0]])) // 2
        return history.drop(sizes, len(answer.tokens) - limit)

    def _starts(self, prompt: tuple[Segment, ...], turns: int) -> list[int]:
        """Where each turn of a prompt begins, and where the last one ends."""
        if self._form is moss.Form.CHAT:
            asked = [n for n, s in enumerate(prompt) if s.speaker is Speaker.USER]
            return [*asked, len(prompt)][: turns + 1]
        begin, width = moss.prefix_segments(self._form), moss.turn_segments(self._form)
        return [begin + width * turn for turn in range(turns + 1)]


def _estimated(prompt: tuple[Segment, ...], tokens: int) -> list[int]:
    """Tokens of each segment, if all characters cost the same."""
    lengths = [segment.characters for segment in prompt]
    return [length * tokens // sum(lengths) for length in lengths]
