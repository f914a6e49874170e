"""Solve: the roots of equations, through SymPy.

The form of MOSS-003's training data; `equations` reads them.

SymPy takes half a second and more to import, so it is imported when first needed; its
work has no bound of its own, so it runs in a process that can be killed.
"""

import threading
from typing import TYPE_CHECKING, Final

from app.domain.tools import Tool, ToolFailure
from app.plugins.api import Result, Run, ToolError
from app.plugins.builtin.equations import Value, equations_of, sympy_module

if TYPE_CHECKING:
    from sympy import Symbol

MAX_RESULT: Final = 4000


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
    return _listed(_roots(_real_if_absolute(equations_of(text))))


def _roots(equations: list[Value]) -> dict[str, list[Value]]:
    """Each variable's roots, in SymPy's order; variables in that of their names.

    Raises:
        ToolError: There are none, or a variable stays free.
    """
    symbols = _symbols(equations)
    numbers = False
    if len(symbols) > len(equations):
        equations, numbers = _with_euler(equations)
        symbols = _symbols(equations)
    if not symbols or len(symbols) > len(equations):
        raise ToolError(ToolFailure.NO_SOLUTION)
    try:
        solutions = _solutions(equations, symbols)
    except (ArithmeticError, NotImplementedError, TypeError, ValueError) as error:
        raise ToolError(ToolFailure.NO_SOLUTION) from error
    if not solutions or not all(_complete(roots, symbols) for roots in solutions):
        raise ToolError(ToolFailure.NO_SOLUTION)
    return {
        symbol.name: [
            _number(roots[symbol]) if numbers else roots[symbol] for roots in solutions
        ]
        for symbol in symbols
    }


def _with_euler(equations: list[Value]) -> tuple[list[Value], bool]:
    """Takes an `e` that is raised to a power as Euler's number, and roots as real.

    Elsewhere it is a variable as every other letter. Also says whether there was one.
    """
    sympy = sympy_module()
    euler = sympy.Symbol("e")
    powers = set().union(*(equation.atoms(sympy.Pow) for equation in equations))
    if all(power.base != euler for power in powers):
        return equations, False
    return _real([equation.subs(euler, sympy.E) for equation in equations]), True


def _number(root: Value) -> Value:
    """A root as a float, unless it is a fraction."""
    return root if root.is_Rational else root.evalf()


def _solutions(
    equations: list[Value], symbols: list["Symbol"]
) -> list[dict["Symbol", Value]]:
    """What SymPy finds, with numbers where it can only name the roots."""
    sympy = sympy_module()
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
    absolute = any(equation.has(sympy_module().Abs) for equation in equations)
    return _real(equations) if absolute else equations


def _real(equations: list[Value]) -> list[Value]:
    sympy = sympy_module()
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
