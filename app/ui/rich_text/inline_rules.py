r"""What MOSS writes inside a line and CommonMark does not know, as markdown-it rules.

Citations (`<sup><|1|></sup>` and what the model makes of it) become tokens of their
own, `\(…\)` and `\[…\]` are formulas, and a star between two factors stays a star:
`2*3*4` is a product.
"""

import re
from dataclasses import dataclass
from typing import Final

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock
from markdown_it.rules_inline import StateInline

CITATION: Final = "citation"
"""Token type; `content` has the numbers, separated by commas."""

_MOST_FORMULA: Final = 4000
"""Characters in which a formula's end is looked for: what opens many and closes none
must not cost the square of its length."""


@dataclass(frozen=True, slots=True)
class _Brackets:
    closing: str
    token: str


_BRACKETS: Final = {
    "\\(": _Brackets("\\)", "math_inline"),
    "\\[": _Brackets("\\]", "math_inline_double"),
}

_NUMBER: Final = r"<?\|?\d{1,3}\|?>?"
_CITATION: Final = re.compile(rf"<sup>\s*({_NUMBER}(?:\s*,?\s*{_NUMBER})*)\s*</sup>")
_DIGITS: Final = re.compile(r"\d+")
_FACTOR_BEFORE: Final = re.compile(r"[0-9A-Za-z)\]]\Z")
_STARS: Final = re.compile(r"\*(?![*\s])(?=[0-9A-Za-z(\[])|\*\*(?=[0-9(])")


def install(parser: MarkdownIt) -> None:
    """Adds the rules."""
    parser.inline.ruler.before("autolink", "moss_citation", _citation)
    parser.inline.ruler.before("emphasis", "moss_product", _product)
    parser.inline.ruler.before("escape", "moss_brackets", _brackets)
    parser.block.ruler.before(
        "fence", "moss_display", _display, {"alt": ["paragraph", "blockquote", "list"]}
    )


def _citation(state: StateInline, silent: bool) -> bool:  # noqa: FBT001  (its signature)
    match = _CITATION.match(state.src, state.pos, state.posMax)
    if match is None:
        return False
    if not silent:
        token = state.push(CITATION, "sup", 0)
        token.content = ",".join(_DIGITS.findall(match[1]))
    state.pos = match.end()
    return True


def _brackets(state: StateInline, silent: bool) -> bool:  # noqa: FBT001
    r"""Formulas in `\(…\)`, and those in `\[…\]` that do not begin a block."""
    kind = _BRACKETS.get(state.src[state.pos : state.pos + 2])
    if kind is None:
        return False
    start = state.pos + 2
    end = state.src.find(kind.closing, start, min(state.posMax, start + _MOST_FORMULA))
    if end <= start:
        return False
    if not silent:
        state.push(kind.token, "math", 0).content = state.src[start:end]
    state.pos = end + 2
    return True


def _display(  # noqa: PLR0917  (its signature)
    state: StateBlock,
    line: int,
    last: int,
    silent: bool,  # noqa: FBT001
) -> bool:
    r"""A formula in `\[…\]` that has its lines to itself."""
    start = state.bMarks[line] + state.tShift[line]
    if not state.src.startswith("\\[", start):
        return False
    end = state.src.find("\\]", start + 2, start + _MOST_FORMULA)
    if end < 0:
        return False
    closing = line + state.src.count("\n", start, end)
    if closing >= last or state.src[end + 2 : state.eMarks[closing]].strip():
        return False
    if not silent:
        token = state.push("math_block", "math", 0)
        token.content = state.src[start + 2 : end]
        token.map = [line, closing + 1]
        state.line = closing + 1
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
