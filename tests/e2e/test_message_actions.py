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

    click(moss, 0, A.EDIT)
    editor = widget_of(moss, 0).findChild(MessageEditor)

    def edit():
        editor.field.setPlainText("Something else")
        moss.qtbot.keyClick(editor.field, "\r")
        assert editor.isVisible()
        assert editor.field.toPlainText() == "Something else"
        assert "being written" in moss.panel.notice.text
        moss.application.chat.stop()

    moss.interrupt("What can you do?", edit)
    assert moss.messages[0].text == before


def test_what_makes_no_sense_while_a_reply_is_written_says_why(moss):
    moss.ask("Hello")
    seen = {}

    def look():
        button = widget_of(moss, 1).bar.button(A.REGENERATE)
        seen["here"] = (button.isEnabled(), button.toolTip())
        entries = {e.data(): e for e in widget_of(moss, 0).menu().actions()}
        seen["menu"] = {a for a, e in entries.items() if a and not e.isEnabled()}
        seen["why"] = entries[A.DELETE].toolTip()

    moss.interrupt_once("What can you do?", look)
    enabled, why = seen["here"]
    assert not enabled
    assert "being written here" in why
    assert seen["menu"] == {A.EDIT, A.DELETE}
    assert "being written here" in seen["why"]
    button = widget_of(moss, 1).bar.button(A.REGENERATE)
    assert button.isEnabled()
    assert button.toolTip() == "Write another version"


def test_while_another_chat_is_answered_only_the_engine_is_missing(moss):
    moss.ask("Hello")
    chat = moss.controller.open_chat
    moss.controller.show_chat(None)
    seen = []

    def look():
        moss.controller.show_chat(chat)
        entries = widget_of(moss, 1).menu().actions()
        seen.append({e.data() for e in entries if e.data() and not e.isEnabled()})
        seen.append(widget_of(moss, 0).bar.button(A.EDIT).isEnabled())

    moss.interrupt_once("What can you do?", look)
    assert seen == [{A.REGENERATE, A.CHOOSE}, True]


def test_two_versions_are_written_at_once(start, foreign_gguf):
    moss = start(foreign_gguf)
    moss.until_ready()
    moss.panel.composer.set_enabled_tools(frozenset())
    moss.ask("What can you do?")
    first = moss.messages[1]
    choose(moss, 1, A.CHOOSE)
    moss.until_idle()
    moss.controller.turn_path()
    versions = moss.application._messages._branching.versions(
        moss.controller.open_chat, first.id
    )
    assert len(versions) == 3
    assert versions[0] == first
    assert all(version.text for version in versions)
    # Both were written from one prompt, in one run of the engine.
    assert versions[1].usage == versions[2].usage
