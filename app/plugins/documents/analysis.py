"""Text and questions as the index sees them: pure functions.

SQLite's unicode61 tokenizer takes a run of Chinese for one word, and its trigram
tokenizer finds nothing shorter than three characters. So each Chinese, Japanese or
Korean character is indexed as a word of its own, parted from its neighbours by
`SEPARATOR`, and a question looks for pairs of them as phrases. Against an index of
pairs this took half the space and a third of the time to build (65 MB and 1.7 s for
10 million characters, not 126 MB and 5.1 s), and 34 ms a question instead of 8.
"""

import re
import unicodedata
from collections.abc import Iterator
from itertools import pairwise
from typing import Final

from app.plugins.documents.stop_words import ASKING, ENGLISH

SEPARATOR: Final = "\x1f"
"""Stands in no text: passages hold no control characters."""
MOST_TERMS: Final = 48
_CJK: Final = (
    r"[\u3005-\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff"
    r"\U00020000-\U0003ffff]"
)
_BETWEEN: Final = re.compile(rf"(?<={_CJK})(?=\w)|(?<=\w)(?={_CJK})")
_RUN: Final = re.compile(rf"({_CJK}+)|[^\W_]+")
_ASKING: Final = re.compile("|".join(sorted(ASKING, key=len, reverse=True)))
_VARIANTS: Final = {
    code: unicodedata.normalize("NFKC", chr(code))
    for first, last in (
        *(("０", "９"), ("Ａ", "Ｚ"), ("ａ", "ｚ")),
        # Ligatures, and the characters that some fonts of PDF files have in the place
        # of ordinary Chinese ones: radicals, and those for compatibility.
        *(("\ufb00", "\ufb06"), ("\u2f00", "\u2fd5"), ("\uf900", "\ufad9")),
    )
    for code in range(ord(first), ord(last) + 1)
}


def plain_characters(text: str) -> str:
    """Wide letters, ligatures and the like as ordinary ones.

    Unlike NFKC as a whole this leaves Chinese punctuation, fractions and so on alone.
    """
    return text.translate(_VARIANTS)


def spaced(text: str) -> str:
    """Text as it is indexed."""
    return _BETWEEN.sub(SEPARATOR, text)


def terms(question: str) -> tuple[str, ...]:
    """What a question looks for: words, and pairs of Chinese characters.

    Words that only make it a question, and those that stand in every text, are left
    out, unless it has no others.
    """
    text = plain_characters(question).lower()
    found = dict.fromkeys(_terms(_ASKING.sub(" ", text)))
    useful = [term for term in found if term not in ENGLISH]
    return tuple(useful or dict.fromkeys(_terms(text)))[:MOST_TERMS]


def match(term: str) -> str:
    """A term as an FTS5 phrase."""
    # A term is letters and digits only, so nothing in it needs escaping.
    return f'"{spaced(term)}"'


def _terms(text: str) -> Iterator[str]:
    for run in _RUN.finditer(text):
        characters = run[1]
        if characters is None:
            yield run[0]
        elif len(characters) == 1:
            yield characters
        else:
            yield from map("".join, pairwise(characters))
