r"""What MOSS writes inside a line and CommonMark does not know, as markdown-it rules.

Citations (`<sup><|1|></sup>` and what the model makes of it) become tokens of their
own, formulas in `\[…\]` may stand between words, and a star between two factors
stays a star: `2*3*4` is a product.
"""

import re
from typing import Final

from markdown_it import MarkdownIt
from markdown_it.rules_inline import StateInline

CITATION: Final = "citation"
"""Token type; `content` has the numbers, separated by commas."""

DISPLAY: Final = "math_inline_double"
"""Token type of a formula between words that is as large as one on its own line."""

_NUMBER: Final = r"<?\|?\d{1,3}\|?>?"
_CITATION: Final = re.compile(rf"<sup>\s*({_NUMBER}(?:\s*,?\s*{_NUMBER})*)\s*</sup>")
_DISPLAY: Final = re.compile(r"\\\[(.+?)\\\]", re.DOTALL)
_DIGITS: Final = re.compile(r"\d+")
_FACTOR_BEFORE: Final = re.compile(r"[0-9A-Za-z)\]]\Z")
_STARS: Final = re.compile(r"\*(?![*\s])(?=[0-9A-Za-z(\[])|\*\*(?=[0-9(])")


def install(parser: MarkdownIt) -> None:
    """Adds the rules."""
    parser.inline.ruler.before("autolink", "moss_citation", _citation)
    parser.inline.ruler.before("emphasis", "moss_product", _product)
    parser.inline.ruler.before("escape", "moss_display", _display)


def _citation(state: StateInline, silent: bool) -> bool:  # noqa: FBT001  (its signature)
    match = _CITATION.match(state.src, state.pos, state.posMax)
    if match is None:
        return False
    if not silent:
        token = state.push(CITATION, "sup", 0)
        token.content = ",".join(_DIGITS.findall(match[1]))
    state.pos = match.end()
    return True


def _display(state: StateInline, silent: bool) -> bool:  # noqa: FBT001
    r"""A formula in `\[…\]` that does not begin its paragraph."""
    match = _DISPLAY.match(state.src, state.pos, state.posMax)
    if match is None:
        return False
    if not silent:
        token = state.push(DISPLAY, "math", 0)
        token.content = match[1]
    state.pos = match.end()
    return True


def _product(state: StateInline, silent: bool) -> bool:  # noqa: FBT001  (its signature)
    """`2*3`, `a*b*c`, `(x)*(y)`, `2**10`; not `*this*`, which stands alone."""
    match = _STARS.match(state.src, state.pos, state.posMax)
    if match is None:
        return False
    before = state.src[max(0, state.pos - 1) : state.pos]
    if not _FACTOR_BEFORE.search(before):
        return False
    if len(match[0]) > 1 and before.isalpha():
        return False
    if not silent:
        state.pending += match[0]
    state.pos = match.end()
    return True
