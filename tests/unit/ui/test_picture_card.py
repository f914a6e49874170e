"""A picture in an answer: its progress, itself, and what can be done with it."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from PySide6.QtCore import Qt

from app.domain.conversation import Message, MessageState, Role
from app.domain.tools import Command, Tool, ToolCall, ToolFailure, ToolState
from app.ui.chat.message_widget import MessageWidget
from app.ui.chat.picture_card import PictureCard
from app.ui.icons import Icons
from app.ui.theme import LIGHT
from app.ui.widgets.picture import Picture
from tests.conftest import ROOT
from tests.fakes.gallery import FakeGallery

NOW = datetime(2026, 1, 2, tzinfo=UTC)
CAT = Command(Tool.TEXT_TO_IMAGE, "a cat")
RUNNING = ToolCall(CAT, ToolState.RUNNING)
DONE = ToolCall(CAT, ToolState.DONE, picture="cat.png")


@pytest.fixture
def gallery():
    return FakeGallery()


@pytest.fixture
def card(qtbot, gallery):
    made = PictureCard(gallery, Icons(ROOT / "resources/icons", LIGHT.text))
    qtbot.addWidget(made)
    made.resize(700, 500)
    return made


def test_nothing_is_shown_before_it_runs(card):
    card.show_call(ToolCall(CAT))
    assert card.isHidden()
    card.show_call(ToolCall.failed(CAT, ToolFailure.CANCELLED))
    assert card.isHidden()


def test_how_far_it_is(card):
    card.show_call(RUNNING)
    assert not card.isHidden()
    assert card._bar.maximum() == 0  # moves by itself
    card.show_call(replace(RUNNING, progress=0.25))
    assert (card._bar.value(), card._bar.maximum()) == (250, 1000)
    assert "25 %" in card._words.text()
    assert card._bar.accessibleName() == card._words.text()
    assert card._save.isHidden()


def test_it_can_be_cancelled(card, qtbot):
    card.show_call(RUNNING)
    with qtbot.waitSignal(card.cancel_requested):
        qtbot.mouseClick(card._cancel, Qt.MouseButton.LeftButton)


def test_the_picture_takes_the_place_of_the_bar(card, gallery):
    card.show_call(RUNNING)
    card.show_call(DONE)
    card.show_call(DONE)
    assert card._bar.isHidden()
    assert card._cancel.isHidden()
    assert not card._save.isHidden()
    assert gallery.asked == [("image", "cat.png")]
    assert card.findChild(Picture).accessibleName() == "Picture: a cat"


def test_every_intent_names_the_picture(card, gallery, qtbot):
    card.show_call(DONE)
    gallery.asked.clear()
    for button in card._actions:
        assert button.accessibleName()
        qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    everything = [
        ("enlarge", "cat.png", "a cat"),
        ("save", "cat.png", "a cat"),
        ("copy", "cat.png"),
        ("folder", "cat.png"),
    ]
    assert gallery.asked == everything
    gallery.asked.clear()
    for action in card._menu().actions():
        action.trigger()
    assert gallery.asked == everything


def test_the_picture_is_enlarged_by_mouse_and_keys(card, gallery, qtbot):
    card.show_call(DONE)
    card.show()
    gallery.asked.clear()
    picture = card.findChild(Picture)
    qtbot.mouseClick(picture, Qt.MouseButton.LeftButton)
    qtbot.keyClick(picture, Qt.Key.Key_Return)
    qtbot.keyClick(picture, Qt.Key.Key_Space)
    assert gallery.asked == [("enlarge", "cat.png", "a cat")] * 3


def test_a_picture_whose_file_is_gone(card):
    card.show_call(replace(DONE, picture="lost"))
    assert not card.isHidden()
    assert "not there any more" in card._words.text()
    assert card._save.isHidden()


@pytest.mark.parametrize(
    ("size", "width", "height"),
    [((400, 300), 700, 300), ((400, 300), 200, 150), ((1000, 3000), 700, 520)],
)
def test_a_picture_is_scaled_to_the_width(qtbot, size, width, height):
    picture = Picture(FakeGallery(*size).image("x"))
    qtbot.addWidget(picture)
    picture.resize(width, 10)
    picture.show()
    assert picture.height() == height
    grabbed = picture.grab().toImage()
    assert grabbed.pixelColor(20, 20).name() == "#008080"


def test_an_answer_shows_its_picture(qtbot, gallery):
    message = Message("m", None, Role.ASSISTANT, "", NOW, MessageState.STREAMING)
    icons = Icons(ROOT / "resources/icons", LIGHT.text)
    widget = MessageWidget(message, icons, pictures=gallery)
    qtbot.addWidget(widget)
    assert widget.findChild(PictureCard) is None
    widget.update_message(replace(message, calls=(RUNNING,)))
    with qtbot.waitSignal(widget.cancel_requested):
        widget.findChild(PictureCard).cancel_requested.emit()
    widget.update_message(replace(message, calls=(DONE,), text="Here."))
    assert widget.findChild(Picture) is not None
    assert len(widget.findChildren(PictureCard)) == 1
