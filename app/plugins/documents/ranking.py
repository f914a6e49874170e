"""Answers questions from an index: bm25 chooses, nearness decides.

All terms of a question are looked for, each alone. Of the passages that bm25 likes
most, those come first that hold much of the question in the few sentences that MOSS
will see.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from app.plugins.documents.analysis import SEPARATOR, match, terms
from app.plugins.documents.database import Database
from app.plugins.documents.hits import BEGIN, END, read_marks
from app.plugins.documents.snippets import best_snippet
from app.plugins.documents.values import JOINT, Place

_CANDIDATES: Final = 40
_HEADING: Final = 0.4
"""What a hit in a heading counts beside one in the text."""
_SENTENCE: Final = 2.0
_SNIPPET: Final = 0.5
"""What a sentence, and a snippet, that hold the whole question count beside the best
bm25."""
_ANY_TERM: Final = 0.5
"""What a term tells that stands in every passage; it does not in every sentence."""

_QUERY: Final = f"""
    SELECT files.path, highlight(passages, 0, '{BEGIN}', '{END}'), passages.heading,
           places.page, places.line, -passages.rank
    FROM passages
    JOIN places ON places.id = passages.rowid JOIN files ON files.id = places.file
    WHERE passages MATCH ? AND passages.rank MATCH 'bm25(1.0, {_HEADING})'
    ORDER BY passages.rank LIMIT {_CANDIDATES}
"""  # noqa: S608 -- constants of ours
_COUNT: Final = "SELECT count(*) FROM passages WHERE passages MATCH ?"
_ALL: Final = "SELECT count(*) FROM places"


@dataclass(frozen=True, slots=True)
class Found:
    """A passage that answers a question.

    Attributes:
        path: The file.
        place: Where in it.
        snippet: What MOSS is given of it.
        score: Higher is better; of this question only.
    """

    path: str
    place: Place
    snippet: str
    score: float


def answers(index: Database, question: str, count: int) -> list[Found]:
    """The best passages, best first; no two with the same snippet.

    Raises:
        UserError: The index cannot be read.
        DamagedIndexError: It is damaged.
    """
    looked_for = terms(question)
    if not looked_for:
        return []
    rows = index.rows(_QUERY, " OR ".join(map(match, looked_for)))
    if not rows:
        return []
    weights = _weights(index, looked_for)
    whole = sum(weights.values())
    best = max(row[5] for row in rows)
    found: list[Found] = []
    for path, marked, heading, page, line, rank in rows:
        snippet = best_snippet(read_marks(marked, looked_for), weights)
        nearness = (_SENTENCE * snippet.nearest + _SNIPPET * snippet.weight) / whole
        # The first part is the file's title, which `path` says already.
        below = heading.replace(SEPARATOR, "").partition(JOINT)[2]
        place = Place(below, page, line)
        score = rank / best + nearness
        found.append(Found(path, place, snippet.text, score))
    found.sort(key=lambda passage: -passage.score)
    return _distinct(found)[:count]


def _weights(index: Database, looked_for: Iterable[str]) -> dict[str, float]:
    """How much each term tells: mostly its inverse document frequency, as in bm25."""
    passages = index.number(_ALL)
    counts: Mapping[str, int] = {
        term: index.number(_COUNT, match(term)) for term in looked_for
    }
    return {
        term: _ANY_TERM + math.log(1 + (passages - count + 0.5) / (count + 0.5))
        for term, count in counts.items()
    }


def _distinct(found: list[Found]) -> list[Found]:
    return list({passage.snippet: passage for passage in reversed(found)}.values())[
        ::-1
    ]
