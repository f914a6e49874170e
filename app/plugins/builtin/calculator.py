"""Calculate: the value of a formula, as Python's `str` gives it.

The form of MOSS-003's training data: `^` is a power, `/` gives a float, angles are
radians, `name=value;expression` assigns, characters outside ASCII are dropped first.
"""

import ast
import re

from app.domain.tools import Tool, ToolFailure
from app.plugins.api import Result, Run, ToolError
from app.plugins.builtin import arithmetic
from app.plugins.builtin.arithmetic import Number
from app.plugins.builtin.expressions import MAX_CHARACTERS, parse

_ASSIGNMENT = re.compile(r"\s*+([A-Za-z][A-Za-z0-9_]*+)\s*+=(?!=)(.*)", re.DOTALL)


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
    ascii_only = text.encode("ascii", "ignore").decode("ascii")
    variables: dict[str, Number] = {}
    value: Number | None = None
    for part in ascii_only.split(";"):
        if not part.strip():
            continue
        assignment = _ASSIGNMENT.match(part)
        formula = assignment[2] if assignment else part.rstrip(" \t\n=?")
        value = _value(parse(formula.strip()), variables)
        if assignment:
            variables[assignment[1]] = value
    if value is None:
        raise ToolError(ToolFailure.NOT_UNDERSTOOD)
    try:
        return str(value)
    except ValueError as error:  # more digits than Python writes out
        raise ToolError(ToolFailure.TOO_LARGE) from error


def _value(node: ast.expr, variables: dict[str, Number]) -> Number:
    """Walks a tree; kinds of node that are not listed are refused.

    Raises:
        ToolError: Among others when the tree is deeper than Python's stack.
    """
    match node:
        case ast.Constant():
            return arithmetic.literal(node)
        case ast.Name(id=name):
            return _named(name, variables)
        case ast.BinOp(left=left, op=kind, right=right):
            return arithmetic.binary(
                kind, _value(left, variables), _value(right, variables)
            )
        case ast.UnaryOp(op=sign, operand=operand):
            return arithmetic.unary(sign, _value(operand, variables))
        case ast.Compare():
            return _compared(node, variables)
        case ast.Call(func=ast.Name(id=name), args=args, keywords=[]):
            return _called(name, [_value(arg, variables) for arg in args], variables)
        case _:
            raise ToolError(ToolFailure.NOT_UNDERSTOOD)


def _named(name: str, variables: dict[str, Number]) -> Number:
    value = variables.get(name, arithmetic.CONSTANTS.get(name.lower()))
    if value is None:
        raise ToolError(ToolFailure.NOT_UNDERSTOOD)
    return value


def _compared(node: ast.Compare, variables: dict[str, Number]) -> bool:
    """A chain of relations: each must hold."""
    values = [_value(term, variables) for term in (node.left, *node.comparators)]
    return all(
        arithmetic.compare(kind, left, right)
        for kind, left, right in zip(node.ops, values, values[1:], strict=False)
    )


def _called(name: str, values: list[Number], variables: dict[str, Number]) -> Number:
    """A function, or a number and a bracket: `pi(2+1)` multiplies."""
    if name.lower() not in arithmetic.FUNCTIONS and len(values) == 1:
        return arithmetic.binary(ast.Mult(), _named(name, variables), values[0])
    return arithmetic.call(name, *values)
