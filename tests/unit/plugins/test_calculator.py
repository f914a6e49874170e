"""Calculate: exact strings, and what it refuses.

The expected values of `tables/calculate.jsonl` are Python's where Python computes the
formula (with `^` as `**`), otherwise worked out by hand.
"""

from contextlib import suppress

import pytest
from hypothesis import given, strategies as st

from app.domain.tools import Tool, ToolFailure
from app.plugins.api import ToolError
from app.plugins.builtin.calculator import Calculator, calculate
from tests.tables import table

EXACT = table("calculate")


@pytest.mark.parametrize(("text", "value"), EXACT)
def test_exact(text: str, value: str) -> None:
    assert calculate(text) == value


def failure(text: str) -> ToolFailure:
    with pytest.raises(ToolError) as caught:
        calculate(text)
    return caught.value.failure


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        ";",
        "你好",
        "1+",
        "*2",
        "(1+2",
        "1+2)",
        "(1+2]",
        "!5",
        "x+1",
        "x=;1",
        "=5",
        "2+3=6",
        "sqrt",
        "foo(1)",
        "foo(1,2)",
        "1,2",
        "(1,2)",
        "1..2",
        "0b12",
        "2 3",
        "pi 2",
        "1 000",
        "1.,000",
        "1 if 2 else 3",
        "a:=1",
    ],
)
def test_no_formula(text: str) -> None:
    assert failure(text) is ToolFailure.NOT_UNDERSTOOD


@pytest.mark.parametrize(
    "text",
    [
        "1/0",
        "1//0",
        "1%0",
        "0^-1",
        "sqrt(-1)",
        "log(0)",
        "acos(2)",
        "(-1)!",
        "2.5!",
        "max(1)",
        "sqrt(1,2)",
        "1 < (-8)^(1/3)",
        "round((-8)^(1/3))",
    ],
)
def test_no_value(text: str) -> None:
    assert failure(text) is ToolFailure.NO_SOLUTION


@pytest.mark.parametrize(
    "text",
    [
        "2^1000000",
        "9**9**9",
        "9^9^9^9",
        "(9^99)^999",
        "x=9^999;x=x^9;x=x^9;x^9",
        "10000!",
        "(1000!)!",
        "100000000000!",
        "comb(100000,50000)",
        "2.0^10000",
        "1e400",
        "1e308*10",
        "exp(1000)",
        "2000!",  # more digits than Python writes
        "(" * 51 + "1" + ")" * 51,
        "sqrt(" * 100 + "1" + ")" * 100,
        "-" * 999 + "1",
        "2^" * 499 + "2",
        "1+" * 600 + "1",
        "9" * 1001,
        "1" * 100_000,
        "2^-(2^1000000)",
        "round(9^9999,-9^99)",
        "*".join(["3^9999"] * 9),
        "lcm(" + ",".join(f"{n}^999" for n in (2, 3, 5, 7, 11, 13, 17, 19, 23)) + ")",
    ],
)
def test_what_would_grow_without_end(text: str) -> None:
    assert failure(text) in {ToolFailure.TOO_LARGE, ToolFailure.NOT_UNDERSTOOD}


def test_what_is_not_ascii_is_dropped_first() -> None:
    assert calculate("1٣+１2") == "3"


@given(st.text())
def test_any_text(text: str) -> None:
    with suppress(ToolError):
        assert calculate(text)


tokens = st.sampled_from(
    [*"0123456789+-*/%^!()[],;=<>. ", "**", "//", "sqrt(", "max(", "pi", "x", "e", "0b"]
)


@given(st.lists(tokens, max_size=30).map("".join))
def test_any_formula(text: str) -> None:
    with suppress(ToolError):
        assert calculate(text)


numbers = st.integers(0, 999)


@given(numbers, numbers, numbers)
def test_as_python_does(a: int, b: int, c: int) -> None:
    assert calculate(f"{a}+{b}*{c}-{a}/({c}+1)") == str(a + b * c - a / (c + 1))
    assert calculate(f"({a}-{b})^3%({c}+1)") == str((a - b) ** 3 % (c + 1))


def test_the_tool() -> None:
    calculator = Calculator()
    calculator.prepare()
    assert calculator.tool is Tool.CALCULATE
    assert calculator.run("1+1", None).text == "2"
