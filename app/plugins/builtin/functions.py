"""The functions and constants that a formula may name, each with bounds.

Integers stay integers where Python keeps them; names are looked up in any case.
"""

import math
import operator
from collections.abc import Callable, Mapping
from functools import reduce
from typing import Final

from app.domain.tools import ToolFailure
from app.plugins.api import ToolError
from app.plugins.builtin.arithmetic import MAX_BITS, Number, bounded, power, times

MAX_FACTORIAL: Final = 5000
MAX_MODULAR_BITS: Final = 1024


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


def _sum(*values: Number) -> Number:
    return sum(values)


def _mean(*values: Number) -> Number:
    return sum(values) / len(values)


def _product(*values: Number) -> Number:
    one: Number = 1
    return reduce(times, values, one)


def _modular_power(base: Number, exponent: Number, modulus: Number = 0) -> Number:
    """Python's `pow`: integers stay integers."""
    if not modulus:
        return power(base, exponent)
    values = [_whole(value) for value in (base, exponent, modulus)]
    if max(value.bit_length() for value in values) > MAX_MODULAR_BITS:
        raise ToolError(ToolFailure.TOO_LARGE)
    return pow(*values)


def _percent(value: Number) -> Number:
    return value / 100


FUNCTIONS: Final[Mapping[str, Callable[..., Number]]] = {
    "sqrt": math.sqrt,
    "cbrt": _cube_root,
    "cuberoot": _cube_root,
    "pow": _modular_power,
    "power": power,
    "exp": math.exp,
    "log": _logarithm,
    "ln": math.log,
    "lg": math.log10,
    "log10": math.log10,
    "log_10": math.log10,
    "log2": math.log2,
    "log_2": math.log2,
    "log1p": math.log1p,
    "expm1": math.expm1,
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
    "cot": lambda value: 1 / math.tan(value),
    "sec": lambda value: 1 / math.cos(value),
    "csc": lambda value: 1 / math.sin(value),
    "sinh": math.sinh,
    "cosh": math.cosh,
    "tanh": math.tanh,
    "asinh": math.asinh,
    "acosh": math.acosh,
    "atanh": math.atanh,
    "degrees": math.degrees,
    "radians": math.radians,
    "hypot": math.hypot,
    "abs": abs,
    "fabs": math.fabs,
    "int": int,
    "float": float,
    "trunc": math.trunc,
    "isqrt": math.isqrt,
    "fmod": math.fmod,
    "round": _round,
    "ceil": math.ceil,
    "floor": math.floor,
    "max": max,
    "min": min,
    "sum": _sum,
    "prod": _product,
    "mean": _mean,
    "average": _mean,
    "avg": _mean,
    "mod": operator.mod,
    "gcd": _common(math.gcd),
    "lcm": _common(math.lcm),
    "comb": _choose(math.comb),
    "perm": _choose(math.perm),
    "choose": _choose(math.comb),
    "binomial": _choose(math.comb),
    "ncr": _choose(math.comb),
    "npr": _choose(math.perm),
    "factorial": _factorial,
    "percent": _percent,
}
CONSTANTS: Final[Mapping[str, float]] = {
    "pi": math.pi,
    "e": math.e,
    "tau": math.tau,
}
OF_LISTS: Final = frozenset({"max", "min", "sum", "prod", "mean", "average", "avg"})
"""Functions that take one list in the place of their arguments."""


def call(name: str, *arguments: Number) -> Number:
    """A function of numbers, its name in any case."""
    return bounded(FUNCTIONS.get(name.lower()), *arguments)
