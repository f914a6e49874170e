"""The typesetting process: whatever comes, one answer a formula."""

import json
import subprocess
import sys

import pytest

from app.typesetting import messages
from app.typesetting.worker import can_be_set, serve
from tests.conftest import ROOT


def test_every_formula_is_answered_in_order():
    def typesetter(latex, *, display):
        if latex == "bad":
            raise ZeroDivisionError
        return f"<svg>{latex}{display}</svg>", 1.5

    lines = [
        messages.encode(messages.Formula(1, "a", display=True)),
        b"nonsense\n",
        messages.encode(messages.Formula(2, "bad", display=False)),
        messages.encode(messages.Formula(3, "c", display=False)),
    ]
    answers = []
    serve(typesetter, lines, answers.append)
    assert answers == [
        messages.Typeset(1, "<svg>aTrue</svg>", 1.5),
        messages.Typeset(2),
        messages.Typeset(3, "<svg>cFalse</svg>", 1.5),
    ]


@pytest.mark.parametrize(
    ("latex", "can"),
    [
        ("x^2", True),
        ("\\alpha", True),
        ("", False),
        ("  ", False),
        ("\\text{中}", False),
        ("x" * 3000, False),
    ],
)
def test_what_is_worth_trying(latex, can):
    assert can_be_set(latex) is can


def test_the_real_process_prints_nothing_but_answers():
    lines = b"".join(
        messages.encode(messages.Formula(number, latex, display=True))
        for number, latex in enumerate(("\\frac{1}{2}", "{" * 900, "\\begin{x", "y"))
    )
    done = subprocess.run(
        [sys.executable, "-m", "app.typesetting"],
        input=lines,
        capture_output=True,
        cwd=ROOT,
        check=True,
        timeout=60,
    )
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert [answer["id"] for answer in answers] == [0, 1, 2, 3]
    assert [bool(answer["svg"]) for answer in answers] == [True, False, False, True]
