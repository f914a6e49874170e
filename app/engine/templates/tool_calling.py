"""Whether a chat template can be used for calling functions, found out by trying.

It can if it tells the model of them, hands results on, and writes calls in a form in
which we find them again: what a template writes is what its model was trained on.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import product, takewhile
from typing import Final

from app.domain import functions
from app.domain.errors import UserError
from app.domain.function_calls import CallParser
from app.domain.generation import Segment, Speaker
from app.domain.rounds import declaration
from app.domain.tools import Command, Tool
from app.engine.templates.messages import Shape

_SHAPES: Final = tuple(
    Shape(in_text=in_text, one_by_one=one_by_one)
    for in_text, one_by_one in product((False, True), repeat=2)
)
_TOOLS: Final = (Tool.CALCULATE, Tool.SOLVE)
_COMMANDS: Final = (Command(Tool.CALCULATE, "6*7"), Command(Tool.SOLVE, "x^2=289"))
_RESULTS: Final = ("Forty-two", "Seventeen")
_DECLARED: Final = functions.declared(_TOOLS)
_WORDS: Final = (
    *_RESULTS,
    *(command.argument for command in _COMMANDS),
    *(function.description for function in _DECLARED),
)
_QUESTION: Final = (
    *declaration(_DECLARED),
    Segment("How many?", speaker=Speaker.USER),
)
_CALLS: Final = Segment(
    "", speaker=Speaker.ASSISTANT, calls=tuple(map(functions.called, _COMMANDS))
)
_TRIAL: Final = (
    *_QUESTION,
    _CALLS,
    *(Segment(result, speaker=Speaker.TOOL) for result in _RESULTS),
)
_LATER: Final = (
    *_TRIAL,
    Segment("Both.", speaker=Speaker.ASSISTANT),
    Segment("And then?", speaker=Speaker.USER),
    replace(_CALLS, text="Well."),
    *_TRIAL[-len(_RESULTS) :],
    _CALLS,
    *_TRIAL[-len(_RESULTS) :],
)
"""Another turn, in two rounds: some templates are strict about who follows whom."""
_MOST_TEXT: Final = 100_000
"""Characters that a template may make of so little."""


def shape_of(render: Callable[[Sequence[Segment], Shape], str]) -> Shape | None:
    """How a template wants calls; None where it does not serve for them.

    Args:
        render: Writes a chat down with the template; raises `UserError` where that
            fails.
    """
    return next((shape for shape in _SHAPES if _serves(render, shape)), None)


def _serves(render: Callable[[Sequence[Segment], Shape], str], shape: Shape) -> bool:
    """Whether everything of a chat with calls is in what the template writes."""
    try:
        question, chat = render(_QUESTION, shape), render(_TRIAL, shape)
        render(_LATER, shape)
    except UserError:
        return False
    if len(chat) > _MOST_TEXT:
        return False
    answer = chat[_length_of_common(question, chat) :]
    found = [call for text in (chat, answer) for call in _calls_in(text)]
    return _COMMANDS[0] in found and all(word in chat for word in _WORDS)


def _calls_in(text: str) -> tuple[Command, ...]:
    """The calls that a model with this answer would make."""
    parser = CallParser(_TOOLS)
    parser.text(text)
    return tuple(parser.commands)


def _length_of_common(left: str, right: str) -> int:
    """How many characters two texts have in common at their beginning."""
    same = takewhile(lambda pair: pair[0] == pair[1], zip(left, right, strict=False))
    return sum(1 for _ in same)
