"""What is painted around blocks: the paper of code, the bars beside quotations."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QFont, QPainter, QPalette, QTextBlock, QTextDocument

from app.ui.rich_text.styles import CODE, CODE_HEADER, CODE_PADDING, INDENT, QUOTES

_RADIUS: Final = 8.0
_BAR: Final = 3.0
_BAR_INSET: Final = 4.0


@dataclass(frozen=True, slots=True)
class CodeBlock:
    """A block of code in a document.

    Attributes:
        number: Which one, from 1.
        first: Its first line.
        last: Its last line.
    """

    number: int
    first: QTextBlock
    last: QTextBlock

    def area(self, width: float) -> QRectF:
        """Its paper in a document that is so wide, its header included."""
        top = _lines(self.first).top() - CODE_HEADER
        bottom = _lines(self.last).bottom() + CODE_PADDING
        left = self.first.blockFormat().leftMargin() - CODE_PADDING
        return QRectF(left, top, width - left, bottom - top)


def code_blocks(document: QTextDocument) -> Iterator[CodeBlock]:
    """The blocks of code from the top."""
    first: QTextBlock | None = None
    for block in _blocks(document):
        number = _number(block)
        if first is None and number:
            first = block
        if first is not None and _number(block.next()) != number:
            yield CodeBlock(number, first, block)
            first = None


@dataclass(frozen=True, slots=True)
class Decorator:
    """Paints into a widget.

    Attributes:
        painter: Paints in the document's coordinates.
        font: The widget's.
        palette: The widget's.
    """

    painter: QPainter
    font: QFont
    palette: QPalette

    def code(self, area: QRectF, language: str) -> None:
        """The paper behind a block of code, and what language it is."""
        self.painter.setPen(Qt.PenStyle.NoPen)
        self.painter.setBrush(self.palette.color(QPalette.ColorRole.AlternateBase))
        self.painter.drawRoundedRect(area, _RADIUS, _RADIUS)
        header = area.adjusted(CODE_PADDING, 0, 0, 0)
        header.setHeight(CODE_HEADER)
        self.painter.setPen(self.palette.color(QPalette.ColorRole.PlaceholderText))
        self.painter.setFont(self.font)
        self.painter.drawText(header, Qt.AlignmentFlag.AlignVCenter, language)

    def quotations(self, document: QTextDocument) -> None:
        """The bars beside quotations, without a gap between their paragraphs."""
        self.painter.setPen(Qt.PenStyle.NoPen)
        self.painter.setBrush(self.palette.color(QPalette.ColorRole.Mid))
        for block in _blocks(document):
            quotes = block.blockFormat().intProperty(QUOTES)
            following = block.next().blockFormat().intProperty(QUOTES)
            area = _lines(block)
            for level in range(quotes):
                goes_on = level < following
                bottom = _lines(block.next()).top() if goes_on else area.bottom()
                left = level * INDENT + _BAR_INSET
                bar = QRectF(left, area.top(), _BAR, bottom - area.top())
                self.painter.drawRoundedRect(bar, _BAR / 2, _BAR / 2)


def _number(block: QTextBlock) -> int:
    """Which block of code a line belongs to; 0 for none."""
    return block.blockFormat().intProperty(CODE)


def _lines(block: QTextBlock) -> QRectF:
    """Where a block's lines are, its margins left out."""
    layout = block.layout()
    return layout.boundingRect().translated(layout.position())


def _blocks(document: QTextDocument) -> Iterator[QTextBlock]:
    block = document.begin()
    while block.isValid():
        yield block
        block = block.next()
