"""What others found, as text of the length that MOSS is given."""

import re
from html import unescape
from typing import Final

from app.domain.sources import SNIPPET_CHARACTERS
from app.plugins.documents.passages import one_line
from app.plugins.documents.sentences import pieces, sentence_spans

_TAG: Final = re.compile(r"<[^<>]{0,200}>")
_MOST: Final = 10_000


def plain(text: object) -> str:
    """One line without markup; empty for what is no text."""
    if not isinstance(text, str):
        return ""
    return one_line(unescape(_TAG.sub(" ", text[:_MOST])))


def shortened(text: str) -> str:
    """The first sentences, as many as MOSS is given."""
    end = 0
    for _, stop in sentence_spans(text):
        if stop > SNIPPET_CHARACTERS:
            break
        end = stop
    if not end:
        most = SNIPPET_CHARACTERS
        _, end = next(pieces(text, 0, end=len(text), most=most), (0, 0))
    return text[:end].strip()
