"""Colours for source code: Pygments' tokens in the theme's light or dark."""

from collections.abc import Iterator
from functools import lru_cache
from typing import Final

from pygments.lexer import Lexer
from pygments.lexers import get_lexer_by_name
from pygments.token import Token, _TokenType
from pygments.util import ClassNotFound
from PySide6.QtGui import QColor, QTextCharFormat

from app.ui.rich_text.styles import Styles

# Each at least 4.5:1 on the paper behind code; a test computes it.
LIGHT: Final[dict[_TokenType, str]] = {
    Token.Comment: "#5b625e",
    Token.Keyword: "#8a2a6b",
    Token.Keyword.Constant: "#8f4a00",
    Token.Literal.Number: "#8f4a00",
    Token.Literal.String: "#2a6a1f",
    Token.Name.Builtin: "#0b5f86",
    Token.Name.Class: "#0b5f86",
    Token.Name.Decorator: "#6a4fa3",
    Token.Name.Function: "#1f4fa8",
    Token.Name.Tag: "#8a2a6b",
    Token.Name.Attribute: "#1f4fa8",
    Token.Operator.Word: "#8a2a6b",
    Token.Generic.Deleted: "#a8322d",
    Token.Generic.Inserted: "#2a6a1f",
    Token.Generic.Heading: "#1f4fa8",
}
DARK: Final[dict[_TokenType, str]] = {
    Token.Comment: "#a3aba6",
    Token.Keyword: "#e6a1d0",
    Token.Keyword.Constant: "#f0b27a",
    Token.Literal.Number: "#f0b27a",
    Token.Literal.String: "#a8d58c",
    Token.Name.Builtin: "#86cbe8",
    Token.Name.Class: "#86cbe8",
    Token.Name.Decorator: "#c5b0f0",
    Token.Name.Function: "#9dbdf5",
    Token.Name.Tag: "#e6a1d0",
    Token.Name.Attribute: "#9dbdf5",
    Token.Operator.Word: "#e6a1d0",
    Token.Generic.Deleted: "#f0908a",
    Token.Generic.Inserted: "#a8d58c",
    Token.Generic.Heading: "#9dbdf5",
}

_MOST: Final = 20_000
"""Characters that are coloured, so that no code stops the window for long."""


def coloured(
    code: str, language: str, styles: Styles
) -> Iterator[tuple[str, QTextCharFormat]]:
    """Cuts source code into pieces of one colour; all of it comes back.

    Args:
        code: The source.
        language: As after a fence's backticks; an unknown one has no colours.
        styles: Whose code it is.
    """
    lexer = _lexer(language.lower())
    if lexer is None:
        yield code, styles.mono
        return
    formats: dict[str | None, QTextCharFormat] = {None: styles.mono}
    colours = DARK if styles.dark else LIGHT
    for token, text in lexer.get_tokens(code[:_MOST]):
        colour = _colour(token, colours)
        if colour not in formats:
            formats[colour] = QTextCharFormat(styles.mono)
            formats[colour].setForeground(QColor(colour))
        yield text, formats[colour]
    if len(code) > _MOST:
        yield code[_MOST:], styles.mono


@lru_cache(64)
def _lexer(language: str) -> Lexer | None:
    if not language:
        return None
    try:
        # Nothing is added or taken away, so that what is shown is what was written.
        return get_lexer_by_name(language, stripnl=False, ensurenl=False)
    except ClassNotFound:
        return None


def _colour(token: _TokenType, colours: dict[_TokenType, str]) -> str | None:
    """The colour of a kind of token or of the nearest kind above it."""
    for kind in reversed(token.split()):
        if kind in colours:
            return colours[kind]
    return None
