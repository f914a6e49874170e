"""Writes tables."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from markdown_it.token import Token
from PySide6.QtCore import Qt
from PySide6.QtGui import (
    QBrush,
    QFont,
    QTextBlockFormat,
    QTextCharFormat,
    QTextCursor,
    QTextFrameFormat,
    QTextTableCell,
    QTextTableFormat,
)

from app.ui.rich_text.line_writer import LineWriter
from app.ui.rich_text.styles import Styles
from app.ui.rich_text.token_stream import TokenStream


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of a table.

    Attributes:
        content: What stands in it.
        alignment: Where in the column.
        heading: Whether it is part of the table's head.
    """

    content: Token
    alignment: Qt.AlignmentFlag
    heading: bool


class TableWriter:
    """Writes tables.

    Args:
        lines: Writes what stands in a cell.
        styles: How things look.
    """

    def __init__(self, lines: LineWriter, styles: Styles) -> None:
        self._lines = lines
        self._styles = styles

    def write(
        self, cursor: QTextCursor, rows: Sequence[Sequence[Cell]], *, left: int
    ) -> None:
        """Writes a table at a cursor.

        Args:
            cursor: Where; in an empty block.
            rows: The cells, the head first; not all rows need be as long.
            left: Pixels to the left of it.
        """
        columns = max(map(len, rows))
        table = cursor.insertTable(len(rows), columns, self._format(left))
        for number, row in enumerate(rows):
            for column, cell in enumerate(row):
                self._cell(table.cellAt(number, column), cell)

    def _format(self, left: int) -> QTextTableFormat:
        form = QTextTableFormat()
        form.setBorder(1)
        form.setBorderBrush(QBrush(self._styles.line))
        form.setBorderStyle(QTextFrameFormat.BorderStyle.BorderStyle_Solid)
        form.setBorderCollapse(True)
        form.setCellPadding(6)
        form.setTopMargin(2)
        form.setBottomMargin(10)
        form.setLeftMargin(left)
        form.setHeaderRowCount(1)
        return form

    def _cell(self, place: QTextTableCell, cell: Cell) -> None:
        cursor = place.firstCursorPosition()
        form = QTextBlockFormat()
        form.setAlignment(cell.alignment)
        cursor.setBlockFormat(form)
        style = QTextCharFormat(self._styles.text)
        if cell.heading:
            style.setFontWeight(QFont.Weight.DemiBold)
            paper = place.format()
            paper.setBackground(self._styles.paper)
            place.setFormat(paper)
        self._lines.write(cursor, cell.content, style)


def rows(tokens: TokenStream) -> Iterator[list[Cell]]:
    """A table's rows up to its end."""
    row: list[Cell] = []
    for token in tokens:
        match token.type:
            case "tr_open":
                row = []
            case "th_open" | "td_open":
                heading = token.type == "th_open"
                row.append(Cell(tokens.inline(), _alignment(token), heading))
            case "tr_close" if row:
                yield row
            case "table_close":
                return
            case _:
                pass


def _alignment(opening: Token) -> Qt.AlignmentFlag:
    style = str(opening.attrs.get("style", ""))
    if style.endswith("right"):
        return Qt.AlignmentFlag.AlignRight
    if style.endswith("center"):
        return Qt.AlignmentFlag.AlignHCenter
    return Qt.AlignmentFlag.AlignLeft
