"""What is painted around blocks: the paper of code, the bars beside quotations."""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QFont, QPainter, QPalette, QTextBlock, QTextDocument

from app.ui.rich_text.styles import CODE_HEADER, CODE_PADDING, INDENT, QUOTES
from app.ui.rich_text.writer import CodeBlock

_RADIUS: Final = 8.0
_BAR: Final = 3.0
_BAR_INSET: Final = 4.0


def code_area(code: CodeBlock, width: float) -> QRectF:
    """The paper of code in a document that is so wide, its header included."""
    first = code.first
    top = _lines(first).top() - CODE_HEADER
    bottom = _lines(code.last).bottom() + CODE_PADDING
    left = first.blockFormat().leftMargin() - CODE_PADDING
    return QRectF(left, top, width - left, bottom - top)


def blocks_within(document: QTextDocument, top: float, bottom: float) -> range:
    """The numbers of the blocks that are seen between two heights.

    However long the document is, this looks at few of them.
    """

    def number_at(y: float) -> int:
        place = document.documentLayout().hitTest(
            QPointF(0, y), Qt.HitTestAccuracy.FuzzyHit
        )
        return document.findBlock(max(place, 0)).blockNumber()

    return range(number_at(top), number_at(bottom) + 1)


def codes_within(codes: Sequence[CodeBlock], blocks: range) -> Iterator[CodeBlock]:
    """Those blocks of code of which some lines are among these."""

    def end(code: CodeBlock) -> int:
        return code.start.blockNumber() + code.lines

    for code in codes[bisect_left(codes, blocks.start + 1, key=end) :]:
        if code.start.blockNumber() >= blocks.stop:
            return
        yield code


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

    def quotations(self, document: QTextDocument, blocks: range) -> None:
        """The bars beside those blocks that are quotations, without gaps between."""
        self.painter.setPen(Qt.PenStyle.NoPen)
        self.painter.setBrush(self.palette.color(QPalette.ColorRole.Mid))
        block = document.findBlockByNumber(blocks.start)
        for _ in blocks:
            following = block.next()
            for bar in _bars(block, following):
                self.painter.drawRoundedRect(bar, _BAR / 2, _BAR / 2)
            block = following


def _bars(block: QTextBlock, following: QTextBlock) -> Iterator[QRectF]:
    quotes = block.blockFormat().intProperty(QUOTES)
    if not quotes:
        return
    after = following.blockFormat().intProperty(QUOTES)
    area = _lines(block)
    for level in range(quotes):
        bottom = _lines(following).top() if level < after else area.bottom()
        left = level * INDENT + _BAR_INSET
        yield QRectF(left, area.top(), _BAR, bottom - area.top())


def _lines(block: QTextBlock) -> QRectF:
    """Where a block's lines are, its margins left out."""
    layout = block.layout()
    return layout.boundingRect().translated(layout.position())
