"""Calculate: exact strings, and what it refuses."""

import math
from contextlib import suppress

import pytest
from hypothesis import given, strategies as st

from app.domain.tools import Tool, ToolFailure
from app.plugins.api import ToolError
from app.plugins.builtin.calculator import Calculator, calculate

EXACT = [
    # From the published conversations.
    ("12*sqrt(3)", "20.784609690826528"),
    ("3^2 + 3*4 + 4^2", "37"),
    # Integers stay integers, division gives a float.
    ("1+1", "2"),
    ("37*48", "1776"),
    ("2-5", "-3"),
    ("6/3", "2.0"),
    ("7/2", "3.5"),
    ("1/3", "0.3333333333333333"),
    ("7//2", "3"),
    ("-7//2", "-4"),
    ("7%3", "1"),
    ("-7%3", "2"),
    ("7.5%2", "1.5"),
    ("0.1+0.2", "0.30000000000000004"),
    ("1.0", "1.0"),
    ("3.50", "3.5"),
    ("123456789*987654321", "121932631112635269"),
    # Powers.
    ("2^10", "1024"),
    ("2**10", "1024"),
    ("2^0.5", "1.4142135623730951"),
    ("2^-1", "0.5"),
    ("-2^2", "-4"),
    ("(-2)^2", "4"),
    ("2^3^2", "512"),
    ("4^(1/2)", "2.0"),
    ("2^100", "1267650600228229401496703205376"),
    ("1.05^10", "1.628894626777442"),
    ("0^0", "1"),
    ("(-8)^(1/3)", "(1.0000000000000002+1.7320508075688772j)"),
    # Numbers.
    ("1e3", "1000.0"),
    ("2.5e-3*2", "0.005"),
    ("6.02E23", "6.02e+23"),
    ("1e16+1", "1e+16"),
    ("0b101+1", "6"),
    ("0xff", "255"),
    ("007+1", "8"),
    (".5+5.", "5.5"),
    ("1,000+2", "1002"),
    ("1,234,567.5*2", "2469135.0"),
    # Factorials.
    ("5!", "120"),
    ("0!", "1"),
    ("3!+2!", "8"),
    ("(2+3)!", "120"),
    ("3!!", "720"),
    ("2^3!", "64"),
    ("max(2,3)!", "6"),
    ("20!/18!", "380.0"),
    ("-3!", "-6"),
    # Comparisons.
    ("3>2", "True"),
    ("3<=2", "False"),
    ("1<2<3", "True"),
    ("1/2==0.5", "True"),
    ("5!=120", "True"),
    ("5! != 120", "False"),
    # Functions and constants.
    ("sqrt(16)", "4.0"),
    ("sqrt(2)*sqrt(2)", "2.0000000000000004"),
    ("pow(2,3)", "8"),
    ("sin(0)", "0.0"),
    ("sin(pi/2)", "1.0"),
    ("cos(pi)", "-1.0"),
    ("tan(1)", str(math.tan(1))),
    ("acos(0.5)*180/pi", str(math.acos(0.5) * 180 / math.pi)),
    ("asin(1)", "1.5707963267948966"),
    ("atan(1)*4", "3.141592653589793"),
    ("log(100)", "4.605170185988092"),
    ("log(8,2)", "3.0"),
    ("log10(1000)", str(math.log10(1000))),
    ("ln(e)", "1.0"),
    ("exp(0)", "1.0"),
    ("pi", "3.141592653589793"),
    ("PI*2^2", "12.566370614359172"),
    ("2*e", "5.43656365691809"),
    ("abs(-3)", "3"),
    ("ceil(2.1)", "3"),
    ("floor(-2.1)", "-3"),
    ("round(2.5)", "2"),
    ("round(2.567, 2)", "2.57"),
    ("max(1, 200, 3)", "200"),
    ("min(4,2.5)", "2.5"),
    ("CubeRoot(27)", "3.0"),
    ("gcd(12,18)", "6"),
    # Percent.
    ("20%", "0.2"),
    ("50%*20", "10.0"),
    ("20% of 50", "10.0"),
    ("100*(1+5%)", "105.0"),
    ("7 mod 4", "3"),
    # Brackets and what is left out.
    ("[1+{2*3}]*2", "14"),
    ("2(3+4)", "14"),
    ("(1+2)(3+4)", "21"),
    ("2pi", "6.283185307179586"),
    ("3(2)^2", "12"),
    # Assignments.
    ("r=2;pi*r^2", "12.566370614359172"),
    ("a=3; b = 4; sqrt(a^2+b^2)", "5.0"),
    ("x=2;x=x+1;x^2", "9"),
    ("e=5;e+1", "6"),
    ("x=5", "5"),
    ("unit_price=3;lambda=2;unit_price*lambda", "6"),
    ("1;2;", "2"),
    ("2+3=", "5"),
    ("2+3=?", "5"),
    # Blanks, and what is not ASCII.
    ("  1 \n+\t1 ", "2"),
    ("1+1。", "2"),
    ("5元+3元", "8"),
    ("¥5*2", "10"),
]


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
        "1 and 2",
        "not 1",
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


@pytest.mark.parametrize(
    "text",
    [
        "__import__('os').system('true')",
        "().__class__.__bases__[0].__subclasses__()",
        "(1).__class__",
        "1.0.real",
        "1.real",
        "x.y",
        "pi.__class__",
        "[x for x in (1,2)]",
        "{1:2}",
        "{1,2}",
        "lambda: 1",
        "lambda x: x",
        "f'{1}'",
        "'a'*9",
        '"%s" % 1',
        "'{}'.format(1)",
        "eval(1)",
        "exec(1)",
        "open(1)",
        "getattr(1,2)",
        "print(1)",
        "import os",
        "abs.__self__",
        "max(*(1,2))",
        "max(1,key=2)",
        "(1)[0]",
        "1if 1else 2",
        "yield 1",
        "await 1",
        "1\\\n+1",
        "#1",
        "1#2",
        "1_000",
        "_",
        "__debug__",
        "None",
        "True",
        "Ellipsis",
        "...",
        "1j",
        "~1",
        "1<<2",
        "1&2",
        "1|2",
        "1@2",
        "$x",
        "`1`",
        "\x00",
        "1\x00+1",
        "ｅｖａｌ(1)",
        "𝐞𝐱𝐞𝐜(1)",
        "ℯval(1)",
        "аbs(1)",  # a Cyrillic first letter: what is left is no function
    ],
)
def test_hostile(text: str) -> None:
    with suppress(ToolError):
        assert float(calculate(text)) < 100


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
