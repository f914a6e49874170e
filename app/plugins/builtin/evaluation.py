"""The value of a formula's syntax tree: walks it and knows a few kinds of node."""

import ast
from collections.abc import Mapping
from typing import Final

from app.domain.tools import ToolFailure
from app.plugins.api import ToolError
from app.plugins.builtin import arithmetic, functions
from app.plugins.builtin.arithmetic import Number

_COUNTS: Final = {"C": "comb", "P": "perm", "A": "perm"}
"""What combinatorics calls its functions of two numbers."""


def value_of(node: ast.expr, variables: Mapping[str, Number]) -> Number:
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
                kind, value_of(left, variables), value_of(right, variables)
            )
        case ast.UnaryOp(op=sign, operand=operand):
            return arithmetic.unary(sign, value_of(operand, variables))
        case ast.Compare() | ast.BoolOp():
            return _logical(node, variables)
        case ast.Call(func=ast.Name(id=name), args=args, keywords=[]):
            if name.lower() in functions.OF_LISTS:
                args = _listed(args)
            return _called(name, [value_of(arg, variables) for arg in args], variables)
        case _:
            raise ToolError(ToolFailure.NOT_UNDERSTOOD)


def _named(name: str, variables: Mapping[str, Number]) -> Number:
    value = variables.get(name, functions.CONSTANTS.get(name.lower()))
    if value is None:
        raise ToolError(ToolFailure.NOT_UNDERSTOOD)
    return value


def _logical(node: ast.Compare | ast.BoolOp, variables: Mapping[str, Number]) -> Number:
    """A chain of relations, each of which must hold, or Python's `and` and `or`."""
    if isinstance(node, ast.BoolOp):
        terms = [value_of(term, variables) for term in node.values]
        decides = isinstance(node.op, ast.Or)
        return next((term for term in terms if bool(term) is decides), terms[-1])
    values = [value_of(term, variables) for term in (node.left, *node.comparators)]
    return all(
        arithmetic.compare(kind, left, right)
        for kind, left, right in zip(node.ops, values, values[1:], strict=False)
    )


def _listed(args: list[ast.expr]) -> list[ast.expr]:
    """The members of a list that stands in the place of the arguments."""
    match args:
        case [ast.Tuple(elts=members)]:
            return members
        case _:
            return args


def _called(name: str, values: list[Number], variables: Mapping[str, Number]) -> Number:
    """A function, or a number and a bracket: `pi(2+1)` multiplies."""
    if name.lower() not in functions.FUNCTIONS and len(values) == 1:
        return arithmetic.binary(ast.Mult(), _named(name, variables), values[0])
    name = _COUNTS.get(name, name)
    return functions.call(name, *values)
