"""Text, Markdown, tables and source code: lines that know their numbers."""

import codecs
import re
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import Final

import charset_normalizer

from app.plugins.documents.values import Block, Problem, UnreadableError

_BOMS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    # UTF-32's begins with UTF-16's.
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_CHARSETS: Final = [
    "gb18030",
    "big5",
    "cp1252",
    "cp1250",
    "cp1251",
    "shift_jis",
    "euc_jp",
    "euc_kr",
]
"""What text that is no UTF-8 is tried as; Chinese first, as this program's users."""
_SAMPLE_BYTES: Final = 65536
_HEADING: Final = re.compile(r" {0,3}(#{1,6})[ \t]+(.+?)(?:[ \t]+#+)?[ \t]*")
_FENCE: Final = re.compile(r" {0,3}(```|~~~)")


def read_text(path: Path) -> Iterator[Block]:
    """Paragraphs, which blank lines part."""
    yield from _paragraphs(decoded(path.read_bytes()).splitlines(), first=1)


def read_markdown(path: Path) -> Iterator[Block]:
    """Headings and paragraphs (CommonMark 4.2 for headings; the rest as it stands)."""
    waiting: list[str] = []
    first, fenced = 1, False
    for number, line in enumerate(decoded(path.read_bytes()).splitlines(), 1):
        fenced ^= _FENCE.match(line) is not None
        heading = None if fenced else _HEADING.fullmatch(line)
        if heading is None:
            waiting.append(line)
            continue
        yield from _paragraphs(waiting, first)
        yield Block(heading[2], len(heading[1]), line=number)
        waiting, first = [], number + 1
    yield from _paragraphs(waiting, first)


def decoded(data: bytes) -> str:
    """Bytes as text: by its mark, as UTF-8, or as what it looks most like.

    Raises:
        UnreadableError: `NOT_TEXT`.
    """
    for mark, name in _BOMS:
        if data.startswith(mark):
            return data.decode(name, "replace")
    if b"\0" in data:
        raise UnreadableError(Problem.NOT_TEXT)
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode(_charset(data), "replace")


def _charset(data: bytes) -> str:
    """What text looks most like.

    Raises:
        UnreadableError: `NOT_TEXT`.
    """
    found = charset_normalizer.from_bytes(
        data[:_SAMPLE_BYTES], cp_isolation=_CHARSETS
    ).best()
    if found is None:
        raise UnreadableError(Problem.NOT_TEXT)
    return found.encoding


def _paragraphs(lines: list[str], first: int) -> Iterator[Block]:
    numbered = enumerate(lines, first)
    for filled, group in groupby(numbered, lambda line: bool(line[1].strip())):
        if filled:
            number, text = next(group)
            yield Block("\n".join([text, *(line for _, line in group)]), line=number)
