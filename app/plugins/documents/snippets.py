"""The few sentences of a passage that answer a question."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from app.plugins.documents.hits import Marked
from app.plugins.documents.sentences import sentence_spans

MOST_CHARACTERS: Final = 400
"""The longest that MOSS-003 was given in training."""
_CUT: Final = "…"
_LEAD: Final = 100


@dataclass(frozen=True, slots=True)
class Snippet:
    """Sentences, and how much of the question they hold.

    Attributes:
        text: At most `MOST_CHARACTERS`, on the borders of sentences where one is not
            longer than that by itself.
        weight: Of all the terms within, each once.
        nearest: Of the terms within its best sentence.
    """

    text: str
    weight: float
    nearest: float


def best_snippet(passage: Marked, weights: Mapping[str, float]) -> Snippet:
    """The sentences around the best one, as many as there is room for."""
    spans = list(sentence_spans(passage.text))
    if not spans:
        return Snippet("", 0.0, 0.0)
    each = [passage.weight(weights, begin, end=end) for begin, end in spans]
    best = each.index(max(each))
    begin, end = spans[best]
    if end - begin > MOST_CHARACTERS:
        return _within(passage, weights, begin, end=end)
    first = last = best
    grown = True
    while grown:
        # What follows explains more than what stands before.
        grown = False
        if last + 1 < len(spans) and spans[last + 1][1] - begin <= MOST_CHARACTERS:
            last += 1
            end, grown = spans[last][1], True
        if first and end - spans[first - 1][0] <= MOST_CHARACTERS:
            first -= 1
            begin, grown = spans[first][0], True
    weight = passage.weight(weights, begin, end=end)
    return Snippet(passage.text[begin:end].strip(), weight, each[best])


def _within(
    passage: Marked, weights: Mapping[str, float], begin: int, *, end: int
) -> Snippet:
    """A part of a sentence that is too long, from before its first hit on."""
    hits = [hit.begin for hit in passage.hits if begin <= hit.begin < end]
    room = MOST_CHARACTERS - 2 * len(_CUT)
    start = max(begin, min((hits or [begin])[0] - _LEAD, end - room))
    space = passage.text.find(" ", start, start + _LEAD // 2)
    if start > begin and space >= 0:
        start = space + 1
    stop = min(end, start + room)
    space = passage.text.rfind(" ", stop - _LEAD // 2, stop)
    if stop < end and space > start:
        stop = space
    text = passage.text[start:stop].strip()
    weight = passage.weight(weights, start, end=stop)
    before, after = (_CUT * cut for cut in (start > begin, stop < end))
    return Snippet(f"{before}{text}{after}", weight, weight)
