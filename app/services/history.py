"""A conversation's messages as MOSS's turns."""

from collections.abc import Sequence

from app.domain import tools
from app.domain.conversation import Message, Role
from app.domain.moss import Turn


def turns_of(path: Sequence[Message]) -> tuple[Turn, ...]:
    """The finished turns of a path, oldest first.

    A question without an answer (stopped before it began, or the engine was lost) is
    left out: MOSS was never trained on one.
    """
    turns: list[Turn] = []
    question: Message | None = None
    for message in path:
        if message.role is Role.USER:
            question = message
        elif question is not None and message.text:
            turns.append(_turn(question, message))
            question = None
    return tuple(turns)


def _turn(question: Message, answer: Message) -> Turn:
    return Turn(
        question.text,
        thoughts=answer.thoughts or "None",
        commands=answer.commands or "None",
        results=tools.results_field(answer.calls),
        answer=answer.text,
    )
