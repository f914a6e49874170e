"""Python's numbers, with bounds: no operation here takes long or grows large.

Every operation gives what Python gives (`int`, `float`, `complex`, `bool`), or
`ToolError`: too large where the result would have more than `MAX_BITS` bits, no
solution where mathematics has none.
"""

import ast
import math
import operator
from collections.abc import Callable, Mapping
from typing import Final

from app.domain.tools import ToolFailure
from app.plugins.api import ToolError

Number = int | float | complex

MAX_BITS: Final = 1 << 16


def power(base: Number, exponent: Number) -> Number:
    """Python's `**`."""
    if isinstance(base, int) and isinstance(exponent, int) and exponent > 0:
        if abs(base) > 1 and base.bit_length() * exponent > MAX_BITS:
            raise ToolError(ToolFailure.TOO_LARGE)
        return int(base**exponent)
    result: Number = base**exponent
    return result


def times(left: Number, right: Number) -> Number:
    """Python's `*`."""
    if (
        isinstance(left, int)
        and isinstance(right, int)
        and left.bit_length() + right.bit_length() > MAX_BITS
    ):
        raise ToolError(ToolFailure.TOO_LARGE)
    return left * right


def _shift(value: Number, bits: Number) -> int:
    if not isinstance(value, int) or not isinstance(bits, int):
        raise ToolError(ToolFailure.NO_SOLUTION)
    if value.bit_length() + bits > MAX_BITS:
        raise ToolError(ToolFailure.TOO_LARGE)
    return value << bits


_BINARY: Mapping[type[ast.operator], Callable[..., Number]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: times,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.Pow: power,
    ast.BitAnd: operator.and_,
    ast.BitOr: operator.or_,
    ast.LShift: _shift,
    ast.RShift: operator.rshift,
}
_UNARY: Mapping[type[ast.unaryop], Callable[..., Number]] = {
    ast.UAdd: operator.pos,
    ast.USub: operator.neg,
    ast.Invert: operator.invert,
    ast.Not: operator.not_,
}
_COMPARE: Mapping[type[ast.cmpop], Callable[..., bool]] = {
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
}


def binary(kind: ast.operator, left: Number, right: Number) -> Number:
    """Two numbers and an operator between them."""
    return bounded(_BINARY.get(type(kind)), left, right)


def unary(kind: ast.unaryop, value: Number) -> Number:
    """A sign before a number."""
    return bounded(_UNARY.get(type(kind)), value)


def compare(kind: ast.cmpop, left: Number, right: Number) -> bool:
    """Whether two numbers stand in a relation."""
    return bool(bounded(_COMPARE.get(type(kind)), left, right))


def literal(node: ast.Constant) -> Number:
    """A number that was written out."""
    if type(node.value) not in {int, float}:
        raise ToolError(ToolFailure.NOT_UNDERSTOOD)
    value: Number = node.value  # type: ignore[assignment]
    return _checked(value)


def bounded(function: Callable[..., Number] | None, *values: Number) -> Number:
    """What a function gives, or why it gives nothing.

    Raises:
        ToolError: Not understood for None; otherwise in the place of Python's errors.
    """
    if function is None:
        raise ToolError(ToolFailure.NOT_UNDERSTOOD)
    try:
        return _checked(function(*values))
    except OverflowError as error:
        raise ToolError(ToolFailure.TOO_LARGE) from error
    except (ArithmeticError, TypeError, ValueError) as error:
        raise ToolError(ToolFailure.NO_SOLUTION) from error


def _checked(value: Number) -> Number:
    """Refuses infinity and "not a number": neither is a result."""
    if isinstance(value, complex):
        finite = math.isfinite(value.real) and math.isfinite(value.imag)
    else:
        finite = isinstance(value, int) or math.isfinite(value)
    if not finite:
        raise ToolError(ToolFailure.TOO_LARGE)
    return value
