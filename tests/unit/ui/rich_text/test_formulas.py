"""Formulas: typeset once, by a process that may fail or hang."""

import sys

import pytest
from PySide6.QtGui import QTextCharFormat, QTextCursor, QTextDocument

from app import children
from app.children import Child
from app.ui.rich_text.copying import plain_text
from app.ui.rich_text.formula_object import FORMULA, OBJECT, formula_format, settle
from app.ui.rich_text.formulas import Formulas
from tests.conftest import ROOT

HANGS = """
import sys
for line in sys.stdin:
    if "hang" in line:
        while True:
            pass
    if "die" in line:
        raise SystemExit(1)
    number = line.split('"id":')[1].split(",")[0]
    svg = "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 8'/>"
    print('{"id":%s,"svg":"%s","depth":2.0}' % (number, svg), flush=True)
"""


@pytest.fixture
def formulas(qtbot):
    made = Formulas(children.command_line(Child.TYPESETTING), str(ROOT))
    yield made
    made.close()


def test_a_formula_comes_as_a_picture(formulas, qtbot):
    with qtbot.waitSignal(formulas.typeset, timeout=20_000):
        formulas.ask("x_1^2", display=False)
    drawing = formulas.drawing("x_1^2", display=False)
    assert drawing.svg.startswith(b"<svg")
    assert 0.3 < drawing.width < 3
    assert 0 < drawing.depth < drawing.height
    assert not formulas.known("x_1^2", display=True)


@pytest.mark.parametrize("latex", ["\\frac{", "", "{" * 400, "\\text{中文}"])
def test_what_cannot_be_typeset_is_said(formulas, qtbot, latex):
    with qtbot.waitSignal(formulas.typeset, timeout=20_000):
        formulas.ask(latex, display=False)
    assert formulas.known(latex, display=False)
    assert formulas.drawing(latex, display=False) is None


def test_half_a_character_is_not_asked_for(formulas):
    formulas.ask("\ud800", display=False)
    assert formulas.known("\ud800", display=False)


@pytest.mark.parametrize("bad", ["hang", "die"])
def test_a_formula_that_costs_the_process_costs_no_other(qtbot, bad):
    formulas = Formulas([sys.executable, "-c", HANGS])
    formulas.ask(bad, display=False)
    formulas.ask("good", display=False)
    if bad == "hang":
        formulas.expire()
    qtbot.waitUntil(lambda: formulas.known("good", display=False), timeout=20_000)
    assert formulas.known(bad, display=False)
    assert formulas.drawing(bad, display=False) is None
    assert formulas.drawing("good", display=False).width == 1.0
    formulas.close()


def test_formulas_settle_where_they_stand(formulas, qtbot):
    document = QTextDocument()
    cursor = QTextCursor(document)
    for latex in ("a", "\\frac{", "b"):
        form = formula_format(QTextCharFormat(), latex, display=False, drawing=None)
        cursor.insertText(OBJECT, form)
        cursor.insertText(" ", QTextCharFormat())
        formulas.ask(latex, display=False)
    qtbot.waitUntil(lambda: formulas.known("b", display=False), timeout=20_000)
    settle(document, formulas)
    assert document.toPlainText() == f"{OBJECT} $\\frac{{$ {OBJECT} "
    cursor.select(QTextCursor.SelectionType.Document)
    assert plain_text(cursor) == "$a$ $\\frac{$ $b$ "
    cursor.setPosition(3)
    assert cursor.charFormat().objectType() != FORMULA
    before = document.toHtml()
    settle(document, formulas)
    assert document.toHtml() == before
