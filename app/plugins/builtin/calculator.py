"""Calculate: the value of a formula, as Python's `str` gives it.

The form of MOSS-003's training data: `^` is a power, `/` gives a float, angles are
radians, `name=value;expression` assigns, characters outside ASCII are dropped first.
What Python would compute is computed as Python does; what it would not but people
write (`5!`, `20%`, `2(3+4)`, `|x|`, `12 x 5`, `1,000`) has its usual meaning.
"""

import ast
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Final

from app.domain.tools import Tool, ToolFailure
from app.plugins.api import Result, Run, ToolError
from app.plugins.builtin.arithmetic import Number
from app.plugins.builtin.evaluation import value_of
from app.plugins.builtin.expressions import MAX_CHARACTERS, parse

_ASSIGNMENT = re.compile(r"\s*+([A-Za-z][A-Za-z0-9_]*+)\s*+=(?!=)(.*)", re.DOTALL)
_BEFORE_ASSIGNMENT = re.compile(r",(?=\s*+[A-Za-z][A-Za-z0-9_]*+\s*+=(?!=))")
_BASES: Final[Mapping[str, Callable[..., str]]] = {"bin": bin, "oct": oct, "hex": hex}
_TIMES = re.compile(
    r"""(?P<hexadecimal>(?<![A-Za-z0-9_.])0[xX][0-9A-Fa-f]++)
        |(?<=[0-9)\]}!%.])[ ]*+[xX][ ]*+(?=[0-9(\[{.])""",
    re.VERBOSE,
)


class Calculator:
    """The calculator."""

    @property
    def tool(self) -> Tool:
        """`Tool.CALCULATE`."""
        return Tool.CALCULATE

    def prepare(self) -> None:
        """Nothing: Python has all it needs."""

    def run(self, argument: str, _run: Run) -> Result:
        """The value of a formula."""
        return Result(calculate(argument))


def calculate(text: str) -> str:
    """The value of the last of several formulas separated by semicolons.

    Args:
        text: Such as `3^2 + 3*4` or `r=2;pi*r^2`.

    Raises:
        ToolError: It is no formula, has no value, or one too large.
    """
    if len(text) > MAX_CHARACTERS:
        raise ToolError(ToolFailure.TOO_LARGE)
    variables: dict[str, Number] = {}
    written = ""
    for part in _parts(text.encode("ascii", "ignore").decode("ascii")):
        assignment = _ASSIGNMENT.match(part)
        formula = assignment[2] if assignment else part.rstrip(" \t\n=?")
        if not {"x", "X"} & variables.keys():
            formula = _TIMES.sub(_times, formula)
        node = parse(formula.strip())
        base, node = _base(node)
        value = value_of(node, variables)
        written = _written(value, base)
        if assignment:
            variables[assignment[1]] = value
    if not written:
        raise ToolError(ToolFailure.NOT_UNDERSTOOD)
    return written


def _parts(text: str) -> Iterator[str]:
    """Formulas and assignments: what stands between semicolons.

    Assignments may have lines of their own too, and commas between them.
    """
    if any(map(_ASSIGNMENT.match, text.split("\n"))):
        text = _BEFORE_ASSIGNMENT.sub(";", text.replace("\n", ";"))
    for part in text.replace("$", " ").split(";"):
        if part.strip():
            yield part


def _times(match: "re.Match[str]") -> str:
    """A cross between two operands multiplies; that of `0x1F` does not."""
    return match[0] if match["hexadecimal"] else "*"


def _base(node: ast.expr) -> tuple[str, ast.expr]:
    """The number system that the result is asked in, and what of."""
    match node:
        case ast.Call(func=ast.Name(id=name), args=[inner]) if name in _BASES:
            return name, inner
        case _:
            return "", node


def _written(value: Number, base: str) -> str:
    """The value as Python writes it."""
    try:
        if not base:
            return str(value)
        written = _BASES[base](value)
    except ValueError as error:  # more digits than Python writes out
        raise ToolError(ToolFailure.TOO_LARGE) from error
    except TypeError as error:
        raise ToolError(ToolFailure.NO_SOLUTION) from error
    if len(written) > MAX_CHARACTERS:
        raise ToolError(ToolFailure.TOO_LARGE)
    return written
