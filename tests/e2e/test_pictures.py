"""Pictures in the window: set up, asked for, shown, kept, cancelled."""

import threading

import pytest
from PySide6.QtCore import Qt

from app.domain.permissions import Permission
from app.domain.tools import Tool, ToolFailure, ToolState
from app.ui.chat.picture_card import PictureCard
from app.ui.picture_dialog import PictureDialog
from app.ui.widgets.picture import Picture
from tests.fakes.picture_files import png
from tests.fakes.picture_servers import DRAW, Painter, automatic1111

pytestmark = pytest.mark.e2e
WISH = "Draw a red boat"


def set_up(moss, address):
    """Names a server for pictures, from the switch that is grey, and switches it on."""
    composer = moss.panel.composer
    composer.switches.menu(Tool.TEXT_TO_IMAGE).actions()[0].trigger()
    dialog = moss.window.findChild(PictureDialog)
    moss.qtbot.keyClicks(dialog._server, address)
    dialog._accept()
    switch = composer.switches.button(Tool.TEXT_TO_IMAGE)
    assert switch.isEnabled()
    moss.qtbot.mouseClick(switch, Qt.MouseButton.LeftButton)


def pictures_in(home):
    return sorted((home / "pictures").glob("*.png"))


def test_without_a_source_there_are_no_pictures(start, demo_gguf):
    moss = start(demo_gguf)
    moss.until_ready()
    switch = moss.panel.composer.switches.button(Tool.TEXT_TO_IMAGE)
    assert not switch.isEnabled()
    assert "Nothing that makes pictures was chosen yet." in switch.toolTip()
    assert moss.ask(WISH).calls == ()


def test_a_picture_is_shown_and_still_there_after_a_restart(start, demo_gguf, home):
    painter = Painter(picture=png(320, 200), asked_for_progress=2)
    with automatic1111(painter) as server:
        moss = start(demo_gguf)
        moss.until_ready()
        set_up(moss, server.address)
        manager = moss.application.tool_actions._manager
        assert manager.permission("text_to_image") is Permission.ALWAYS
        reply = moss.ask(WISH)
    [call] = reply.calls
    assert call.state is ToolState.DONE
    [file] = pictures_in(home)
    assert file.name == call.picture
    assert file.read_bytes() == png(320, 200)
    assert "boat" in painter.orders[0]["prompt"]
    [picture] = moss.panel.view.findChildren(Picture)
    assert "boat" in picture.accessibleName()
    chat = moss.controller.open_chat
    moss.application.window.close()
    again = start(demo_gguf)
    again.until_ready()
    again.controller.show_chat(chat)
    assert len(again.panel.view.findChildren(Picture)) == 1


def test_a_picture_is_cancelled_and_the_answer_goes_on(start, demo_gguf, home):
    painter = Painter(asked_for_progress=10_000)
    with automatic1111(painter) as server:
        moss = start(demo_gguf)
        moss.until_ready()
        set_up(moss, server.address)
        moss.type(WISH)
        cards = moss.panel.view.findChildren

        def progress():
            return [card for card in cards(PictureCard) if card._bar.value() > 0]

        moss.until(progress)
        moss.qtbot.mouseClick(progress()[0]._cancel, Qt.MouseButton.LeftButton)
        moss.until_idle()
        assert painter.is_interrupted.wait(10)
    reply = moss.messages[-1]
    assert reply.calls[0].reason is ToolFailure.CANCELLED
    assert reply.text
    assert not (home / "pictures").exists()


def test_a_server_that_fails_is_named(start, demo_gguf):
    over = threading.Event()

    def refuse(answer):
        over.set()
        answer.json({"detail": "no model is loaded"}, 500)

    with automatic1111(Painter(), {DRAW: refuse}) as server:
        moss = start(demo_gguf)
        moss.until_ready()
        set_up(moss, server.address)
        reply = moss.ask(WISH)
    assert over.is_set()
    [call] = reply.calls
    assert call.reason is ToolFailure.SERVER_FAILED
    assert call.detail == f"127.0.0.1:{server.port}: HTTP 500, no model is loaded"
