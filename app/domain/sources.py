"""What a search found, and how MOSS is given it: pure.

Form and rules are those of MOSS-003's training data. A snippet has at most
`SNIPPET_CHARACTERS` characters and is quoted as Python's `repr` does; numbers run on
over all searches of a turn; the more searches, the fewer snippets of each.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Final

SNIPPET_CHARACTERS: Final = 400
MOST_SNIPPETS: Final = 3
"""Of one search; no other rule gives more."""
_SNIPPETS: Final = {1: MOST_SNIPPETS, 2: 2}
"""Snippets of each search by how many searches a turn has; else it is one."""
_STRUCTURE: Final = re.compile(r"<(?=\|)|<(?=eo[a-z]>)")


@dataclass(frozen=True, slots=True)
class Source:
    """A passage that a search found, and where it is.

    Attributes:
        title: What people call it, such as a document's name.
        location: An absolute path or a URL; what a click opens.
        text: The passage; MOSS is given its beginning.
        page: The page it is on, from 1; 0 where there are none.
        line: Its first line, from 1; 0 where that says nothing.
        heading: The heading it stands under; may be empty.
        answer: Whether it answers the question by itself. At the head of a search's
            sources it is given alone.
    """

    title: str
    location: str
    text: str = ""
    page: int = 0
    line: int = 0
    heading: str = ""
    answer: bool = False


def merged(found: Iterable[Sequence[Source]]) -> tuple[Source, ...]:
    """What several searches for the same words found, best first.

    Answers come first, then in turn the best of each, the second of each and so on.
    The same passage comes once.
    """
    ranks = zip_longest(*found)
    in_turn = [source for rank in ranks for source in rank if source is not None]
    by_passage = {(source.location, source.text): source for source in in_turn}
    return tuple(sorted(by_passage.values(), key=lambda source: not source.answer))


def given(found: Sequence[Source], searches: int) -> tuple[Source, ...]:
    """Those of a search's sources that MOSS is given.

    Args:
        found: All of them, best first.
        searches: How many searches the turn has.
    """
    if searches == 1 and found and found[0].answer:
        return tuple(found[:1])
    return tuple(found[: _SNIPPETS.get(searches, 1)])


def snippet(number: int, source: Source) -> str:
    """A passage as MOSS is given it, on one line."""
    return f"<|{number}|>: {neutral(source.text[:SNIPPET_CHARACTERS])!r}"


def neutral(text: str) -> str:
    """A text from outside, without what MOSS's prompts are divided by.

    The text never becomes a control token in any case, but a model, or whoever reads
    its prompt as text, could still take `<|MOSS|>:`, `<|1|>:` or `<eor>` in it for the
    beginning or the end of something. A space behind the `<` prevents it.
    """
    return _STRUCTURE.sub("< ", text)
