"""Where sentences end, in Chinese and English: pure text, in linear time."""

import re
from collections.abc import Iterator
from typing import Final

_END: Final = re.compile(
    # Chinese: the mark ends it, with the quotes and brackets that close behind it.
    r"[。！？；…]+[”’」』）】》\"')\]]*"
    # English: the mark and white space behind it. What follows decides about "e.g. a".
    # Looking back keeps a long row of marks from being tried at each of them.
    r"|(?<![.!?])[.!?]+[\"'”’)\]]*(?=\s+(?![a-z]))"
    r"|\n[ \t]*\n"
)
_ABBREVIATION: Final = re.compile(
    r"(?:\b(?:Mr|Mrs|Ms|Dr|Prof|St|No|Nr|vs|Fig|Sec|Vol|pp?|etc|cf|al|Inc|Ltd|Jr|Sr"
    r"|[A-Z])|\b(?:e\.g|i\.e|U\.S))\.$"
)
_LOOK_BACK: Final = 8


def sentence_spans(text: str) -> Iterator[tuple[int, int]]:
    """Beginning and end of each sentence; together they are the whole text."""
    begin = 0
    for mark in _END.finditer(text):
        end = mark.end()
        if _ABBREVIATION.search(text, max(begin, end - _LOOK_BACK), end):
            continue
        yield begin, end
        begin = end
    if begin < len(text):
        yield begin, len(text)


def pieces(text: str, begin: int, *, end: int, most: int) -> Iterator[tuple[int, int]]:
    """Cuts what is longer than `most` characters, between words where it can."""
    while end - begin > most:
        at = max(
            text.rfind(mark, begin + most // 2, begin + most) for mark in " \n,，、"
        )
        cut = at + 1 if at >= 0 else begin + most
        yield begin, cut
        begin = cut
    if begin < end:
        yield begin, end
