"""Reads what a model writes for a formula and makes a Python syntax tree of it.

A formula is cut into numbers, names and operators of a fixed list; from these alone
Python source is written and parsed. No other character reaches the parser, so there
are no attributes, subscripts or strings, every name is prefixed, so there are no
keywords, and nothing is ever evaluated by Python itself: calculator and solver walk the
tree and know a few kinds of node.

What is written differently here and in Python:

* `^` is a power; `[ ]` and `{ }` are round brackets
* `2x`, `2(`, `)x`, `)(` multiply
* `5!` is `factorial(5)`; `20%` without a right operand is `percent(20)`
* `mod` and `of` between two operands are `%` and `*`
* a number may begin with zeros, and outside function calls have commas between its
  thousands
"""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from app.domain.tools import ToolFailure
from app.plugins.api import ToolError

MAX_CHARACTERS: Final = 1000
MAX_BRACKETS: Final = 50
MAX_DEPTH: Final = 520
"""Levels of the tree; a sum of as many terms is as deep as `MAX_CHARACTERS` allows."""

_TOKEN = re.compile(
    r"""\s*+(?:
      (?P<number>0[bB][01]++|0[xX][0-9a-fA-F]++|0[oO][0-7]++
        |(?:[0-9]++(?:\.[0-9]*+)?|\.[0-9]++)(?:[eE][+-]?[0-9]++)?)
     |(?P<name>[A-Za-z][A-Za-z0-9_]*+)
     |(?P<operator>\*\*|//|==|!=|<=|>=|[-+*/%^<>!,()\[\]{}])
    )""",
    re.VERBOSE,
)
_PREFIX = "n_"
_WORDS = {"mod": "%", "of": "*"}
_OPENING = dict.fromkeys("([{", "(")
_CLOSING = {")": "(", "]": "[", "}": "{"}


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str


def parse(text: str) -> ast.expr:
    """The syntax tree of one formula.

    Args:
        text: The formula, in ASCII.

    Raises:
        ToolError: It is no formula, or one too long or too deep.
    """
    if len(text) > MAX_CHARACTERS:
        raise ToolError(ToolFailure.TOO_LARGE)
    source = _Writer(list(_tokens(text))).source()
    try:
        tree = ast.parse(source, mode="eval").body
    except SyntaxError as error:
        raise ToolError(ToolFailure.NOT_UNDERSTOOD) from error
    except (MemoryError, RecursionError) as error:
        raise ToolError(ToolFailure.TOO_LARGE) from error
    _check_depth(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            node.id = node.id.removeprefix(_PREFIX)
    return tree


def _check_depth(tree: ast.expr) -> None:
    """Refuses a tree that is too deep to walk."""
    level: list[ast.AST] = [tree]
    for _ in range(MAX_DEPTH):
        level = [child for node in level for child in ast.iter_child_nodes(node)]
        if not level:
            return
    raise ToolError(ToolFailure.TOO_LARGE)


def _tokens(text: str) -> Iterator[_Token]:
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
        yield _Token(match.lastgroup, match[match.lastgroup])
        position = match.end()


class _Writer:
    """Writes Python source from tokens.

    Attributes:
        out: The pieces written.
        operand: Index in `out` where the operand that has just ended begins; None
            where an operand is expected.
        word: Kind of the number or name that has just ended; empty after anything
            else.
        open: For each open bracket its character, the index where its operand would
            begin, and whether it holds a function's arguments.
    """

    def __init__(self, tokens: list[_Token]) -> None:
        self._tokens = tokens
        self._out: list[str] = []
        self._operand: int | None = None
        self._word = ""
        self._open: list[tuple[str, int, bool]] = []

    def source(self) -> str:
        """The Python source of the whole formula."""
        position = 0
        while position < len(self._tokens):
            position += self._take(position)
        return "".join(self._out)

    def _take(self, position: int) -> int:
        """Writes the token at `position`; returns how many tokens that took."""
        token = self._tokens[position]
        match token.kind, token.text:
            case "number", text:
                return self._number(position, text)
            case "name", ("mod" | "of") as text if self._operand is not None:
                self._operator(_WORDS[text])
            case "name", text:
                self._multiply()
                self._begin_operand("name", _PREFIX + text)
            case _, ("(" | "[" | "{") as text:
                self._bracket(text)
            case _, (")" | "]" | "}") as text:
                self._end_bracket(text)
            case _, "!":
                self._postfix("factorial")
            case _, "%" if self._is_percent(position):
                self._postfix("percent")
            case _, "^":
                self._operator("**")
            case _, text:
                self._operator(text)
        return 1

    def _number(self, position: int, text: str) -> int:
        if self._word:
            # `2 3` and `0b12` are more likely slips than products.
            raise ToolError(ToolFailure.NOT_UNDERSTOOD)
        self._multiply()
        taken = 1
        if len(text) <= 3 and not self._in_call():  # noqa: PLR2004 -- before a comma
            while text.isdecimal() and self._thousands(position + taken):
                text += self._tokens[position + taken + 1].text
                taken += 2
        self._begin_operand("number", _plain(text))
        return taken

    def _thousands(self, position: int) -> bool:
        """Whether a comma and three digits stand at `position`."""
        pair = self._tokens[position : position + 2]
        return (
            [token.text for token in pair[:1]] == [","]
            and len(pair) == 2  # noqa: PLR2004 -- a pair
            and re.fullmatch(r"[0-9]{3}(\.[0-9]*)?", pair[1].text) is not None
        )

    def _in_call(self) -> bool:
        return any(call for _, _, call in self._open)

    def _multiply(self) -> None:
        """Writes the `*` that was left out between two operands."""
        if self._operand is not None:
            self._operator("*")

    def _begin_operand(self, kind: str, text: str) -> None:
        self._operand, self._word = len(self._out), kind
        self._out.append(f"{text} ")

    def _operator(self, text: str) -> None:
        self._out.append(text)
        self._operand, self._word = None, ""

    def _bracket(self, text: str) -> None:
        call = self._word == "name"
        if not call:
            self._multiply()
        begin = len(self._out) if self._operand is None else self._operand
        self._open.append((text, begin, call))
        if len(self._open) > MAX_BRACKETS:
            raise ToolError(ToolFailure.TOO_LARGE)
        self._operator("(")

    def _end_bracket(self, text: str) -> None:
        if not self._open or self._open[-1][0] != _CLOSING[text]:
            raise ToolError(ToolFailure.NOT_UNDERSTOOD)
        _, begin, _ = self._open.pop()
        self._out.append(")")
        self._operand, self._word = begin, ""

    def _postfix(self, function: str) -> None:
        """Wraps the operand that has just ended in a call."""
        if self._operand is None:
            raise ToolError(ToolFailure.NOT_UNDERSTOOD)
        self._out.insert(self._operand, f"{function}(")
        self._out.append(")")
        self._word = ""

    def _is_percent(self, position: int) -> bool:
        """Whether no right operand follows, so that `%` cannot be a remainder."""
        following = self._tokens[position + 1 : position + 2]
        if not following or following[0].text == "of":
            return True
        token = following[0]
        return token.kind == "operator" and token.text not in {"+", "-", "(", "[", "{"}


def _plain(number: str) -> str:
    """A number as Python writes it: no zeros before a decimal integer."""
    return (number.lstrip("0") or "0") if number.isdecimal() else number
