"""Writes what stands within a line: emphasis, code, links, citations, formulas."""

from collections.abc import Collection
from typing import Final

from markdown_it.token import Token
from PySide6.QtGui import QFont, QTextCharFormat, QTextCursor

from app.ui.rich_text import inline_rules
from app.ui.rich_text.formula_object import OBJECT, formula_format, source
from app.ui.rich_text.formulas import Formulas
from app.ui.rich_text.styles import Styles

CITATION_SCHEME: Final = "citation:"
"""A citation's link is this and its number."""


class LineWriter:
    """Writes lines.

    Args:
        styles: How things look.
        formulas: Typesets them; None leaves them as they were written.
        references: The numbers that citations can refer to; they become links.
    """

    def __init__(
        self,
        styles: Styles,
        formulas: Formulas | None,
        *,
        references: Collection[int] = (),
    ) -> None:
        self._references = references
        self._styles = styles
        self._formulas = formulas

    def display(self, cursor: QTextCursor, latex: str, form: QTextCharFormat) -> None:
        """Writes a formula that stands on a line of its own."""
        self._cursor = cursor
        self._formula(latex, form, display=True)

    def write(self, cursor: QTextCursor, inline: Token, form: QTextCharFormat) -> None:
        """Writes a line at a cursor.

        Args:
            cursor: Where.
            inline: The token with what stands in the line.
            form: How plain text looks there.
        """
        self._cursor = cursor
        formats = [form]
        for token in inline.children or ():
            now = formats[-1]
            match token.type:
                case "text" | "text_special":
                    self._cursor.insertText(token.content, now)
                case "softbreak" | "hardbreak":
                    # A line separator: the next line of the same paragraph.
                    self._cursor.insertText("\u2028", now)
                case "code_inline":
                    self._cursor.insertText(
                        token.content, self._styles.inline_code(now)
                    )
                case inline_rules.CITATION:
                    self._citation(token.content, now)
                case "image":
                    target = str(token.attrs.get("src", ""))
                    self._cursor.insertText(
                        token.content or target, self._styles.anchor(now, target)
                    )
                case kind if kind.startswith("math_inline"):
                    self._formula(token.content, now, display="double" in kind)
                case _ if token.nesting > 0:
                    formats.append(self._opened(token, now))
                case _ if token.nesting < 0 and len(formats) > 1:
                    formats.pop()
                case _:
                    self._cursor.insertText(token.content, now)

    def _opened(self, token: Token, around: QTextCharFormat) -> QTextCharFormat:
        form = QTextCharFormat(around)
        match token.type:
            case "strong_open":
                form.setFontWeight(QFont.Weight.Bold)
            case "em_open":
                form.setFontItalic(True)
            case "s_open":
                form.setFontStrikeOut(True)
            case "link_open":
                return self._styles.anchor(form, str(token.attrs.get("href", "")))
            case _:
                pass
        return form

    def _citation(self, numbers: str, form: QTextCharFormat) -> None:
        for number in numbers.split(","):
            target = f"{CITATION_SCHEME}{number}" if self._refers(number) else ""
            self._cursor.insertText(f"[{number}]", self._styles.citation(form, target))

    def _refers(self, number: str) -> bool:
        return int(number) in self._references

    def _formula(self, latex: str, around: QTextCharFormat, *, display: bool) -> None:
        formulas, drawing = self._formulas, None
        if formulas is not None:
            formulas.ask(latex, display=display)
            drawing = formulas.drawing(latex, display=display)
        form = formula_format(around, latex, display=display, drawing=drawing)
        if formulas is None or (
            drawing is None and formulas.known(latex, display=display)
        ):
            self._cursor.insertText(source(form), around)
        else:
            self._cursor.insertText(OBJECT, form)
