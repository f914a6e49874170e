"""The whole text of a file as a person would copy it, for a message to go along with.

Text, Markdown and source code stay as they are, whatever the file is called. Of other
documents it is the blocks, one below the other, headings marked as in Markdown.
"""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from app.plugins.documents.extraction import blocks, content
from app.plugins.documents.formats.limits import ATTACHED_CHARACTERS
from app.plugins.documents.formats.plain_text import decoded
from app.plugins.documents.suffixes import Kind, kind_of
from app.plugins.documents.values import Block, Problem, UnreadableError

_PIECE: Final = 100_000
"""Characters that are handed on at once."""
_AS_IT_IS: Final = (None, Kind.TEXT, Kind.MARKDOWN)
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_SPACE_AT_END: Final = re.compile(r"[ \t]+$", re.MULTILINE)
_EMPTY_LINES: Final = re.compile(r"\n{3,}")


def whole_text(path: Path) -> Iterator[str]:
    """A file's text in pieces, in their order.

    Raises:
        UnreadableError: There is none. `PARTLY_DAMAGED` comes behind the last of what
            could be read.
    """
    if kind_of(path) in _AS_IT_IS:
        pieces: Iterable[str] = (decoded(content(path)),)
    else:
        pieces = _paragraphs(blocks(path))
    left, found = ATTACHED_CHARACTERS, False
    for piece in pieces:
        text = _tidy(piece)
        left -= len(text)
        if left < 0:
            raise UnreadableError(Problem.TOO_LARGE)
        found = found or bool(text.strip())
        yield from (text[at : at + _PIECE] for at in range(0, len(text), _PIECE))
    if not found:
        raise UnreadableError(Problem.NO_TEXT)


def _paragraphs(found: Iterable[Block]) -> Iterator[str]:
    gap = ""
    for block in found:
        if text := _EMPTY_LINES.sub("\n\n", _tidy(block.text)).strip():
            mark = "#" * block.level + " " if block.level else ""
            yield f"{gap}{mark}{text}"
            gap = "\n\n"


def _tidy(text: str) -> str:
    """Text without what neither a person nor a model sees."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").replace("\f", "\n")
    return _SPACE_AT_END.sub("", _CONTROL.sub("", lines))
