"""What a model is given to go on from: a dialogue as segments of a prompt.

Neighbouring text is one segment, since BPE must see it undivided; a marker is a
segment of its own and the only thing that becomes a control token.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Final

from app.domain.generation import Segment, StopRule
from app.domain.moss.fields import NO_RESULTS, Form, Label, Marker, Turn
from app.domain.moss.prefix import PUBLISHED, PrefixOptions, prefix
from app.domain.tools import Tool

_SEGMENTS_OF_A_FIELD: Final = 2
"""Text and marker; the newline behind the marker begins the next text."""


def stage_one(
    form: Form,
    history: Sequence[Turn],
    question: str,
    *,
    tools: Collection[Tool] = (),
    options: PrefixOptions = PUBLISHED,
) -> tuple[Segment, ...]:
    """The prompt up to where the model begins to write.

    For a plugin model that is the end of the question, for an `sft` model the label
    of the answer, for a base model the text itself.
    """
    if form is Form.BASE:
        return (Segment(question),)
    pieces = (*turn_pieces(form, history), *asked(form, question))
    return (Segment(prefix(form, tools, options)), *join(pieces))


def stage_two(
    history: Sequence[Turn],
    turn: Turn,
    tools: Collection[Tool],
    *,
    options: PrefixOptions = PUBLISHED,
) -> tuple[Segment, ...]:
    """A plugin model's prompt for the answer, results of `turn` included."""
    pieces = (*turn_pieces(Form.PLUGIN, history), *looked_up(turn))
    return (Segment(prefix(Form.PLUGIN, tools, options)), *join(pieces))


def opening(
    form: Form,
    history: Sequence[Turn],
    *,
    tools: Collection[Tool] = (),
    options: PrefixOptions = PUBLISHED,
) -> tuple[Segment, ...]:
    """What every next prompt of a dialogue will begin with, whatever is asked.

    The newline that closes the last turn is left out: it becomes one segment with the
    next turn's label.
    """
    if form is Form.BASE:
        return ()
    turns = join(turn_pieces(form, history))
    return (Segment(prefix(form, tools, options)), *turns[:-1])


def without_results(history: Iterable[Turn]) -> tuple[Turn, ...]:
    """The turns as if no tool had answered, which saves room in the window."""
    return tuple(replace(turn, results=NO_RESULTS) for turn in history)


def prefix_segments(form: Form) -> int:
    """How many segments at a prompt's beginning are its constant prefix.

    Only MOSS's dialogues have one. They end with a newline and `<` follows, where the
    tokenizer begins a new word in any case: the ids are those of the undivided text.
    """
    return 0 if form in {Form.BASE, Form.CHAT} else 1


def turn_segments(form: Form) -> int:
    """How many segments each earlier turn of a prompt has; 0 where that varies."""
    match form:
        case Form.BASE | Form.CHAT:
            return 0
        case Form.SFT:
            return 2 * _SEGMENTS_OF_A_FIELD
        case Form.PLUGIN:
            return len(Marker) * _SEGMENTS_OF_A_FIELD


def stop_rules(form: Form, *, answering: bool) -> tuple[StopRule, ...]:
    """Where the model's writing ends.

    A model sometimes closes its commands with the wrong marker, so once the commands
    have begun any marker ends the first stage.
    """
    if form is Form.PLUGIN and not answering:
        return (
            StopRule((Marker.COMMANDS, Marker.ANSWER)),
            StopRule(tuple(Marker), after=Label.COMMANDS),
        )
    if form is Form.BASE:
        return (StopRule(("<|endoftext|>",)),)
    if form is Form.CHAT:
        return ()  # the file names the tokens that end a turn
    return (StopRule((Marker.ANSWER,)),)


def turn_pieces(form: Form, turns: Iterable[Turn]) -> Iterator[Segment]:
    """Whole turns, each with the newline that closes it, not yet joined."""
    for turn in turns:
        if form is Form.PLUGIN:
            yield from looked_up(turn)
        else:
            yield from asked(form, turn.question)
        yield Segment(f" {turn.answer}")
        yield Segment(Marker.ANSWER, control=True)
        yield Segment("\n")


def asked(form: Form, question: str) -> Iterator[Segment]:
    """A turn up to where the model begins to write, not yet joined."""
    yield from _field(Label.HUMAN, f" {question}", Marker.HUMAN)
    if form is Form.SFT:
        yield Segment(Label.ANSWER)


def looked_up(turn: Turn) -> Iterator[Segment]:
    """A plugin model's turn up to the label of its answer, not yet joined."""
    yield from asked(Form.PLUGIN, turn.question)
    yield from _field(Label.THOUGHTS, f" {turn.thoughts}", Marker.THOUGHTS)
    yield from _field(Label.COMMANDS, f" {turn.commands}", Marker.COMMANDS)
    yield from _field(Label.RESULTS, turn.results, Marker.RESULTS)
    yield Segment(Label.ANSWER)


def join(pieces: Iterable[Segment]) -> tuple[Segment, ...]:
    """Merges neighbours of plain text: BPE must see them as one."""
    joined: list[Segment] = []
    for piece in pieces:
        if joined and not piece.control and not joined[-1].control:
            joined[-1] = Segment(joined[-1].text + piece.text)
        elif piece.text:
            joined.append(piece)
    return tuple(joined)


def _field(label: Label, text: str, marker: Marker) -> tuple[Segment, ...]:
    return (Segment(label + text), Segment(marker, control=True), Segment("\n"))
