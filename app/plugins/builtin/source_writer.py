"""Python source from the tokens of a formula, with what people leave out put in."""

import re
from dataclasses import dataclass
from typing import Final

from app.domain.tools import ToolFailure
from app.plugins.api import ToolError

MAX_BRACKETS: Final = 50
PREFIX: Final = "n_"
"""What every name begins with in the source, so that none is a keyword."""
_WORDS: Final = {"mod": "%", "of": "*", "and": " and ", "or": " or "}
_CLOSING: Final = {")": "(", "]": "[", "}": "{", "|": "|"}


@dataclass(frozen=True, slots=True)
class Token:
    """A number, a name or an operator."""

    kind: str
    text: str


class SourceWriter:
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

    def __init__(self, tokens: list[Token]) -> None:
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
        if token.kind == "number":
            return self._number(position, token.text)
        if token.kind == "name":
            self._name(token.text)
        elif token.text == "%" and self._is_percent(position):
            self._postfix("percent")
        else:
            self._symbol(token.text)
        return 1

    def _name(self, text: str) -> None:
        between = self._operand is not None
        if between and text in _WORDS:
            self._operator(_WORDS[text])
        elif not between and text == "not":
            self._operator("not ")
        else:
            self._multiply()
            self._begin_operand("name", PREFIX + text)

    def _symbol(self, text: str) -> None:
        bar_is_open = bool(self._open) and self._open[-1][0] == "|"
        match text:
            case "|" if self._operand is None:
                self._bracket(text)
            case "|" if bar_is_open:
                self._end_bracket(text)
            case "(" | "[" | "{":
                self._bracket(text)
            case ")" | "]" | "}":
                self._end_bracket(text)
            case "!":
                self._postfix("factorial")
            case "^":
                self._operator("**")
            case _:
                self._operator(text)

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
        self._operator("abs(" if text == "|" else "(")

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
