"""What a user does with messages, in the whole program with the demo model."""

import pytest

from app.domain.conversation import MessageState
from app.domain.feedback import Feedback, Rating
from app.ui.chat.message_actions import MessageAction
from app.ui.chat.message_editor import MessageEditor
from app.ui.chat.message_widget import MessageWidget
from app.ui.chat.remark_bar import RemarkBar
from app.ui.compare_dialog import CompareDialog
from app.ui.reply_dialog import ReplyDialog

pytestmark = [pytest.mark.e2e, pytest.mark.model]
A = MessageAction


@pytest.fixture
def moss(start, demo_gguf):
    moss = start(demo_gguf)
    moss.until_ready()
    return moss


def widget_of(moss, row):
    wanted = moss.messages[row].id
    found = moss.panel.view.findChildren(MessageWidget)
    return next(w for w in found if w.message.id == wanted)


def click(moss, row, action):
    widget_of(moss, row).bar.button(action).click()


def choose(moss, row, action):
    menu = widget_of(moss, row).menu()
    next(entry for entry in menu.actions() if entry.data() is action).trigger()
    menu.hide()


def reopened(moss):
    """The messages as the archive has them."""
    chat = moss.controller.open_chat
    moss.controller.show_chat(None)
    moss.controller.show_chat(chat)
    return moss.messages


def test_an_edited_message_is_another_branch(moss):
    moss.ask("What is 6*8?")
    moss.ask("Hello")
    click(moss, 0, A.EDIT)
    editor = widget_of(moss, 0).findChild(MessageEditor)
    editor.field.setPlainText("What is 7*8?")
    moss.qtbot.keyClick(editor.field, "\r")
    moss.until_idle()
    assert moss.messages[0].text == "What is 7*8?"
    assert "56" in moss.messages[1].text
    assert len(moss.messages) == 2
    click(moss, 0, A.PREVIOUS)
    assert [m.text for m in moss.messages][::2] == ["What is 6*8?", "Hello"]
    assert [m.text for m in reopened(moss)][::2] == ["What is 6*8?", "Hello"]


def test_another_version_and_back(moss):
    first = moss.ask("What is 6*8?")
    click(moss, 1, A.REGENERATE)
    moss.until_idle()
    second = moss.messages[-1]
    assert second.id != first.id
    assert second.state is MessageState.COMPLETE
    click(moss, 1, A.PREVIOUS)
    assert moss.messages[-1] == first
    click(moss, 1, A.NEXT)
    assert moss.messages[-1] == second


def test_the_better_of_two_versions_is_kept(moss):
    stopped = moss.interrupt("What can you do?", moss.application.chat.stop)
    row = len(moss.messages) - 1
    assert moss.messages[row] == stopped
    choose(moss, row, A.CHOOSE)
    moss.until_idle()
    written = moss.messages[row]
    dialog = moss.window.findChild(CompareDialog)
    dialog.buttons[0].click()
    assert moss.messages[row].id == stopped.id
    assert reopened(moss)[row].feedback.preferred_over == (written.id,)
    choose(moss, row, A.COMPARE)
    [dialog] = [d for d in moss.window.findChildren(CompareDialog) if d.isVisible()]
    dialog.buttons[1].click()
    assert moss.messages[row].feedback.preferred_over == (stopped.id,)


def test_between_equal_versions_there_is_nothing_to_choose(moss):
    moss.ask("What is 6*8?")
    choose(moss, 1, A.CHOOSE)
    moss.until_idle()
    assert "nothing to choose" in moss.panel.notice.text


def test_a_stopped_reply_is_written_on_in_its_place(moss):
    stopped = moss.interrupt("What can you do?", moss.application.chat.stop)
    row = len(moss.messages) - 1
    click(moss, row, A.RESUME)
    moss.until_idle()
    reply = moss.messages[row]
    assert reply.id == stopped.id
    assert reply.state is MessageState.COMPLETE
    assert reply.text.startswith(stopped.text)
    assert len(reply.text) > len(stopped.text)
    whole = moss.ask("What can you do?")
    assert reply.text == whole.text


def test_what_is_deleted_comes_back(moss):
    moss.ask("What is 6*8?")
    moss.ask("Hello")
    before = moss.messages
    choose(moss, 1, A.DELETE)
    assert moss.messages == before[:1]
    moss.panel.notice.run_action()
    assert moss.messages == before
    choose(moss, 0, A.DELETE)
    assert moss.messages == []
    assert moss.panel.welcome.isVisible()
    moss.panel.notice.run_action()
    assert moss.messages == before
    assert reopened(moss) == before


def test_a_fork_is_another_chat(moss):
    moss.ask("What is 6*8?")
    moss.ask("Hello")
    first = moss.controller.open_chat
    choose(moss, 1, A.FORK)
    assert moss.controller.open_chat != first
    assert [m.text for m in moss.messages][::2] == ["What is 6*8?"]
    assert moss.ask("Hello").state is MessageState.COMPLETE


def test_a_pin_and_a_judgement_stay(moss):
    moss.ask("Hello")
    choose(moss, 0, A.PIN)
    click(moss, 1, A.PRAISE)
    remark = widget_of(moss, 1).findChild(RemarkBar)
    remark.field.setText("friendly")
    moss.qtbot.keyClick(remark.field, "\r")
    question, reply = reopened(moss)
    assert question.pinned
    assert reply.feedback == Feedback(Rating.UP, "friendly")


def test_what_a_reply_was_made_with_is_said(moss):
    moss.ask("What is 6*8?")
    choose(moss, 1, A.ABOUT)
    dialog = moss.window.findChild(ReplyDialog)
    lines = dict(dialog.lines)
    assert lines["File"].endswith(".gguf")
    assert "llama.cpp" in lines["Engine"]
    assert lines["Sampling"] == "always the likeliest token"
    assert "Calculate" in lines["Tools"]
    dialog.reject()


def test_while_another_reply_is_written_nothing_is_lost(moss):
    moss.ask("Hello")
    before = moss.messages[0].text

    def edit():
        click(moss, 0, A.EDIT)
        editor = widget_of(moss, 0).findChild(MessageEditor)
        editor.field.setPlainText("Something else")
        moss.qtbot.keyClick(editor.field, "\r")
        assert editor.isVisible()
        assert editor.field.toPlainText() == "Something else"
        assert "being written" in moss.panel.notice.text
        moss.application.chat.stop()

    moss.interrupt("What can you do?", edit)
    assert moss.messages[0].text == before
