"""Whole dialogues: to segments, and from segments back to turns.

A field's boundary is a control token, never text, so whatever was said comes back as
it was, labels and the names of markers included.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from app.domain.errors import MossError
from app.domain.generation import Segment
from app.domain.moss.fields import Form, Label, Marker, Turn
from app.domain.moss.prompts import asked, join, looked_up, turn_pieces

_PLUGIN_LABELS = (Label.HUMAN, Label.THOUGHTS, Label.COMMANDS, Label.RESULTS)
_LABELS = {
    Form.PLUGIN: (*_PLUGIN_LABELS, Label.ANSWER),
    Form.SFT: (Label.HUMAN, Label.ANSWER),
}
_MARKERS = dict(zip(Label, Marker, strict=True))


class NoDialogueError(MossError):
    """Segments or a file that hold no dialogue of MOSS's; the text says where."""


@dataclass(frozen=True, slots=True)
class Dialogue:
    """A dialogue as it was recorded.

    Attributes:
        prefix: What it begins with, such as the meta instruction.
        form: `Form.PLUGIN` or `Form.SFT`.
        turns: Those that have an answer.
        waiting: A last turn that has none yet.
        has_results: Whether `waiting` has come as far as its tools' results.
    """

    prefix: str
    form: Form
    turns: tuple[Turn, ...]
    waiting: Turn | None = None
    has_results: bool = False


def render(dialogue: Dialogue) -> tuple[Segment, ...]:
    """The dialogue in the layout of the training data.

    A waiting turn is rendered as the prompt that the model would go on from.
    """
    pieces = [*turn_pieces(dialogue.form, dialogue.turns)]
    if dialogue.waiting is not None:
        pieces += (
            looked_up(dialogue.waiting)
            if dialogue.has_results
            else asked(dialogue.form, dialogue.waiting.question)
        )
    beginning = (Segment(dialogue.prefix),) if dialogue.prefix else ()
    return (*beginning, *join(pieces))


def turns_of(segments: Sequence[Segment], form: Form) -> tuple[Turn, ...]:
    """Reads whole turns back, the inverse of rendering them.

    Args:
        segments: Those of the turns, without the prefix.
        form: `Form.PLUGIN` or `Form.SFT`.

    Raises:
        NoDialogueError: They are not whole turns of this form.
    """
    labels = _LABELS[form]
    fields = list(_fields(segments))
    if len(fields) % len(labels):
        message = f"{len(fields)} fields are no whole turns of {len(labels)}"
        raise NoDialogueError(message)
    return tuple(
        _turn(fields[begin : begin + len(labels)], labels)
        for begin in range(0, len(fields), len(labels))
    )


def _fields(segments: Iterable[Segment]) -> Iterator[tuple[str, str]]:
    """Each field's text, its label included, and its marker."""
    text, newline = "", ""
    for segment in segments:
        if segment.control:
            if not text.startswith(newline):
                message = f"no newline before {text!r}"
                raise NoDialogueError(message)
            yield text.removeprefix(newline), segment.text
            text, newline = "", "\n"
        else:
            text += segment.text
    if text != newline:
        message = f"{text!r} at the end"
        raise NoDialogueError(message)


def _turn(fields: Sequence[tuple[str, str]], labels: Sequence[Label]) -> Turn:
    contents: dict[Label, str] = {}
    for (text, marker), label in zip(fields, labels, strict=True):
        if not text.startswith(label) or marker != _MARKERS[label]:
            message = f"no {label}…{_MARKERS[label]}: {text!r} {marker}"
            raise NoDialogueError(message)
        contents[label] = text.removeprefix(label)
    return turn_from(contents)


def turn_from(contents: dict[Label, str]) -> Turn:
    """A turn from what stands between the labels and the markers.

    Args:
        contents: For each field that is there, its text with the space after the label.
    """
    written = {label: text.removeprefix(" ") for label, text in contents.items()}
    blank = Turn("")
    return Turn(
        written[Label.HUMAN],
        thoughts=written.get(Label.THOUGHTS, blank.thoughts),
        commands=written.get(Label.COMMANDS, blank.commands),
        results=contents.get(Label.RESULTS, blank.results),
        answer=written.get(Label.ANSWER, ""),
    )
