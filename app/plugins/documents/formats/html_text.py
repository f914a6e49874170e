"""The text of HTML pages, and of the chapters of e-books, which are the same."""

from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Final

from typing_extensions import override

from app.plugins.documents.formats.plain_text import decoded
from app.plugins.documents.values import Block

_UNSEEN: Final = frozenset({"script", "style", "template", "noscript", "svg", "math"})
_INLINE_NAMES: Final = (
    "a abbr acronym b bdi bdo big cite code data del dfn em font i img ins kbd label "
    "mark q ruby s samp small span strike strong sub sup time tt u var wbr"
)
_INLINE: Final = frozenset(_INLINE_NAMES.split())
_HEADINGS: Final = {f"h{level}": level for level in range(1, 7)}
_CELLS: Final = frozenset({"td", "th"})


def read_html(path: Path) -> Iterator[Block]:
    """The blocks of a page."""
    yield from html_blocks(decoded(path.read_bytes()))


def html_blocks(page: str) -> list[Block]:
    """The blocks of a page that is text already."""
    reader = _Reader()
    reader.feed(page)
    reader.close()
    return reader.finish()


class _Reader(HTMLParser):
    """Collects text; every element that is not within a line ends a block."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._blocks: list[Block] = []
        self._text: list[str] = []
        self._level = 0
        self._unseen = 0

    def finish(self) -> list[Block]:
        """All blocks."""
        self._end_block()
        return self._blocks

    @override
    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _UNSEEN:
            self._unseen += 1
        elif tag == "br":
            self._text.append("\n")
        elif tag in _CELLS:
            self._text.append(" ")
        elif tag not in _INLINE:
            self._end_block()
            self._level = _HEADINGS.get(tag, 0)

    @override
    def handle_endtag(self, tag: str) -> None:
        if tag in _UNSEEN:
            self._unseen = max(0, self._unseen - 1)
        elif tag not in _INLINE and tag not in _CELLS:
            self._end_block()

    @override
    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in _UNSEEN:
            self.handle_starttag(tag, attrs)

    @override
    def handle_data(self, data: str) -> None:
        if not self._unseen:
            self._text.append(data)

    def _end_block(self) -> None:
        text = "".join(self._text).strip()
        if text:
            self._blocks.append(Block(text, self._level))
        self._text.clear()
        self._level = 0
