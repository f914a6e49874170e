"""What llama.cpp's reader of grammars does not notice is noticed."""

from contextlib import suppress

import pytest
from hypothesis import given, strategies as st

from app.domain.errors import ErrorCode, UserError
from app.engine.gbnf import check


@pytest.mark.parametrize(
    "text",
    [
        'root ::= "a"',
        'root ::= a | (b "c")* # comment\n  | [^"\\]\\n]{2,}\na::="x"?\nb ::= .{0,3}',
        'root ::= "a" root | ""',
        'root ::= ("a" | ("b" ("c"+)))?',
        'root ::= "\\"" [^"]+ "::= | \\\\"',
        'root ::= "你" [一-龥]+',
    ],
)
def test_a_grammar_passes(text):
    check(text)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "no root"),
        ('rot ::= "a"', "no root"),
        ('"a"', "no rule at the beginning"),
        ('root ::= "a', "not understood"),
        ('root ::= [a"', "not understood"),
        ('root ::= "a\0b"', "not understood"),
        ("root ::= <[7]>", "not understood"),
        ("root ::= !<eot>", "not understood"),
        ('root ::= "a"{5,3}', "at least 5, at most 3"),
        ('root ::= "a"{9999999999}', "not understood"),
        ("root ::= *", "nothing to repeat"),
        ('root ::= "a"+*', "repeated twice"),
        ('root ::= "a")', "no bracket is open"),
        ('root ::= ("a"\nb ::= "c"', "a bracket is open before b"),
        ("root ::= " + "(" * 40 + '"a"' + ")" * 40, "brackets in each other"),
        ('root ::= root "a" | "b"', "left recursion"),
        ('root ::= a root "x"\na ::= b\nb ::= "y"?', "left recursion"),
        ('root ::= a\na ::= b "x"\nb ::= [] a | "c"', "left recursion"),
        ('root ::= (a root) | "x"\na ::= "" | "y"', "left recursion"),
        ('root ::= a*\na ::= "x"? b\nb ::= "" | "y"', "endless repetition"),
        ('root ::= ("x"?)+', "endless repetition"),
        (f'root ::= ("{"x" * 30_000}" "y"){{2000}} "{"x" * 300}"{{900}}', "elements"),
        ('root ::= "a" # ' + "x" * 40_000, "characters"),
    ],
)
def test_a_grammar_is_refused(text, problem):
    with pytest.raises(UserError) as caught:
        check(text)
    assert caught.value.code is ErrorCode.PROTOCOL
    assert problem in caught.value.detail


WORDS = [
    *('"a"', "[^b]", ".", "(", ")", "|", "*", "+", "?", "{2,3}", "root", "x", "你"),
    *("\nroot ::=", "\nx ::=", "#", '"', "\\", "[", "]", "\0", "<"),
]


@given(st.lists(st.sampled_from(WORDS)).map("".join) | st.text())
def test_whatever_comes_is_read_or_refused(text):
    with suppress(UserError):
        check(text)
