"""Solve: exact lines, and what it refuses."""

from contextlib import suppress

import pytest
from hypothesis import given, settings, strategies as st

from app.domain.tools import Tool, ToolFailure
from app.plugins.api import ToolError
from app.plugins.builtin.solver import Solver, solve
from tests.tables import table

EXACT = table("solve")


@pytest.mark.parametrize(("text", "lines"), EXACT)
def test_exact(text: str, lines: str) -> None:
    assert solve(text) == lines


def failure(text: str) -> ToolFailure:
    with pytest.raises(ToolError) as caught:
        solve(text)
    return caught.value.failure


@pytest.mark.parametrize(
    "text",
    [
        "",
        ";",
        "x+1",
        "x>3",
        "x==5",
        "2=2",
        "1=2",
        "x=x",
        "0*x=0",
        "x+y=1",
        "x+y=1;2x+2y=2",
        "x=1;x=2",
        "x*y=0;x=0",
        "1/(x-1)=0",
        "x/0=1",
        "x=1/0",
        "x=sqrt(-1)",
        "cos(x)=x",
        "e=mc;m=2;c=3",
        "x=1j",  # one j
    ],
)
def test_no_solution(text: str) -> None:
    assert failure(text) is ToolFailure.NO_SOLUTION


@pytest.mark.parametrize(
    "text",
    [
        "=",
        "x+1=",
        "=x",
        "x=(1+2",
        "x=1)",
        "x=2 3",
        "x.y=3",
        "x:y=2",
        "x%2=1",
        "x//2=1",
        "x=max(x,1)",
        "foo(x,1)=2",
        "х=5",  # Cyrillic
        "苹果=5",
        "__import__('os')=1",
        "().__class__=1",
        "x.__class__=1",
        "x='a'",
        'x="{}".format(1)',
        "x=lambda: 1",
        "x=(1 if 2 else 3)",
        "x=_",
        "eval('1')=x",
        "ｅval(1)=x",
        "x=`1`",
        "x=1\x00",
        "x=$y",
        "S('x')=1",
        "x=Symbol('y')",
        "x=f'{1}'",
    ],
)
def test_no_equation(text: str) -> None:
    assert failure(text) is ToolFailure.NOT_UNDERSTOOD


@pytest.mark.parametrize(
    "text",
    [
        "x=2^1000000",
        "x=9**9**9",
        "x=100000!",
        "x^1000000=1",
        "x^65=1",
        "(" * 60 + "x" + ")" * 60 + "=1",
        "x" + "+1" * 600 + "=0",
        "-" * 900 + "x=1",
        ";".join(f"x{number}=1" for number in range(13)),
    ],
)
def test_what_would_grow_without_end(text: str) -> None:
    assert failure(text) is ToolFailure.TOO_LARGE


pieces = st.sampled_from(
    [*"0123456789xyz+-*/^=;,(). ", "2x", "==", "**", "sqrt(", "x=", "=0", "pi"]
)


@settings(max_examples=50, deadline=None)
@given(st.lists(pieces, max_size=8).map("".join) | st.text(max_size=20))
def test_any_text(text: str) -> None:
    with suppress(ToolError):
        assert " = " in solve(text)


@settings(max_examples=30, deadline=None)
@given(
    roots=st.tuples(st.integers(-50, 50), st.integers(-50, 50)),
    factors=st.tuples(st.integers(1, 9), st.integers(1, 9), st.integers(1, 9)),
)
def test_systems_of_two(roots: tuple[int, int], factors: tuple[int, int, int]) -> None:
    (x, y), (a, b, c) = roots, factors
    text = f"{a}x+{b}y={a * x + b * y};{c}x-{b}y={c * x - b * y}"
    assert solve(text) == f"x = {x}\ny = {y}"


def test_the_tool() -> None:
    solver = Solver()
    solver.prepare()
    assert solver.tool is Tool.SOLVE
    assert solver.run("x=1", None).text == "x = 1"
