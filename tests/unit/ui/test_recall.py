"""Earlier messages come back with Up, and the draft with Down."""

import pytest
from PySide6.QtCore import Qt

from app.ui.chat.composer import Composer
from app.ui.chat.recall import Recall
from app.ui.icons import Icons
from app.ui.theme import LIGHT
from tests.conftest import ROOT

ASKED = ["first", "second\nin two lines", "first", "third"]


@pytest.fixture
def composer(qtbot):
    icons = Icons(ROOT / "resources/icons", LIGHT.text)
    composer = Composer(frozenset(), icons, asked=lambda: ASKED)
    composer.recolour(LIGHT)
    composer.set_state(ready=True, writing=False)
    qtbot.addWidget(composer)
    composer.show()
    return composer


@pytest.fixture
def press(composer, qtbot):
    def press(*keys):
        for key in keys:
            qtbot.keyClick(composer.focusProxy(), key)
        return composer.text

    return press


UP, DOWN = Qt.Key.Key_Up, Qt.Key.Key_Down


def test_up_goes_back_and_down_to_the_draft(composer, press, qtbot):
    qtbot.keyClicks(composer.focusProxy(), "half a thought")
    assert press(UP) == "third"
    assert composer.draft == "half a thought"
    # What was asked twice comes once, where it was asked last.
    assert press(UP) == "first"
    assert press(UP) == "second\nin two lines"
    assert press(UP) == "second\nin two lines"
    assert press(UP) == "second\nin two lines"
    assert press(DOWN, DOWN) == "first"
    assert press(DOWN) == "third"
    assert press(DOWN) == "half a thought"
    assert press(DOWN) == "half a thought"
    assert composer.draft == "half a thought"


def test_the_caret_goes_through_the_lines_first(composer, press, qtbot):
    composer.text = "one\ntwo"
    assert press(UP) == "one\ntwo"
    assert press(DOWN) == "one\ntwo"
    assert press(UP, UP) == "third"
    assert press(DOWN) == "one\ntwo"


def test_what_is_changed_on_the_way_is_not_lost(composer, press, qtbot):
    press(UP)
    qtbot.keyClicks(composer.focusProxy(), "!")
    assert composer.draft == "third!"
    assert press(UP) == "first"
    assert press(DOWN) == "third!"
    assert press(DOWN) == ""


def test_undo_brings_the_draft_back_too(composer, press, qtbot):
    qtbot.keyClicks(composer.focusProxy(), "draft")
    press(UP)
    composer.focusProxy().undo()
    assert composer.text == "draft"


def test_another_text_is_a_new_beginning(composer, press):
    press(UP, UP)
    composer.text = "of another chat"
    assert press(DOWN) == "of another chat"
    assert press(UP) == "third"


def test_a_chat_without_messages_has_none():
    recall = Recall(list)
    assert recall.step("draft", older=True) is None
    assert recall.draft("draft") == "draft"


def test_keys_with_modifiers_do_what_they_always_do(composer, qtbot):
    composer.text = "draft"
    field = composer.focusProxy()
    qtbot.keyClick(field, UP, Qt.KeyboardModifier.ShiftModifier)
    assert composer.text == "draft"
    assert field.textCursor().selectedText() == "draft"
