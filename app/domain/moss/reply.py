r"""Reads a reply as it is written: which field each piece of text belongs to.

A field ends at a control token, whichever it is: a wrong one is repaired by not being
looked at, since a prompt is rendered with the right ones. After it comes a label. Text
that comes instead of a label belongs to the field that was closed by mistake; after the
right marker it belongs to nothing.

In the first stage a label at the beginning of a line opens its field even if the marker
before it is missing. In the second stage, where the model only answers, it may begin
the whole turn anew (`<eot>\n<|Commands|>: …`): the fields that it had written before
are passed over, and a second answer goes on in a line of its own.
"""

import re
from collections.abc import Iterator

from app.domain.moss.fields import Field, Label, Marker

_FIELDS = {
    Label.THOUGHTS: Field.THOUGHTS,
    Label.COMMANDS: Field.COMMANDS,
    Label.ANSWER: Field.ANSWER,
}
_MARKERS = {
    Field.THOUGHTS: Marker.THOUGHTS,
    Field.COMMANDS: Marker.COMMANDS,
    Field.ANSWER: Marker.ANSWER,
}
_LABEL = re.compile("|".join(map(re.escape, Label)))
_LINE = re.compile("\n(?:" + "|".join(map(re.escape, Label)) + ")")
_LONGEST = max(map(len, Label))


class ReplyParser:
    """Takes what a model writes, piece by piece, and says which field each part is.

    Text is held back while it may be the beginning of a label; everything else is
    passed on as it comes, less the one space after the label.
    """

    def __init__(self, start: Field | None = None, *, begun: bool = False) -> None:
        """Begins in a field (after its label) or, with None, before a label.

        Args:
            start: The field.
            begun: Whether some of it has been written before.
        """
        self._field = start
        self._answering = start is Field.ANSWER
        self._closed: Field | None = None
        self._between = start is None
        self._pending = ""
        self._at_start = not self._between and not begun
        self._lead = ""
        self._answered = begun and self._answering

    def text(self, text: str) -> list[tuple[Field, str]]:
        """Takes ordinary text; returns what is known to belong to a field."""
        self._pending += text
        return list(self._known())

    def _known(self) -> Iterator[tuple[Field, str]]:
        while self._pending:
            if self._between:
                if not self._begin():
                    return
            elif self._answering:
                yield from self._pass(len(self._pending))
            elif (label := _LINE.search(self._pending)) is not None:
                yield from self._pass(label.start())
                self._between, self._closed = True, None
            else:
                yield from self._pass(len(self._pending) - self._held_back())
                return

    def control(self, token: str) -> list[tuple[Field, str]]:
        """Takes a control token: the field is over."""
        rest = self.finish()
        if self._field is not None:
            right = token == _MARKERS[self._field]
            self._closed = None if right else self._field
        self._field, self._between = None, True
        return rest

    def finish(self) -> list[tuple[Field, str]]:
        """Takes the end: what was held back is no label any more."""
        rest = [] if self._between else list(self._pass(len(self._pending)))
        self._pending = ""
        return rest

    def _pass(self, length: int) -> Iterator[tuple[Field, str]]:
        """Passes on so much of what is pending, if a field is open."""
        text, self._pending = self._pending[:length], self._pending[length:]
        if text and self._at_start:
            self._at_start = False
            text = self._lead + text.removeprefix(" ")
        if text and self._field is not None:
            self._answered = self._answered or self._field is Field.ANSWER
            yield self._field, text

    def _held_back(self) -> int:
        """How many characters at the end may be the beginning of a label's line."""
        begin = self._pending.rfind("\n")
        line = self._pending[begin + 1 :]
        unsure = begin >= 0 and any(label.startswith(line) for label in Label)
        return len(line) + 1 if unsure else 0

    def _begin(self) -> bool:
        """Opens the field whose label has come; False while there is none."""
        written = self._pending.lstrip()
        unsure = any(label.startswith(written) for label in Label)
        if self._closed is not None and not unsure and not _LABEL.match(written):
            self._field, self._closed, self._between = self._closed, None, False
            return True
        label = _LABEL.search(self._pending)
        if label is None:
            if self._closed is None:
                self._pending = self._pending[-_LONGEST:]
            return False
        self._open(Label(label[0]), self._pending[label.end() :])
        return True

    def _open(self, label: Label, text: str) -> None:
        field = _FIELDS.get(label)
        if self._answering and field is not Field.ANSWER:
            field = None
        self._field, self._between, self._closed = field, False, None
        self._pending, self._at_start = text, True
        self._lead = "\n" if field is Field.ANSWER and self._answered else ""
