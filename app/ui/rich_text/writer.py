"""Writes units of Markdown at the end of a document.

Everything is plain blocks, so that a part of the text can be taken out again and
selecting and reading aloud work; only tables are Qt's tables. What is drawn around
blocks (the paper of code, the bar beside a quotation) is painted by the widget.
"""

from collections.abc import Collection
from dataclasses import dataclass

from markdown_it.token import Token
from PySide6.QtCore import Qt
from PySide6.QtGui import (
    QBrush,
    QTextBlock,
    QTextBlockFormat,
    QTextCharFormat,
    QTextCursor,
    QTextDocument,
    QTextFormat,
    QTextLength,
    QTextListFormat,
)

from app.ui.rich_text import code_colours, tables
from app.ui.rich_text.formulas import Formulas
from app.ui.rich_text.line_writer import LineWriter
from app.ui.rich_text.markdown import Unit, first_number
from app.ui.rich_text.styles import (
    CODE_HEADER,
    CODE_PADDING,
    INDENT,
    QUOTES,
    Styles,
)
from app.ui.rich_text.tables import TableWriter
from app.ui.rich_text.token_stream import TokenStream


@dataclass(slots=True)
class CodeBlock:
    """A block of code in a document.

    Attributes:
        language: Its language; may be empty.
        start: Its beginning, wherever that moves.
        lines: How many lines it has, each a block of text.
    """

    language: str
    start: QTextCursor
    lines: int = 1

    @property
    def first(self) -> QTextBlock:
        """Its first line."""
        return self.start.block()

    @property
    def last(self) -> QTextBlock:
        """Its last line."""
        number = self.start.blockNumber() + self.lines - 1
        return self.start.document().findBlockByNumber(number)


