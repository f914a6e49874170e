"""The text of Word's docx files (ECMA-376, WordprocessingML).

The two parts that hold it are small XML grammars, read as events by the standard
library: python-docx builds whole trees through lxml, which is a native library and
has no bound on memory.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from app.plugins.documents.formats import xml_events
from app.plugins.documents.formats.archive import Archive
from app.plugins.documents.values import Block

_DOCUMENT: Final = "word/document.xml"
_NOTES: Final = ("word/footnotes.xml", "word/endnotes.xml")
_STYLES: Final = "word/styles.xml"
_MOST_LEVEL: Final = 6
_BREAKS: Final = {"tab": " ", "br": "\n", "cr": "\n", "noBreakHyphen": "-"}


def read_word(path: Path) -> Iterator[Block]:
    """Paragraphs, headings and the rows of tables, then notes."""
    with Archive(path) as archive:
        styles = _Styles()
        if archive.has(_STYLES):
            xml_events.parse(archive.read(_STYLES), styles)
        parts = (_DOCUMENT, *(name for name in _NOTES if archive.has(name)))
        for name in parts:
            body = _Body(styles.levels)
            xml_events.parse(archive.read(name), body)
            yield from body.blocks


class _Styles:
    """Which styles are headings: `heading 1` is the name in every language."""

    def __init__(self) -> None:
        self.levels: dict[str, int] = {}
        self._style = ""

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        value = attributes.get("val", "")
        if name == "style":
            self._style = attributes.get("styleId", "")
        elif name == "name" and value.lower() == "title":
            self.levels[self._style] = 1
        elif name == "name" and value.lower().startswith("heading "):
            self.levels[self._style] = _level(value.rpartition(" ")[2])

    def end(self, name: str) -> None:
        """Nothing."""

    def text(self, text: str) -> None:
        """Nothing."""


class _Body:
    """Collects blocks; a table's row is one, so that its cells stay together."""

    def __init__(self, levels: Mapping[str, int]) -> None:
        self.blocks: list[Block] = []
        self._levels = levels
        self._level = 0
        self._within_text = False
        self._text: list[str] = []
        self._rows: list[list[str]] = []
        self._fallbacks = 0

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        match name:
            case "Fallback":
                # The same again, for programs that do not know what stands before.
                self._fallbacks += 1
            case "tr":
                self._rows.append([])
            case "t":
                self._within_text = not self._fallbacks
            case "pStyle":
                self._level = self._levels.get(attributes.get("val", ""), 0)
            case _ if name in _BREAKS and not self._fallbacks:
                self._text.append(_BREAKS[name])

    def end(self, name: str) -> None:
        match name:
            case "Fallback":
                self._fallbacks -= 1
            case "t":
                self._within_text = False
            case "p":
                self._end_paragraph()
            case "tr" if self._rows:
                self._end_row(self._rows.pop())

    def text(self, text: str) -> None:
        if self._within_text:
            self._text.append(text)

    def _end_paragraph(self) -> None:
        text = "".join(self._text).strip()
        if text and self._rows:
            self._rows[-1].append(text)
        elif text:
            self.blocks.append(Block(text, self._level))
        self._text.clear()
        self._level = 0

    def _end_row(self, cells: list[str]) -> None:
        row = " | ".join(cells)
        if row and self._rows:
            self._rows[-1].append(row)
        elif row:
            self.blocks.append(Block(row))


def _level(number: str) -> int:
    return min(int(number), _MOST_LEVEL) if number.isdecimal() else 0
