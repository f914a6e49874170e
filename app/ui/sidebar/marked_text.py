"""Lines of text in which what was looked for is marked, cut to a width."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import (
    QBrush,
    QFont,
    QFontMetricsF,
    QPainter,
    QTextCharFormat,
    QTextLayout,
)

Marks = tuple[tuple[int, int], ...]
_LEAD: Final = 0.5
"""The first mark begins within this part of the first line."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line.

    Attributes:
        text: What it says.
        marks: First and end of each mark, in characters.
    """

    text: str
    marks: Marks = ()


def lines_of(
    text: str, marks: Marks, *, font: QFont, width: float, most: int
) -> tuple[Line, ...]:
    """A text broken into lines; the last one is elided where there is more.

    Args:
        text: On one line.
        marks: First and end of each mark, in characters.
        font: What it is drawn with; marks are bolder.
        width: Of a line, in pixels.
        most: How many lines there may be.
    """
    metrics = QFontMetricsF(marked_font(font) if marks else font)
    text, marks = _led(Line(text, marks), metrics, width)
    lines: list[Line] = []
    start = 0
    while start < len(text) and len(lines) < most - 1:
        end = start + _fitting(text[start:], metrics, width)
        lines.append(Line(text[start:end].rstrip(), _within(marks, start, end)))
        start = end
    if start < len(text):
        rest = metrics.elidedText(text[start:], Qt.TextElideMode.ElideRight, width)
        kept = len(rest) - rest.endswith("…")
        lines.append(Line(rest, _within(marks, start, start + kept)))
    return tuple(lines)


def marked_font(font: QFont) -> QFont:
    """The font of marks."""
    marked = QFont(font)
    marked.setWeight(QFont.Weight.DemiBold)
    return marked


@dataclass(frozen=True, slots=True)
class Look:
    """How marks look.

    Attributes:
        ground: Behind them.
        ink: Their letters.
    """

    ground: QBrush
    ink: QBrush


def draw(
    painter: QPainter, rect: QRectF, line: Line, *, font: QFont, look: Look
) -> None:
    """Draws a line with the painter's pen, in the middle of a rectangle's height."""
    layout = QTextLayout(line.text, font)
    layout.setFormats(list(_formats(line, look)))
    layout.beginLayout()
    drawn = layout.createLine()
    drawn.setLineWidth(max(rect.width(), 1.0) * 2)  # it is cut already
    layout.endLayout()
    down = max(0.0, (rect.height() - drawn.height()) / 2)
    layout.draw(painter, QPointF(rect.left(), rect.top() + down))


def _formats(line: Line, look: Look) -> Iterator[QTextLayout.FormatRange]:
    for first, end in line.marks:
        made = QTextLayout.FormatRange()
        # Qt counts in UTF-16.
        made.start = _units(line.text[:first])
        made.length = _units(line.text[first:end])
        marked = QTextCharFormat()
        marked.setBackground(look.ground)
        marked.setForeground(look.ink)
        marked.setFontWeight(QFont.Weight.DemiBold)
        made.format = marked
        yield made


def _units(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def _led(line: Line, metrics: QFontMetricsF, width: float) -> tuple[str, Marks]:
    """The text without so much of its beginning that the first mark is seen."""
    text, marks = line.text, line.marks
    if not marks:
        return text, marks
    first = marks[0][0]
    start = 0
    while (
        start < first and metrics.horizontalAdvance(text[start:first]) > width * _LEAD
    ):
        start += 1
    if start <= 1:
        return text, marks
    space = text.find(" ", start, first)
    start = space + 1 if space >= 0 else start
    moved = tuple((begin - start + 1, end - start + 1) for begin, end in marks)
    return f"…{text[start:]}", moved


def _fitting(text: str, metrics: QFontMetricsF, width: float) -> int:
    """How many characters stand on a line: whole words, where there are any."""
    if metrics.horizontalAdvance(text) <= width:
        return len(text)
    low, high = 1, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        if metrics.horizontalAdvance(text[:middle]) <= width:
            low = middle
        else:
            high = middle - 1
    space = text.rfind(" ", 0, low + 1)
    return space + 1 if space > low // 2 else low


def _within(marks: Marks, start: int, end: int) -> Marks:
    return tuple(
        (max(first, start) - start, min(last, end) - start)
        for first, last in marks
        if first < end and last > start
    )
