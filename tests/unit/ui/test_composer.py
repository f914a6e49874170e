"""Typing: Enter, Shift+Enter, and Enter while Chinese is being composed."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QInputMethodEvent
from PySide6.QtWidgets import QApplication, QToolButton

from app.domain.tools import Tool
from app.ui.chat.composer import Composer
from app.ui.icons import Icons
from app.ui.theme import LIGHT
from tests.conftest import ROOT


@pytest.fixture
def composer(qtbot):
    composer = Composer(
        frozenset({Tool.CALCULATE}), Icons(ROOT / "resources/icons", LIGHT.text)
    )
    composer.recolour(LIGHT)
    composer.set_state(ready=True, writing=False)
    qtbot.addWidget(composer)
    composer.show()
    return composer


@pytest.fixture
def sent(composer):
    texts = []
    composer.submitted.connect(texts.append)
    return texts


def compose(composer, preedit="", commit=""):
    event = QInputMethodEvent(preedit, [])
    event.setCommitString(commit)
    QApplication.sendEvent(composer.focusProxy(), event)


def test_enter_sends_and_shift_enter_breaks(composer, sent, qtbot):
    field = composer.focusProxy()
    qtbot.keyClicks(field, "one")
    qtbot.keyClick(field, Qt.Key.Key_Return, Qt.KeyboardModifier.ShiftModifier)
    qtbot.keyClicks(field, "two")
    assert sent == []
    qtbot.keyClick(field, Qt.Key.Key_Return)
    assert sent == ["one\ntwo"]


def test_enter_while_composing_sends_nothing(composer, sent, qtbot):
    compose(composer, preedit="ni'hao")
    qtbot.keyClick(composer.focusProxy(), Qt.Key.Key_Return)
    assert sent == []
    compose(composer, commit="你好")
    assert composer.text == "你好"
    qtbot.keyClick(composer.focusProxy(), Qt.Key.Key_Return)
    assert sent == ["你好"]


def test_nothing_but_space_is_not_sent(composer, sent, qtbot):
    qtbot.keyClicks(composer.focusProxy(), "   ")
    qtbot.keyClick(composer.focusProxy(), Qt.Key.Key_Return)
    assert sent == []


def test_nothing_is_sent_while_a_reply_is_written(composer, sent, qtbot):
    composer.set_state(ready=True, writing=True)
    qtbot.keyClicks(composer.focusProxy(), "Hello")
    qtbot.keyClick(composer.focusProxy(), Qt.Key.Key_Return)
    assert sent == []
    assert composer.text == "Hello"


def test_the_field_grows_with_the_text(composer, qtbot):
    field = composer.focusProxy()
    one_line = field.height()
    composer.text = "1\n2\n3"
    three_lines = field.height()
    composer.text = "\n" * 200
    assert one_line < three_lines < field.height()
    assert field.height() < 40 * one_line


def test_a_tool_that_is_not_there_cannot_be_switched_on(composer):
    composer.set_enabled_tools(frozenset(Tool))
    assert composer.enabled_tools == {Tool.CALCULATE}


def test_tools_are_grey_for_a_model_that_does_not_know_them(composer, qtbot):
    composer.set_enabled_tools(frozenset({Tool.CALCULATE}))
    composer.set_model(is_moss=False, uses_tools=False)
    calculator = next(
        button
        for button in composer.findChildren(QToolButton, "toolSwitch")
        if "Calculator" in button.toolTip()
    )
    assert not calculator.isEnabled()
    assert "does not know MOSS's tools" in calculator.toolTip()
    assert composer.enabled_tools == frozenset()
    assert "MOSS" not in composer.focusProxy().placeholderText()
    composer.set_model(is_moss=False, uses_tools=True)
    assert calculator.isEnabled()
    assert "The model may use this tool" in calculator.toolTip()
    composer.set_model(is_moss=True, uses_tools=True)
    composer.set_enabled_tools(frozenset({Tool.CALCULATE}))
    assert calculator.isEnabled()
    assert composer.enabled_tools == {Tool.CALCULATE}
    assert composer.focusProxy().placeholderText() == "Message MOSS…"
