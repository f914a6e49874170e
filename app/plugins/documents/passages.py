"""Blocks into passages: whole sentences, about as many as a snippet holds.

A passage never crosses a heading or a page, so that its place is true. Short
paragraphs under one heading share a passage.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Final

from app.plugins.documents.analysis import plain_characters
from app.plugins.documents.sentences import pieces, sentence_spans
from app.plugins.documents.values import JOINT, Block, Passage, Place

MOST_COLUMNS: Final = 500
"""Of a passage, where a Chinese character takes two: it says about as much as that."""
_HEADING_CHARACTERS: Final = 200
_SPACE: Final = re.compile(
    r"[\s\x00-\x20\x7f\u00ad\u200b-\u200f\u2028-\u202f\u2060\ufeff]+"
)
_HAN: Final = r"[\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef\U00020000-\U0003ffff]"
_BETWEEN_HAN: Final = re.compile(rf"(?<={_HAN}) (?={_HAN})|(?<=[。，、；：！？]) ")
_HYPHENATED: Final = re.compile(r"(?<=[a-z])-\n(?=[a-z])")


def passages(blocks: Iterable[Block]) -> Iterator[Passage]:
    """The passages of a file's blocks."""
    headings: list[tuple[int, str]] = []
    waiting: list[str] = []
    length = 0
    place = Place()
    for block in blocks:
        if block.level:
            headings = [above for above in headings if above[0] < block.level]
            headings.append((block.level, one_line(block.text)))
        heading = JOINT.join(text for _, text in headings)[:_HEADING_CHARACTERS]
        ends = block.level or block.page != place.page
        for text, line in _sentences(block):
            if waiting and (ends or length + _columns(text) > MOST_COLUMNS):
                yield Passage(one_line(" ".join(waiting)), place)
                waiting, length = [], 0
            ends = False
            if not waiting:
                place = Place(heading, block.page, line)
            waiting.append(text)
            length += _columns(text) + 1
    if waiting:
        yield Passage(one_line(" ".join(waiting)), place)


def one_line(text: str) -> str:
    """Text without line breaks and control characters.

    A line that breaks between two Chinese characters leaves no space, and a word that
    was hyphenated at the end of a line is whole again. Variants of characters become
    the ordinary ones.
    """
    text = _SPACE.sub(" ", _HYPHENATED.sub("", text)).strip()
    return plain_characters(_BETWEEN_HAN.sub("", text))


def _columns(text: str) -> int:
    # GB 18030 has one byte for ASCII, two for Chinese and four for what is rare.
    return len(text.encode("gb18030", "replace"))


def _sentences(block: Block) -> Iterator[tuple[str, int]]:
    """The sentences of a block, each in one line, and the line it begins on."""
    text = block.text
    counted, lines = 0, block.line
    for begin, end in sentence_spans(text):
        for first, last in pieces(text, begin, end=end, most=MOST_COLUMNS):
            sentence = one_line(text[first:last])
            if not sentence:
                continue
            if block.line:
                start = first + len(text[first:last]) - len(text[first:last].lstrip())
                lines += text.count("\n", counted, start)
                counted = start
            yield sentence, lines
