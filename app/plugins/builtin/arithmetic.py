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
MAX_FACTORIAL: Final = 5000


def _power(base: Number, exponent: Number) -> Number:
    if isinstance(base, int) and isinstance(exponent, int) and exponent > 0:
        if abs(base) > 1 and base.bit_length() * exponent > MAX_BITS:
            raise ToolError(ToolFailure.TOO_LARGE)
        return int(base**exponent)
    result: Number = base**exponent
    return result


def _times(left: Number, right: Number) -> Number:
    if (
        isinstance(left, int)
        and isinstance(right, int)
        and left.bit_length() + right.bit_length() > MAX_BITS
    ):
        raise ToolError(ToolFailure.TOO_LARGE)
    return left * right


_BINARY: Mapping[type[ast.operator], Callable[..., Number]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: _times,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.Pow: _power,
}
_UNARY: Mapping[type[ast.unaryop], Callable[..., Number]] = {
    ast.UAdd: operator.pos,
    ast.USub: operator.neg,
}
_COMPARE: Mapping[type[ast.cmpop], Callable[..., bool]] = {
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
}


def _whole(value: Number) -> int:
    """An integer from a number that is one, such as 5.0."""
    if isinstance(value, complex) or value != int(value):
        raise ToolError(ToolFailure.NO_SOLUTION)
    return int(value)


def _factorial(value: Number) -> int:
    number = _whole(value)
    if number > MAX_FACTORIAL:
        raise ToolError(ToolFailure.TOO_LARGE)
    return math.factorial(number)


def _choose(count: Callable[[int, int], int]) -> Callable[..., int]:
    def bounded(total: Number, chosen: Number) -> int:
        if abs(_whole(total)) > MAX_FACTORIAL:
            raise ToolError(ToolFailure.TOO_LARGE)
        return count(_whole(total), _whole(chosen))

    return bounded


def _common(combine: Callable[..., int]) -> Callable[..., int]:
    def bounded(*values: Number) -> int:
        result = combine(*map(_whole, values))
        if result.bit_length() > MAX_BITS:
            raise ToolError(ToolFailure.TOO_LARGE)
        return result

    return bounded


def _logarithm(value: float, base: float | None = None) -> float:
    return math.log(value) if base is None else math.log(value, base)


def _round(value: float, digits: Number = 0) -> Number:
    places = _whole(digits)
    if abs(places) > 1000:  # noqa: PLR2004 -- beyond any float, and quadratic for ints
        raise ToolError(ToolFailure.TOO_LARGE)
    return round(value, places) if places else round(value)


def _cube_root(value: float) -> float:
    """Exact for cubes, which not every C library is."""
    root = math.cbrt(value)
    nearest = float(round(root))
    return nearest if nearest**3 == value else root


def _percent(value: Number) -> Number:
    return value / 100


FUNCTIONS: Final[Mapping[str, Callable[..., Number]]] = {
    "sqrt": math.sqrt,
    "cbrt": _cube_root,
    "cuberoot": _cube_root,
    "pow": _power,
    "exp": math.exp,
    "log": _logarithm,
    "ln": math.log,
    "lg": math.log10,
    "log10": math.log10,
    "log2": math.log2,
    "sin": math.sin,
    "cos": math.cos,
    "tan": math.tan,
    "asin": math.asin,
    "acos": math.acos,
    "atan": math.atan,
    "atan2": math.atan2,
    "arcsin": math.asin,
    "arccos": math.acos,
    "arctan": math.atan,
    "sinh": math.sinh,
    "cosh": math.cosh,
    "tanh": math.tanh,
    "degrees": math.degrees,
    "radians": math.radians,
    "hypot": math.hypot,
    "abs": abs,
    "round": _round,
    "ceil": math.ceil,
    "floor": math.floor,
    "max": max,
    "min": min,
    "mod": operator.mod,
    "gcd": _common(math.gcd),
    "lcm": _common(math.lcm),
    "comb": _choose(math.comb),
    "perm": _choose(math.perm),
    "factorial": _factorial,
    "percent": _percent,
}
CONSTANTS: Final[Mapping[str, float]] = {"pi": math.pi, "e": math.e}


def binary(kind: ast.operator, left: Number, right: Number) -> Number:
    """Two numbers and an operator between them."""
    return _bounded(_BINARY.get(type(kind)), left, right)


def unary(kind: ast.unaryop, value: Number) -> Number:
    """A sign before a number."""
    return _bounded(_UNARY.get(type(kind)), value)


def compare(kind: ast.cmpop, left: Number, right: Number) -> bool:
    """Whether two numbers stand in a relation."""
    return bool(_bounded(_COMPARE.get(type(kind)), left, right))


def call(name: str, *arguments: Number) -> Number:
    """A function of numbers, its name in any case."""
    return _bounded(FUNCTIONS.get(name.lower()), *arguments)


def literal(node: ast.Constant) -> Number:
    """A number that was written out."""
    if type(node.value) not in {int, float}:
        raise ToolError(ToolFailure.NOT_UNDERSTOOD)
    value: Number = node.value  # type: ignore[assignment]
    return _checked(value)


def _bounded(function: Callable[..., Number] | None, *values: Number) -> Number:
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
