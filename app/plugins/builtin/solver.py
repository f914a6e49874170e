"""Solve: the roots of equations, through SymPy.

The form of MOSS-003's training data: equations separated by `;` or `,`, a number
divided by a number is a float, `2x` multiplies while `xy` is one symbol. SymPy's own
string parsers call `eval`, so its objects are built here from a syntax tree.

SymPy takes half a second and more to import, so it is imported when first needed; its
work has no bound of its own, so it runs in a process that can be killed.
"""

import ast
import re
import threading
from types import ModuleType
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from app.domain.tools import Tool, ToolFailure
from app.plugins.api import Result, Run, ToolError
from app.plugins.builtin import arithmetic
from app.plugins.builtin.expressions import parse

if TYPE_CHECKING:
    from sympy import Symbol

Value: TypeAlias = Any
"""A Python number or a SymPy expression, whose operators have no types to check."""

MAX_EQUATIONS: Final = 12
MAX_EXPONENT: Final = 64
MAX_RESULT: Final = 4000

# What input methods make of separators and operators, and raised digits.
_ASCII: Final = str.maketrans(
    dict(zip("；，＝＋－−×÷·（）＊／", ";,=+--*/*()*/", strict=True))
    | {digit: f"^{value}" for value, digit in enumerate("⁰¹²³⁴⁵⁶⁷⁸⁹")}
)
_SEPARATORS: Final = re.compile(r"[;,\n]|\band\b")
_SYSTEM: Final = re.compile(r"\s*+\{([^{}]*+)\}\s*+")
_SYMBOLIC: Final = {
    "sqrt": "sqrt",
    "cbrt": "cbrt",
    "exp": "exp",
    "log": "log",
    "ln": "log",
    "sin": "sin",
    "cos": "cos",
    "tan": "tan",
    "asin": "asin",
    "acos": "acos",
    "atan": "atan",
    "abs": "Abs",
}


class Solver:
    """The equation solver."""

    def __init__(self) -> None:
        self._warming = threading.Lock()
        self._warm = False

    @property
    def tool(self) -> Tool:
        """`Tool.SOLVE`."""
        return Tool.SOLVE

    def prepare(self) -> None:
        """Imports SymPy and solves something, which imports and caches the rest."""
        with self._warming:
            if not self._warm:
                solve("x^2+1=0")
                self._warm = True

    def run(self, argument: str, _run: Run) -> Result:
        """The roots of equations, one a line."""
        return Result(solve(argument))


def solve(text: str) -> str:
    """The roots of equations, one a line, such as `x = 23`.

    Args:
        text: Such as `x+y=35;2x+4y=94`.

    Raises:
        ToolError: They are no equations, or have no roots that can be listed.
    """
    text = text.translate(_ASCII)
    if not text.isascii():
        raise ToolError(ToolFailure.NOT_UNDERSTOOD)
    if (system := _SYSTEM.fullmatch(text)) is not None:
        text = system[1]
    equations = [
        _equation(*segment.split("="))
        for segment in _SEPARATORS.split(text)
        if segment.count("=") == 1
    ]
    if len(equations) > MAX_EQUATIONS:
        raise ToolError(ToolFailure.TOO_LARGE)
    return _listed(_roots(_real_if_absolute(equations)))


def _roots(equations: list[Value]) -> dict[str, list[Value]]:
    """Each variable's roots, in SymPy's order; variables in that of their names.

    Raises:
        ToolError: There are none, or a variable stays free.
    """
    symbols = _symbols(equations)
    if not symbols or len(symbols) > len(equations):
        raise ToolError(ToolFailure.NO_SOLUTION)
    try:
        solutions = _solutions(equations, symbols)
    except (ArithmeticError, NotImplementedError, TypeError, ValueError) as error:
        raise ToolError(ToolFailure.NO_SOLUTION) from error
    if not solutions or not all(_complete(roots, symbols) for roots in solutions):
        raise ToolError(ToolFailure.NO_SOLUTION)
    return {symbol.name: [roots[symbol] for roots in solutions] for symbol in symbols}


def _solutions(
    equations: list[Value], symbols: list["Symbol"]
) -> list[dict["Symbol", Value]]:
    """What SymPy finds, with numbers where it can only name the roots."""
    sympy = _sympy()
    single = equations[0] if len(equations) == 1 else None
    solutions: list[dict[Symbol, Value]] = sympy.solve(
        equations if single is None else single, symbols, dict=True
    )
    named = any(
        root.has(sympy.CRootOf) for roots in solutions for root in roots.values()
    )
    if not named:
        return solutions
    if single is not None and single.is_polynomial(*symbols):
        # The same roots, found fifty times faster than by evaluating each.
        polynomial = sympy.Poly(single).sqf_part()
        return [{symbols[0]: root} for root in polynomial.nroots()]
    return [
        {symbol: root.evalf() for symbol, root in roots.items()} for roots in solutions
    ]


