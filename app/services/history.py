"""A conversation's messages as MOSS's turns, and which of them the model sees."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from app.domain import context, rounds, tools
from app.domain.attachments import written
from app.domain.conversation import Message, Role
from app.domain.moss import Turn


@dataclass(frozen=True, slots=True)
class Exchange:
    """A question and its answer."""

    question: Message
    answer: Message

    @property
    def asked(self) -> str:
        """What the user's turn says, with the files that went along."""
        return written(self.question.text, self.question.attachments)

    @property
    def turn(self) -> Turn:
        """As it stands in a prompt."""
        return Turn(
            self.asked,
            thoughts=self.answer.thoughts or "None",
            commands=rounds.written(self.answer) or "None",
            results=tools.results_field(self.answer.calls),
            answer=self.answer.text,
        )

    @property
    def length(self) -> int:
        """Characters of what was asked and answered."""
        files = sum(len(each.text) for each in self.question.attachments)
        return files + len(self.question.text) + len(self.answer.text)

    def is_among(self, messages: Collection[str]) -> bool:
        """Whether one of the two has one of these ids."""
        return self.question.id in messages or self.answer.id in messages


@dataclass(slots=True)
class History:
    """The turns before a reply.

    Attributes:
        exchanges: All of them, oldest first.
        pinned: Ids of messages whose turns are never left out.
        dropped: Ids of the questions whose turns are left out.
    """

    exchanges: Sequence[Exchange]
    pinned: frozenset[str] = frozenset()
    dropped: set[str] = field(default_factory=set)

    @property
    def visible(self) -> tuple[Exchange, ...]:
        """Those that the model sees."""
        return tuple(e for e in self.exchanges if e.question.id not in self.dropped)

    @property
    def turns(self) -> tuple[Turn, ...]:
        """The same as turns of a prompt."""
        return tuple(exchange.turn for exchange in self.visible)

    def drop(self, sizes: Sequence[int], excess: int) -> bool:
        """Leaves out whole oldest turns, no more than needed.

        Args:
            sizes: Tokens of each visible turn.
            excess: Tokens that are too many.

        Returns:
            False when there is no turn left to leave out.
        """
        visible = self.visible
        pinned = {n for n, e in enumerate(visible) if e.is_among(self.pinned)}
        chosen = context.oldest_turns(sizes, excess, pinned=pinned)
        self.dropped.update(visible[index].question.id for index in chosen)
        return bool(chosen)

    def drop_longest(self) -> bool:
        """Leaves out the longest turns, which make up half of all characters.

        For a prompt that is too long to be counted.

        Returns:
            False when there is no turn left to leave out.
        """
        unpinned = [e for e in self.visible if not e.is_among(self.pinned)]
        unpinned.sort(key=lambda exchange: exchange.length, reverse=True)
        excess = sum(exchange.length for exchange in unpinned) / 2
        for exchange in unpinned:
            self.dropped.add(exchange.question.id)
            excess -= exchange.length
            if excess <= 0:
                break
        return bool(unpinned)


def exchanges_of(path: Sequence[Message]) -> tuple[Exchange, ...]:
    """The finished turns of a path, oldest first.

    A question without an answer (stopped before it began, or the engine was lost) is
    left out: MOSS was never trained on one.
    """
    exchanges: list[Exchange] = []
    question: Message | None = None
    for message in path:
        if message.role is Role.USER:
            question = message
        elif question is not None and message.text:
            exchanges.append(Exchange(question, message))
            question = None
    return tuple(exchanges)
