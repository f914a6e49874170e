"""What the parts of this package hand to each other: plain values, no I/O."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import msgspec

from app.domain.errors import MossError

JOINT: Final = " › "
"""Between a title and the headings below it."""


class Problem(StrEnum):
    """Why a file is not in the index, or only in part; `services` has the words."""

    DAMAGED = "damaged"
    PARTLY_DAMAGED = "partly_damaged"
    ENCRYPTED = "encrypted"
    NO_TEXT = "no_text"
    NOT_TEXT = "not_text"
    TOO_LARGE = "too_large"
    EXPANDS = "expands"
    ENTITIES = "entities"
    TIME_LIMIT = "time_limit"
    MEMORY = "memory"
    NOT_ALLOWED = "not_allowed"
    NAME = "name"
    READER_LOST = "reader_lost"


class UnreadableError(MossError):
    """A file gives no text.

    Attributes:
        problem: Why.
        detail: What the library said; for the log and the curious.
    """

    def __init__(self, problem: Problem, detail: str = "") -> None:
        super().__init__(f"{problem.value}: {detail}" if detail else problem.value)
        self.problem = problem
        self.detail = detail


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph, heading or row, as it stands in a file.

    Attributes:
        text: Its text; line breaks within are kept.
        level: 1 to 6 for a heading, else 0.
        page: From 1; 0 where the format has no pages.
        line: The line it begins on, from 1; 0 where the format has no lines.
    """

    text: str
    level: int = 0
    page: int = 0
    line: int = 0


class Place(msgspec.Struct, frozen=True):
    """Where in a file a passage stands.

    Attributes:
        heading: The headings above it, outermost first, joined by `JOINT`.
        page: From 1; 0 where the format has no pages.
        line: From 1; 0 where the format has no lines.
    """

    heading: str = ""
    page: int = 0
    line: int = 0


class Passage(msgspec.Struct, frozen=True):
    """A few sentences of a file: what is indexed and found.

    Attributes:
        text: In one line.
        place: Where they stand.
    """

    text: str
    place: Place
