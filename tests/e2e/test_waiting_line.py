"""A message to a chat while another one is answered, in the whole program."""

import pytest
from PySide6.QtWidgets import QPushButton

from app.domain.conversation import MessageState

pytestmark = [pytest.mark.e2e, pytest.mark.model]


@pytest.fixture
def moss(start, demo_gguf):
    moss = start(demo_gguf)
    moss.until_ready()
    return moss


def during_a_reply(moss, action):
    """Does something in a new chat at the first word of another one's reply."""
    first = []

    def elsewhere():
        first.append(moss.controller.open_chat)
        moss.controller.show_chat(None)
        action()

    moss.at_first_word = elsewhere
    moss.type("What can you do?")
    moss.until(lambda: first)
    return first[0]


def button(moss, words):
    buttons = moss.panel.waiting.findChildren(QPushButton)
    return next(b for b in buttons if b.text() == words)


def test_it_waits_visibly_and_is_answered_by_itself(moss):
    seen = []

    def ask():
        moss.type("What is 6*8?")
        seen.append((moss.panel.waiting.text, [m.text for m in moss.messages]))
        seen.append(moss.panel._model.text())

    first = during_a_reply(moss, ask)
    [(waiting, messages), model] = seen
    assert "What can you do?" in waiting
    assert messages == ["What is 6*8?"]
    assert "busy in" in model
    moss.until(lambda: len(moss.messages) == 2 and moss.messages[1].usage)
    assert "48" in moss.messages[1].text
    assert moss.panel.waiting.text == ""
    assert "busy in" not in moss.panel._model.text()
    moss.controller.show_chat(first)
    assert moss.messages[1].state is MessageState.COMPLETE


def test_it_can_be_taken_back_and_is_in_the_field_again(moss):
    def ask():
        moss.type("What is 6*8?")
        moss.panel.composer.text = "and more"
        button(moss, "Take back").click()

    during_a_reply(moss, ask)
    assert moss.messages == []
    assert moss.panel.composer.text == "What is 6*8?\n\nand more"
    moss.until_idle()
    assert moss.application.asking.line == ()


def test_escape_takes_it_back_and_leaves_the_other_reply_alone(moss):
    def ask():
        moss.type("What is 6*8?")
        moss.window.stop_requested.emit()

    first = during_a_reply(moss, ask)
    moss.until_idle()
    assert moss.panel.composer.text == "What is 6*8?"
    moss.controller.show_chat(first)
    assert moss.messages[1].state is MessageState.COMPLETE


def test_the_chat_that_is_answered_is_one_click_away(moss):
    def ask():
        moss.type("What is 6*8?")
        button(moss, "Show that chat").click()

    first = during_a_reply(moss, ask)
    assert moss.controller.open_chat == first


def test_what_waited_when_the_window_was_closed_is_a_draft(moss, start, demo_gguf):
    chats = []

    def ask():
        moss.type("What is 6*8?")
        chats.append(moss.controller.open_chat)
        moss.window.close()

    during_a_reply(moss, ask)
    moss.application.close()
    again = start(demo_gguf)
    again.controller.show_chat(chats[0])
    assert again.messages == []
    assert again.panel.composer.text == "What is 6*8?"


def test_while_another_model_is_loaded_it_waits_for_that(moss, demo_gguf):
    seen = []

    def ask():
        moss.type("What is 6*8?")
        moss.controller.open_model(demo_gguf)
        seen.append(moss.panel.waiting.text)

    during_a_reply(moss, ask)
    assert seen[0].startswith("Waits until the model is ready")
    moss.until(lambda: len(moss.messages) == 2 and moss.messages[1].usage)
    assert "48" in moss.messages[1].text
