"""Reads what a model writes for a formula and makes a Python syntax tree of it.

A formula is cut into numbers, names and operators of a fixed list; from these alone
Python source is written and parsed. No other character reaches the parser, so there
are no attributes, subscripts or strings, every name is prefixed, so there are no
keywords, and nothing is ever evaluated by Python itself: calculator and solver walk the
tree and know a few kinds of node.

What is written differently here and in Python:

* `^` is a power; `[ ]` and `{ }` are round brackets
* `2x`, `2(`, `)x`, `)(` multiply
* `5!` is `factorial(5)`; `20%` without a right operand is `percent(20)`; `|x|` is
  `abs(x)`
* `mod` and `of` between two operands are `%` and `*`
* a function may be named as that of a library, as in `math.sqrt(2)`
* a number may begin with zeros, and outside function calls have commas between its
  thousands
"""

import ast
import re
from collections.abc import Iterator
from typing import Final

from app.domain.tools import ToolFailure
from app.plugins.api import ToolError
from app.plugins.builtin.source_writer import PREFIX, SourceWriter, Token

MAX_CHARACTERS: Final = 1000
MAX_DEPTH: Final = 520
"""Levels of the tree; a sum of as many terms is as deep as `MAX_CHARACTERS` allows."""

_TOKEN = re.compile(
    r"""\s*+(?:
      (?P<number>0[bB][01]++|0[xX][0-9a-fA-F]++|0[oO][0-7]++
        |(?:[0-9]++(?:_[0-9]++)*+(?:\.[0-9]*+)?|\.[0-9]++)(?:[eE][+-]?[0-9]++)?)
     |(?:(?:math|cmath|np|numpy)\.)?(?P<name>[A-Za-z][A-Za-z0-9_]*+)
     |(?P<operator>\*\*|//|==|!=|<=|>=|<<|>>|[-+*/%^<>!,()\[\]{}&|~])
    )""",
    re.VERBOSE,
)


def parse(text: str) -> ast.expr:
    """The syntax tree of one formula.

    Args:
        text: The formula, in ASCII.

    Raises:
        ToolError: It is no formula, or one too long or too deep.
    """
    if len(text) > MAX_CHARACTERS:
        raise ToolError(ToolFailure.TOO_LARGE)
    source = SourceWriter(list(_tokens(text))).source()
    try:
        tree = ast.parse(source, mode="eval").body
    except SyntaxError as error:
        raise ToolError(ToolFailure.NOT_UNDERSTOOD) from error
    except (MemoryError, RecursionError) as error:
        raise ToolError(ToolFailure.TOO_LARGE) from error
    _check_depth(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            node.id = node.id.removeprefix(PREFIX)
    return tree


def _check_depth(tree: ast.expr) -> None:
    """Refuses a tree that is too deep to walk."""
    level: list[ast.AST] = [tree]
    for _ in range(MAX_DEPTH):
        level = [child for node in level for child in ast.iter_child_nodes(node)]
        if not level:
            return
    raise ToolError(ToolFailure.TOO_LARGE)


def _tokens(text: str) -> Iterator[Token]:
    """Cuts a formula into tokens.

    Raises:
        ToolError: A character is none that a formula can have.
    """
    text = text.rstrip()
    position = 0
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None or match.lastgroup is None:
            raise ToolError(ToolFailure.NOT_UNDERSTOOD)
        yield Token(match.lastgroup, match[match.lastgroup])
        position = match.end()
