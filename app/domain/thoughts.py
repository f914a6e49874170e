"""What a model thinks before it answers, told apart from the answer: pure.

Reasoning models write their thoughts between two marks at the beginning of a reply.
Which ones depends on the model; these are what published chat templates use. Marks
anywhere else are part of the text.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from app.domain.moss import Field

_MARKS: Final[Mapping[str, str]] = {
    "<think>": "</think>",
    "<thinking>": "</thinking>",
    "[THINK]": "[/THINK]",
    "<seed:think>": "</seed:think>",
    "<|START_THINKING|>": "<|END_THINKING|>",
    "<|channel>thought\n": "<channel|>",
    "<|channel|>analysis<|message|>": "<|end|>",
}
"""What closes the thoughts, by what opens them."""
_ANSWER_LABELS: Final = (
    "<|START_RESPONSE|>",
    "<|start|>assistant<|channel|>final<|message|>",
    "<|channel|>final<|message|>",
)
"""What some models write in front of the answer."""


def opened_by(prompt: str) -> str:
    """The mark that opens thoughts at the end of a prompt; empty if there is none."""
    end = prompt.rstrip()
    return next((mark for mark in _MARKS if end.endswith(mark.rstrip())), "")


def closed_by(opened: str, thoughts: str) -> str:
    """Whole thoughts as they stand in front of an answer, behind the mark `opened`."""
    return f"{thoughts}\n{_MARKS[opened]}\n\n" if opened in _MARKS else ""


class ThoughtParser:
    """Takes what a model writes, piece by piece, and says which field each part is.

    Text is held back only while it may be the beginning of a mark.
    """

    def __init__(self, opened: str = "", *, answering: bool = False) -> None:
        """Begins in front of a reply.

        Args:
            opened: The mark that the prompt ends with, if it opens thoughts.
            answering: Whether thoughts and some of the answer were written before.
        """
        self._field: Field | None = Field.THOUGHTS if opened else None
        if answering:
            self._field = Field.ANSWER
        self._closing = _MARKS.get(opened, "")
        self._openings: tuple[str, ...] = tuple(_MARKS)
        self._held = ""
        self._thought = False

    def text(self, text: str) -> Iterator[tuple[Field, str]]:
        """Takes text and yields what is known to belong to a field."""
        self._held += text
        if self._field is None:
            self._read_opening()
        if self._field is Field.THOUGHTS:
            yield from self._read_thoughts()
        if self._field is None:
            self._read_opening()
        if self._field is Field.ANSWER and self._held:
            yield Field.ANSWER, self._held
            self._held = ""

    def control(self, token: str) -> Iterable[tuple[Field, str]]:
        """Takes a control token: in some models it is a mark, in others no text."""
        marks: tuple[str, ...] = ()
        if self._field is None:
            marks = (*self._openings, *_ANSWER_LABELS)
        elif self._field is Field.THOUGHTS:
            marks = (self._closing,)
        return self.text(token) if any(token in mark for mark in marks) else ()

    def finish(self) -> Iterable[tuple[Field, str]]:
        """Takes the end: what was held back was no mark."""
        held, self._held = self._held, ""
        return ((self._field or Field.ANSWER, held),) if held else ()

    def _read_opening(self) -> None:
        """Sees what a reply, or what comes behind the thoughts, begins with."""
        held = self._held = self._held.lstrip()
        marks = (*self._openings, *_ANSWER_LABELS)
        found = max((m for m in marks if held.startswith(m)), key=len, default="")
        if found in self._openings:
            self._field, self._closing = Field.THOUGHTS, _MARKS[found]
        elif found or not any(mark.startswith(held) for mark in marks):
            self._field = Field.ANSWER
        self._held = held.removeprefix(found)

    def _read_thoughts(self) -> Iterator[tuple[Field, str]]:
        """Passes thoughts on up to the mark that closes them."""
        thoughts, found, rest = self._held.partition(self._closing)
        if found:
            self._field, self._openings = None, ()
        else:
            kept = _length_of_beginning(thoughts, self._closing)
            thoughts = thoughts[: len(thoughts) - kept]
            rest = self._held[len(thoughts) :]
        # White space next to a mark is the mark's.
        shown = thoughts.rstrip()
        self._held = rest if found else thoughts[len(shown) :] + rest
        if shown:
            yield Field.THOUGHTS, shown if self._thought else shown.lstrip()
            self._thought = True


def _length_of_beginning(text: str, mark: str) -> int:
    """How much of the end of a text may be the beginning of a mark."""
    longest = min(len(text), len(mark) - 1)
    return next((n for n in range(longest, 0, -1) if text.endswith(mark[:n])), 0)