class DocumentWriter:
    """Writes at the end of one document.

    Attributes:
        codes: The blocks of code that are written, from the top.

    Args:
        document: The document; empty.
        styles: How things look.
        formulas: Typesets them; None leaves them as they were written.
        references: The numbers that citations can refer to.
    """

    def __init__(
        self,
        document: QTextDocument,
        styles: Styles,
        formulas: Formulas | None,
        *,
        references: Collection[int] = (),
    ) -> None:
        self._cursor = QTextCursor(document)
        self._document = document
        document.setIndentWidth(INDENT)
        self._styles = styles
        self._lines = LineWriter(styles, formulas, references=references)
        self._tables = TableWriter(self._lines, styles)
        self._quotes = 0
        self._depth = 0
        self.codes: list[CodeBlock] = []

    def mark(self) -> QTextCursor:
        """The end of the document, which stays where it is when more is written."""
        mark = QTextCursor(self._document)
        mark.movePosition(QTextCursor.MoveOperation.End)
        mark.setKeepPositionOnInsert(True)
        return mark

    def write(self, unit: Unit) -> None:
        """Adds a unit."""
        self._cursor.movePosition(QTextCursor.MoveOperation.End)
        tokens = TokenStream(unit.tokens)
        if unit.number is not None or unit.bullet:
            self._depth = 1
            self._list_item(tokens, unit.number)
            self._depth = 0
            return
        for token in tokens:
            self._block(token, tokens)

    def cut(self, mark: QTextCursor, code_blocks: int) -> None:
        """Takes away what was written after a mark.

        Args:
            mark: What `mark` returned then.
            code_blocks: How many blocks of code there were.
        """
        del self.codes[code_blocks:]
        form, style = mark.blockFormat(), mark.blockCharFormat()
        self._cursor.setPosition(mark.position())
        self._cursor.movePosition(
            QTextCursor.MoveOperation.End, QTextCursor.MoveMode.KeepAnchor
        )
        self._cursor.removeSelectedText()
        # An empty block takes the format of the one that is joined to it.
        if mark.position() == 0:
            form, style = QTextBlockFormat(), self._styles.text
        self._cursor.setBlockFormat(form)
        self._cursor.setBlockCharFormat(style)

    def extend(self, text: str) -> None:
        """Adds plain text to the last block, or below a table."""
        self._cursor.movePosition(QTextCursor.MoveOperation.End)
        if self._cursor.blockFormat() == _nothing():
            self._begin(self._styles.paragraph())
        self._cursor.insertText(text.replace("\n", "\u2028"), self._text())

    def extend_code(self, code: str) -> None:
        """Adds to the block of code at the end, without colours."""
        self._cursor.movePosition(QTextCursor.MoveOperation.End)
        form = self._cursor.blockFormat()
        form.setBottomMargin(0)
        self._cursor.setBlockFormat(form)
        form.setTopMargin(0)
        first, *others = code.split("\n")
        self._cursor.insertText(first, self._styles.mono)
        for line in others:
            self._cursor.insertBlock(form, self._styles.mono)
            self._cursor.insertText(line)
        self.codes[-1].lines += len(others)
        self._end_code()

    # -- blocks ------------------------------------------------------------------

    def _block(self, token: Token, tokens: TokenStream) -> None:
        match token.type:
            case "paragraph_open":
                self._paragraph(tokens, self._styles.paragraph())
            case "heading_open":
                self._heading(int(token.tag[1:]), tokens)
            case "fence" | "code_block":
                self._code(token)
            case "blockquote_open" | "blockquote_close":
                self._quotes += token.nesting
            case "bullet_list_open" | "ordered_list_open":
                self._list(tokens, first_number(token))
            case "table_open":
                self._table(tokens)
            case "hr":
                self._rule()
            case kind:
                if kind.startswith("math_block"):
                    self._display(token.content.strip())

    def _paragraph(self, tokens: TokenStream, form: QTextBlockFormat) -> None:
        self._begin(form)
        self._lines.write(self._cursor, tokens.inline(), self._text())

    def _heading(self, level: int, tokens: TokenStream) -> None:
        first = self._cursor.position() == 0
        form = self._styles.paragraph(above=0 if first else 10, below=6)
        form.setHeadingLevel(level)
        self._begin(form)
        self._lines.write(self._cursor, tokens.inline(), self._styles.heading(level))

    def _code(self, token: Token) -> None:
        language = (token.info.split() or [""])[0]
        code = token.content.removesuffix("\n")
        form = QTextBlockFormat()
        form.setNonBreakableLines(True)
        form.setRightMargin(CODE_PADDING)
        self._begin(form, extra=CODE_PADDING)
        written = CodeBlock(language, self.mark(), code.count("\n") + 1)
        self.codes.append(written)
        for text, style in code_colours.coloured(code, language, self._styles):
            self._cursor.insertText(text, style)
        self._space_code(written.first)

    def _space_code(self, line: QTextBlock) -> None:
        """Leaves room above the first line of a block of code and below its last."""
        first = QTextCursor(line)
        form = first.blockFormat()
        form.setTopMargin(CODE_HEADER)
        first.setBlockFormat(form)
        self._end_code()

    def _end_code(self) -> None:
        form = self._cursor.blockFormat()
        form.setBottomMargin(CODE_PADDING + 10)
        self._cursor.setBlockFormat(form)

    def _list(self, tokens: TokenStream, number: int | None) -> None:
        self._depth += 1
        for token in tokens:
            if token.type in ("bullet_list_close", "ordered_list_close"):
                break
            if token.type == "list_item_open":
                self._list_item(tokens, number)
                number = None if number is None else number + 1
        self._depth -= 1

    def _list_item(self, tokens: TokenStream, number: int | None) -> None:
        """Writes an item up to its end; its first block carries the mark."""
        tokens.skip("list_item_open")
        if tokens.next_is("paragraph_open"):
            tokens.skip("paragraph_open")
            self._begin(self._styles.paragraph(below=4))
            self._mark(number)
            self._lines.write(self._cursor, tokens.inline(), self._text())
        else:
            self._begin(self._styles.paragraph(below=4))
            self._mark(number)
        for token in tokens:
            if token.type == "list_item_close":
                return
            self._block(token, tokens)

    def _mark(self, number: int | None) -> None:
        form = QTextListFormat()
        style = QTextListFormat.Style
        # The list indents its blocks itself.
        form.setIndent(self._depth)
        if number is None:
            marks = (style.ListDisc, style.ListCircle, style.ListSquare)
            form.setStyle(marks[min(self._depth, len(marks)) - 1])
        else:
            form.setStyle(style.ListDecimal)
            form.setStart(number)
        block = self._cursor.blockFormat()
        block.setLeftMargin(self._quotes * INDENT)
        self._cursor.setBlockFormat(block)
        self._cursor.createList(form)

    def _rule(self) -> None:
        form = self._styles.paragraph(above=4, below=12)
        form.setProperty(
            QTextFormat.Property.BlockTrailingHorizontalRulerWidth,
            QTextLength(QTextLength.Type.PercentageLength, 100),
        )
        form.setBackground(QBrush(self._styles.line))
        self._begin(form)

    def _display(self, latex: str) -> None:
        form = self._styles.paragraph(above=4, below=12)
        form.setLineHeight(0, QTextBlockFormat.LineHeightTypes.SingleHeight.value)
        form.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self._begin(form)
        self._lines.display(self._cursor, latex, self._text())

    def _table(self, tokens: TokenStream) -> None:
        rows = list(tables.rows(tokens))
        if not rows:
            return
        self._begin(_nothing())
        self._tables.write(self._cursor, rows, left=self._left())
        self._cursor.movePosition(QTextCursor.MoveOperation.End)
        self._cursor.setBlockFormat(_nothing())

    def _begin(self, form: QTextBlockFormat, *, extra: int = 0) -> None:
        """Begins a block; the first in an empty document is there already."""
        if self._quotes:
            form.setProperty(QUOTES, self._quotes)
        form.setLeftMargin(self._left() + extra)
        if self._cursor.position() == 0 and self._document.isEmpty():
            self._cursor.setBlockFormat(form)
            self._cursor.setBlockCharFormat(self._styles.text)
        else:
            self._cursor.insertBlock(form, self._styles.text)

    def _left(self) -> int:
        return self._quotes * INDENT + self._depth * INDENT

    def _text(self) -> QTextCharFormat:
        form = QTextCharFormat(self._styles.text)
        if self._quotes:
            form.setForeground(self._styles.muted)
        return form


def _nothing() -> QTextBlockFormat:
    """The empty blocks that Qt needs around a table, as low as they can be."""
    form = QTextBlockFormat()
    form.setLineHeight(1, QTextBlockFormat.LineHeightTypes.FixedHeight.value)
    return form