def _real_if_absolute(equations: list[Value]) -> list[Value]:
    """Takes variables as real where there are absolute values: SymPy needs it."""
    sympy = _sympy()
    if not any(equation.has(sympy.Abs) for equation in equations):
        return equations
    real = {
        symbol: sympy.Symbol(symbol.name, real=True) for symbol in _symbols(equations)
    }
    return [equation.xreplace(real) for equation in equations]


def _symbols(equations: list[Value]) -> list["Symbol"]:
    """The variables, sorted by name."""
    found = set().union(*(equation.free_symbols for equation in equations))
    return sorted(found, key=str)


def _complete(roots: dict["Symbol", Value], symbols: list["Symbol"]) -> bool:
    """Whether a solution gives every variable a value of its own."""
    return all(symbol in roots for symbol in symbols) and not any(
        root.free_symbols for root in roots.values()
    )


def _listed(roots: dict[str, list[Value]]) -> str:
    lines = [
        f"{name} = {values[0]}" if len(values) == 1 else f"{name}_{index} = {value}"
        for name, values in roots.items()
        for index, value in enumerate(values)
    ]
    text = "\n".join(lines)
    if len(text) > MAX_RESULT:
        raise ToolError(ToolFailure.TOO_LARGE)
    return text


def _equation(left: str, right: str) -> Value:
    """Left side less right side."""
    sympy = _sympy()
    return sympy.sympify(_value(parse(left)), strict=True) - sympy.sympify(
        _value(parse(right)), strict=True
    )


def _value(node: ast.expr) -> Value:
    """Walks a tree: numbers stay Python's as long as no variable meets them."""
    match node:
        case ast.Constant():
            return arithmetic.literal(node)
        case ast.Name(id=name):
            return _named(name)
        case ast.BinOp(left=left, op=kind, right=right):
            return _binary(kind, _value(left), _value(right))
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return -_value(operand)
        case ast.UnaryOp(op=ast.UAdd(), operand=operand):
            return _value(operand)
        case ast.Call(func=ast.Name(id=name), args=args, keywords=[]):
            return _called(name, [_value(arg) for arg in args])
        case _:
            raise ToolError(ToolFailure.NOT_UNDERSTOOD)


def _named(name: str) -> Value:
    return arithmetic.CONSTANTS["pi"] if name == "pi" else _sympy().Symbol(name)


def _called(name: str, values: list[Value]) -> Value:
    """A function, or a variable and a bracket: `x(x+1)` multiplies."""
    known = name.lower()
    if known not in arithmetic.FUNCTIONS:
        if len(values) != 1:
            raise ToolError(ToolFailure.NOT_UNDERSTOOD)
        return _binary(ast.Mult(), _named(name), values[0])
    if all(isinstance(value, int | float | complex) for value in values):
        return arithmetic.call(name, *values)
    if known not in _SYMBOLIC or len(values) != 1:
        raise ToolError(ToolFailure.NOT_UNDERSTOOD)
    return getattr(_sympy(), _SYMBOLIC[known])(values[0])


def _binary(kind: ast.operator, left: Value, right: Value) -> Value:
    if isinstance(left, int | float | complex) and isinstance(
        right, int | float | complex
    ):
        return arithmetic.binary(kind, left, right)
    match kind:
        case ast.Add():
            return left + right
        case ast.Sub():
            return left - right
        case ast.Mult():
            return left * right
        case ast.Div():
            return _quotient(left, right)
        case ast.Pow():
            return _power(left, right)
        case _:
            raise ToolError(ToolFailure.NOT_UNDERSTOOD)


def _quotient(left: Value, right: Value) -> Value:
    if right == 0:
        raise ToolError(ToolFailure.NO_SOLUTION)
    return left / right


def _power(base: Value, exponent: Value) -> Value:
    if isinstance(exponent, int | float) and abs(exponent) > MAX_EXPONENT:
        raise ToolError(ToolFailure.TOO_LARGE)
    return base**exponent


def _sympy() -> ModuleType:
    import sympy  # noqa: PLC0415 -- takes half a second

    return sympy
