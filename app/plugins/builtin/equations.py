"""Equations as SymPy's expressions, built from a syntax tree.

SymPy's own string parsers call `eval`. A number divided by a number is a float, `2x`
multiplies while `xy` is one symbol; numbers stay Python's as long as no variable meets
them.
"""

import ast
import re
from types import ModuleType
from typing import Any, Final, TypeAlias

from app.domain.tools import ToolFailure
from app.plugins.api import ToolError
from app.plugins.builtin import arithmetic, functions
from app.plugins.builtin.expressions import parse

Value: TypeAlias = Any
"""A Python number or a SymPy expression, whose operators have no types to check."""

MAX_CHARACTERS: Final = 8000
MAX_EQUATIONS: Final = 12
MAX_EXPONENT: Final = 64

# What input methods make of separators and operators, and raised digits.
_ASCII: Final = str.maketrans(
    dict(zip("；，＝＋－−×÷·（）＊／", ";,=+--*/*()*/", strict=True))
    | {digit: f"^{value}" for value, digit in enumerate("⁰¹²³⁴⁵⁶⁷⁸⁹")}
    | {"π": " pi "}
)
_SEPARATORS: Final = re.compile(r"[;,\n]|\band\b")
_ARGUMENTS: Final = re.compile(r"[A-Za-z]\([^()=;]*+\)")
_PERCENT_OF: Final = re.compile(r"(?<=[0-9])\s*+%\s*+(?=[A-Za-z(])")
_SYSTEM: Final = re.compile(r"\s*+[\[({]([^\[\](){}]*=[^\[\](){}]*+)[\])}]\s*+")
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
_LOGARITHMS: Final = {"lg": 10, "log10": 10, "log_10": 10, "log2": 2, "log_2": 2}


def equations_of(text: str) -> list[Value]:
    """The equations of a text, each as its left side less its right side.

    Args:
        text: Equations between separators; what has not exactly one `=` is ignored.

    Raises:
        ToolError: One of them cannot be read, or there are too many.
    """
    if len(text) > MAX_CHARACTERS:
        raise ToolError(ToolFailure.TOO_LARGE)
    text = text.translate(_ASCII)
    if not text.isascii():
        raise ToolError(ToolFailure.NOT_UNDERSTOOD)
    if (system := _SYSTEM.fullmatch(text)) is not None:
        text = system[1]
    equations = [
        _equation(*segment.split("="))
        for segment in _segments(text)
        if segment.count("=") == 1
    ]
    if len(equations) > MAX_EQUATIONS:
        raise ToolError(ToolFailure.TOO_LARGE)
    return equations


def _segments(text: str) -> list[str]:
    """What stands between the separators; a function's arguments stay together."""
    kept = _ARGUMENTS.sub(lambda call: call[0].replace(",", "\0"), text)
    return [
        _PERCENT_OF.sub("%*", segment.replace("\0", ","))
        for segment in _SEPARATORS.split(kept)
    ]


def _equation(left: str, right: str) -> Value:
    """Left side less right side."""
    sympy = sympy_module()
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
    return functions.CONSTANTS["pi"] if name == "pi" else sympy_module().Symbol(name)


def _called(name: str, values: list[Value]) -> Value:
    """A function, or a variable and a bracket: `x(x+1)` multiplies."""
    known = name.lower()
    if known not in functions.FUNCTIONS:
        if len(values) != 1:
            raise ToolError(ToolFailure.NOT_UNDERSTOOD)
        return _binary(ast.Mult(), _named(name), values[0])
    if all(isinstance(value, int | float | complex) for value in values):
        return functions.call(name, *values)
    if known in _LOGARITHMS and len(values) == 1:
        known, values = "log", [values[0], _LOGARITHMS[known]]
    most = 2 if known == "log" else 1
    if known not in _SYMBOLIC or not 1 <= len(values) <= most:
        raise ToolError(ToolFailure.NOT_UNDERSTOOD)
    return getattr(sympy_module(), _SYMBOLIC[known])(*values)


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


def sympy_module() -> ModuleType:
    """SymPy, imported when it is first needed."""
    import sympy  # noqa: PLC0415 -- takes half a second

    return sympy
