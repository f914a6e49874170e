"""The transcript's model and view: streaming, long chats, following the end."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QGuiApplication, QPalette
from PySide6.QtWidgets import QLabel, QPushButton, QToolButton, QWidget

from app.domain.conversation import Conversation, Message, MessageState, Role
from app.domain.generation import Usage
from app.domain.moss import Field
from app.domain.permissions import Consent
from app.domain.sources import Source
from app.domain.tools import Command, Tool, ToolCall, ToolFailure, ToolState
from app.ui.chat.action_button import ActionButton
from app.ui.chat.message_text import MessageText
from app.ui.chat.message_widget import MessageWidget
from app.ui.chat.permission_bar import PermissionBar
from app.ui.chat.picture_card import PictureCard
from app.ui.chat.spotlight import Spotlight
from app.ui.chat.transcript_model import TranscriptModel
from app.ui.chat.transcript_view import TranscriptView
from app.ui.icons import Icons
from app.ui.rich_text import growing_text
from app.ui.rich_text.beginning import MOST_CHARACTERS, MOST_LINES
from app.ui.rich_text.decorations import code_area
from app.ui.rich_text.writer import DocumentWriter
from app.ui.theme import LIGHT
from app.ui.widgets.chip import Chip
from app.ui.widgets.wrapped_label import WrappedLabel
from tests.conftest import ROOT
from tests.fakes.gallery import FakeGallery

NOW = datetime(2026, 1, 2, tzinfo=UTC)


def conversation(count):
    chat = Conversation("c")
    parent = None
    for number in range(count):
        role = Role.ASSISTANT if number % 2 else Role.USER
        message = Message(f"m{number}", parent, role, f"text {number}", NOW)
        chat, parent = chat.with_message(message), message.id
    return chat


@pytest.fixture
def view(qtbot):
    model = TranscriptModel()
    icons = Icons(ROOT / "resources/icons", LIGHT.text)
    view = TranscriptView(model, icons, pictures=FakeGallery())
    view.resize(700, 500)
    qtbot.addWidget(view)
    model.setParent(view)
    view.show()
    return view


def texts(view):
    found = (
        widget.findChild(MessageText, "messageText") for widget in view._run.widgets
    )
    return [text.toPlainText() for text in found]


def test_a_long_chat_makes_widgets_for_its_end_only(view, qtbot):
    view._model.show(conversation(400))
    made = view.findChildren(MessageWidget)
    assert 0 < len(made) < 60
    assert texts(view)[-1] == "text 399"
    bar = view.verticalScrollBar()
    qtbot.waitUntil(lambda: bar.maximum() > 0 and bar.value() == bar.maximum())
    bar.setValue(0)
    qtbot.waitUntil(lambda: len(view.findChildren(MessageWidget)) > len(made))


def test_a_chat_opens_with_few_widgets_and_gets_a_few_more_each_frame(view, qtbot):
    view._model.show(conversation(400))
    assert 0 < len(view._run.widgets) < 10
    before = len(view._run.widgets)
    view._step()
    assert 0 < len(view._run.widgets) - before < 5
    qtbot.waitUntil(lambda: not view._steps.isActive())
    assert len(view._run.widgets) == 30
    assert texts(view) == [f"text {number}" for number in range(370, 400)]


def read_aloud(widget):
    """What a screen reader finds, in its order: accessible names of what is visible."""
    found = []
    children = (c for c in widget.children() if isinstance(c, QWidget))
    for child in children:
        if child.isHidden():
            continue
        if isinstance(child, MessageText | ActionButton | Chip):
            found.append(child)
        found += read_aloud(child)
    return found


def stops(first, last):
    """Where Tab goes from one widget to another."""
    found, widget = [first], first
    while widget is not last:
        widget = widget.nextInFocusChain()
        if widget.isVisible() and widget.focusPolicy() & Qt.FocusPolicy.TabFocus:
            found.append(widget)
    return found


def test_messages_are_read_and_reached_in_their_order(view, qtbot):
    call = ToolCall(Command(Tool.CALCULATE, "1+1"), ToolState.DONE, "2")
    view._model.show(conversation(40))
    view._model.put(
        Message("m40", "m39", Role.USER, "1+1?", NOW),
    )
    reply = Message("m41", "m40", Role.ASSISTANT, "", NOW, MessageState.STREAMING)
    view._model.put(reply)
    view._model.put(
        replace(reply, text="2", state=MessageState.COMPLETE, calls=(call,))
    )
    qtbot.waitUntil(lambda: not view._steps.isActive())
    heard = read_aloud(view._run)
    said = [w.toPlainText() for w in heard if isinstance(w, MessageText)]
    assert said == texts(view)
    assert len([w for w in heard if isinstance(w, ActionButton)]) >= 3 * len(
        view._run.widgets
    )
    own = read_aloud(view._run.get(41))
    assert [type(w) for w in own][:2] == [Chip, MessageText]
    assert stops(heard[0], heard[-1]) == heard


def test_streamed_text_is_drawn_once_a_frame(view, qtbot):
    view._model.show(conversation(1))
    reply = Message("r", "m0", Role.ASSISTANT, "", NOW, MessageState.STREAMING)
    view._model.put(reply)
    for character in "你好, world":
        view.stream("r", part=Field.ANSWER, text=character)
    qtbot.waitUntil(lambda: texts(view)[-1] == "你好, world")
    assert view._model.message(1).text == "你好, world"


def test_a_finished_message_replaces_what_streamed(view, qtbot):
    view._model.show(conversation(1))
    reply = Message("r", "m0", Role.ASSISTANT, "", NOW, MessageState.STREAMING)
    view._model.put(reply)
    view.stream("r", part=Field.ANSWER, text="half")
    usage = Usage(generated_tokens=20, generate_seconds=2)
    whole = Message("r", "m0", Role.ASSISTANT, "**whole**", NOW, usage=usage)
    view._model.put(whole)
    assert texts(view)[-1] == "whole"


def test_what_streamed_is_not_written_again_when_it_is_whole(view, monkeypatch):
    view._model.show(conversation(1))
    reply = Message("r", "m0", Role.ASSISTANT, "", NOW, MessageState.STREAMING)
    view._model.put(reply)
    begun = "One.\n\nTwo.\n\n"
    view.stream("r", part=Field.ANSWER, text=begun)
    view._draw_streamed()
    written = []
    original = DocumentWriter.write
    monkeypatch.setattr(
        DocumentWriter, "write", lambda self, unit: written.append(original(self, unit))
    )
    # What has not been drawn yet comes with the whole.
    view.stream("r", part=Field.ANSWER, text="**Three**\n")
    view._model.put(
        replace(reply, text=f"{begun}**Three**", state=MessageState.COMPLETE)
    )
    assert texts(view)[-1] == "One.\nTwo.\nThree"
    assert len(written) <= 2
    view._model.put(replace(reply, text="One.\n\n4", state=MessageState.COMPLETE))
    assert texts(view)[-1] == "One.\n4"


def test_html_in_an_answer_stays_text(view):
    view._model.show(conversation(1))
    view._model.put(Message("r", "m0", Role.ASSISTANT, "<b>x</b> <img src='y'>", NOW))
    assert texts(view)[-1] == "<b>x</b> <img src='y'>"


def test_a_chip_opens_to_its_result(view, qtbot):
    call = ToolCall(Command(Tool.CALCULATE, "1+1"), ToolState.DONE, "2")
    view._model.show(conversation(1))
    view._model.put(
        Message("r", "m0", Role.ASSISTANT, "2", NOW, thoughts="Add.", calls=(call,))
    )
    thoughts, chip = view.findChildren(MessageWidget)[-1].findChildren(Chip)
    chip.click()
    detail = view.findChildren(MessageWidget)[-1].findChild(MessageText, "detail")
    assert detail.toPlainText() == "Calculate(\"1+1\") => '2'"
    thoughts.click()
    assert detail.toPlainText() == "Add."
    assert not chip.isChecked()
    thoughts.click()
    assert not detail.isVisible()


FOUND = (
    Source("Facemash", "/home/a.pdf", "x", page=3),
    Source("A & B", "https://a.org", "y", heading="二", line=2),
)


def reply(*calls, text="", state=MessageState.COMPLETE):
    return Message("r", "m0", Role.ASSISTANT, text, NOW, state, calls=calls)


def shown(view, message):
    view._model.show(conversation(1))
    view._model.put(message)
    return view.findChildren(MessageWidget)[-1]


def test_references_stand_under_the_answer_and_open(view, qtbot):
    call = ToolCall(Command(Tool.SEARCH, "x"), ToolState.DONE, sources=FOUND)
    widget = shown(view, reply(call, text="So<sup><|2|></sup>, not<sup>7</sup>."))
    lines = widget.findChildren(QPushButton, "reference")
    assert [line.text() for line in lines] == [
        "1  Facemash · page 3",
        "2  A && B · 二, line 2",
    ]
    assert lines[0].accessibleName() == "Reference 1  Facemash · page 3"
    with qtbot.waitSignal(view.opened) as caught:
        lines[1].click()
    assert caught.args == [FOUND[1]]


def test_references_are_cut_where_there_is_no_room(view, qtbot):
    sources = (replace(FOUND[0], title="A very long title " * 12),)
    call = ToolCall(Command(Tool.SEARCH, "x"), ToolState.DONE, sources=sources)
    widget = shown(view, reply(call, text="So."))
    [line] = widget.findChildren(QPushButton, "reference")
    shown_before = {}
    for width in (500, 1000, 500):
        view.resize(width, 600)
        qtbot.waitUntil(lambda width=width: 0.7 * width < line.width() < width)
        assert line.text().endswith("…")
        words = line.fontMetrics().horizontalAdvance(line.text())
        assert words <= line.width()
        assert shown_before.setdefault(width, line.text()) == line.text()
    assert len(shown_before[500]) < len(shown_before[1000])


def test_a_citation_leads_to_its_reference(view, qtbot):
    call = ToolCall(Command(Tool.SEARCH, "x"), ToolState.DONE, sources=FOUND)
    widget = shown(view, reply(call, text="So<sup><|2|></sup>, not<sup>7</sup>."))
    text = widget.findChild(MessageText, "messageText")
    assert text.toPlainText() == "So[2], not[7]."
    with qtbot.waitSignal(view.opened) as caught:
        text.anchorClicked.emit(QUrl("citation:2"))
    assert caught.args == [FOUND[1]]
    with qtbot.assertNotEmitted(view.opened):
        text.anchorClicked.emit(QUrl("citation:7"))
        text.anchorClicked.emit(QUrl("https://elsewhere.org/citation:2"))


def test_a_tool_asks_below_its_chip(view, qtbot):
    call = ToolCall(
        Command(Tool.SEARCH, "MOSS"), ToolState.ASKING, providers=("calculate", "x")
    )
    widget = shown(view, reply(call, state=MessageState.STREAMING))
    bar = widget.findChild(PermissionBar)
    assert not bar.isHidden()
    question = bar.findChild(QLabel).text()
    assert "Calculator, x" in question
    assert 'Search("MOSS")' in question
    for button, answer in zip(bar.findChildren(QPushButton), Consent, strict=True):
        assert button.focusPolicy() & Qt.FocusPolicy.TabFocus
        assert "MOSS" in button.accessibleName()
        with qtbot.waitSignal(view.consented) as caught:
            qtbot.keyClick(button, Qt.Key.Key_Space)
        assert caught.args == [answer]
    running = replace(call, state=ToolState.RUNNING, progress=0.4)
    view._model.put(reply(running, state=MessageState.STREAMING))
    assert bar.isHidden()
    assert widget.findChildren(Chip)[-1].text().endswith("running… 40 %")


def test_a_failed_tool_says_why(view):
    call = ToolCall.failed(
        Command(Tool.SEARCH, "x"), ToolFailure.UNREACHABLE, "example.org"
    )
    widget = shown(view, reply(call, text="Sorry."))
    widget.findChildren(Chip)[-1].click()
    detail = widget.findChild(MessageText, "detail").toPlainText()
    assert "No result." in detail
    assert "(example.org)" in detail


def test_a_picture_that_is_made_can_be_cancelled(view, qtbot):
    call = ToolCall(Command(Tool.TEXT_TO_IMAGE, "a fox"), ToolState.RUNNING)
    card = shown(view, reply(call)).findChild(PictureCard)
    assert not card.isHidden()
    with qtbot.waitSignal(view.cancel_requested):
        card.cancel_requested.emit()


ENORMOUS = ["x" * 16_000_000, "a line\n" * 2_000_000, "para\n\n" * 2_600_000]


@pytest.mark.parametrize("text", ENORMOUS)
@pytest.mark.parametrize("state", [MessageState.STREAMING, MessageState.COMPLETE])
def test_of_an_enormous_text_the_beginning_is_shown_and_all_is_copied(
    view, qtbot, monkeypatch, text, state
):
    looked_at = []
    original = growing_text.units

    def units(tail, environment):
        looked_at.append(len(tail))
        return original(tail, environment)

    monkeypatch.setattr(growing_text, "units", units)
    view._model.show(conversation(1))
    reply = Message("r", "m0", Role.ASSISTANT, "", NOW, MessageState.STREAMING)
    view._model.put(reply)
    view.stream("r", part=Field.ANSWER, text=text)
    view._draw_streamed()
    view._model.put(replace(reply, text=text, state=state))
    shown = view.findChildren(MessageText, "messageText")[-1]
    assert shown.clipped
    assert shown.document().characterCount() <= MOST_CHARACTERS + 1
    assert shown.document().blockCount() <= MOST_LINES + 1
    assert sum(looked_at) < 3 * MOST_CHARACTERS
    assert view._model.message(1).text == shown.written == text
    footer = view.findChildren(MessageWidget)[-1].findChild(WrappedLabel, "clipped")
    assert "Only the beginning is shown" in footer.text()
    assert not footer.isHidden()
    shown.selectAll()
    shown.copy()
    assert QGuiApplication.clipboard().text() == text


def test_of_an_enormous_question_the_beginning_is_shown(view):
    view._model.show(conversation(1))
    view._model.put(Message("q", "m0", Role.USER, ENORMOUS[0], NOW))
    shown = view.findChildren(MessageText, "messageText")[-1]
    assert shown.document().characterCount() == MOST_CHARACTERS + 1
    footer = view.findChildren(MessageWidget)[-1].findChild(WrappedLabel, "clipped")
    assert "Only the beginning is shown" in footer.text()
    view._model.put(Message("q", "m0", Role.USER, "short", NOW))
    assert footer.isHidden()


def test_the_reader_is_left_where_they_read(view, qtbot):
    view._model.show(conversation(40))
    view.follow()
    bar = view.verticalScrollBar()
    qtbot.waitUntil(lambda: not view._steps.isActive())
    qtbot.waitUntil(lambda: bar.maximum() > 0 and bar.value() == bar.maximum())
    bar.setValue(bar.maximum() // 2)
    place = bar.value()
    view.stream("m39", part=Field.ANSWER, text="line\n\n" * 50)
    qtbot.waitUntil(lambda: texts(view)[-1].endswith("\nline" * 49))
    assert bar.value() == place


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("37*48 = 1776, so 2*37*48 is 3552.", "37*48 = 1776, so 2*37*48 is 3552."),
        ("2**10 and 2**3", "2**10 and 2**3"),
        ("(a+b)*(c+d)*2", "(a+b)*(c+d)*2"),
        ("*really* and **very**", "really and very"),
        ("这是**重点**内容", "这是重点内容"),
        ("`a*b*c`", "a*b*c"),
        ("```\nx = 2*3*4\n```", "x = 2*3*4"),
        ("Facebook<sup><|1|></sup>, twice<sup>12</sup>", "Facebook[1], twice[12]"),
        ("a<sup>|1|</sup> b<sup><|1|><|3|></sup>", "a[1] b[1][3]"),
        ("a<sup><|2|>, <|3|></sup>", "a[2][3]"),
        ("a<sup>th</sup>", "a<sup>th</sup>"),
    ],
)
def test_markdown_means_what_moss_meant(qtbot, written, shown):
    text = MessageText()
    qtbot.addWidget(text)
    text.set_markdown(written)
    assert text.toPlainText().strip() == shown


def test_scrolling_up_does_not_jump(view, qtbot):
    view._model.show(conversation(90))
    bar = view.verticalScrollBar()
    qtbot.waitUntil(lambda: not view._steps.isActive())
    qtbot.waitUntil(lambda: bar.maximum() > 0 and bar.value() == bar.maximum())
    qtbot.waitUntil(lambda: all(w.height() < 150 for w in view._run.widgets))
    oldest = view._run.get(60)

    def place():
        return oldest.mapTo(view, oldest.rect().topLeft()).y()

    bar.setValue(bar.pageStep() // 8)
    before = place()
    qtbot.waitUntil(lambda: len(view._run.widgets) == 60)
    qtbot.waitUntil(
        lambda: bar.value() > 2 * bar.pageStep() and abs(place() - before) <= 2
    )


def test_long_lines_of_code_are_not_wrapped_and_can_be_reached(view, qtbot):
    view._model.show(conversation(1))
    code = "```\n" + "x = 1; " * 60 + "\n```"
    view._model.put(Message("r", "m0", Role.ASSISTANT, code, NOW))
    text = view.findChildren(MessageText, "messageText")[-1]
    qtbot.waitUntil(lambda: text.horizontalScrollBar().maximum() > 0)
    assert text.document().begin().layout().lineCount() == 1
    bar = text.horizontalScrollBar()
    qtbot.waitUntil(
        lambda: text.height() >= text.document().size().height() + bar.height()
    )


@pytest.mark.parametrize("after", ["", "\nand more"])
def test_the_paper_of_code_is_whole(qtbot, after):
    text = MessageText()
    qtbot.addWidget(text)
    text.resize(400, 50)
    text.show()
    text.set_markdown(f"Look:\n```python\nx = 1\n```{after}")
    [code] = text._codes
    qtbot.waitUntil(lambda: text.height() >= code_area(code, 400).bottom())


def test_code_is_copied_with_its_button(view, qtbot):
    view._model.show(conversation(1))
    code = "if x:\n    y = '中'\n\nz"
    answer = f"First\n```python\n{code}\n```\nand\n```\nb\n```"
    view._model.put(Message("r", "m0", Role.ASSISTANT, answer, NOW))
    text = view.findChildren(MessageText, "messageText")[-1]
    first, second = text.findChildren(QToolButton, "copyCode")
    assert "python" in first.accessibleName()
    qtbot.mouseClick(first, Qt.MouseButton.LeftButton)
    assert QGuiApplication.clipboard().text() == code
    qtbot.mouseClick(second, Qt.MouseButton.LeftButton)
    assert QGuiApplication.clipboard().text() == "b"


def test_links_and_citations_are_reported_and_nothing_is_opened(qtbot):
    text = MessageText()
    qtbot.addWidget(text)
    text.resize(400, 100)
    text.show()
    text.set_markdown("[site](https://example.org) said<sup><|2|></sup>")
    with qtbot.waitSignal(text.link_clicked) as link:
        text.anchorClicked.emit(QUrl("https://example.org"))
    assert link.args == ["https://example.org"]
    with qtbot.waitSignal(text.cited) as cited:
        text.anchorClicked.emit(QUrl("citation:2"))
    assert cited.args == [2]
    assert text.toPlainText() == "site said[2]"


def test_a_change_of_theme_keeps_the_text(qtbot):
    text = MessageText()
    qtbot.addWidget(text)
    text.begin_markdown()
    text.append_markdown("**bo")
    text.setPalette(QPalette(Qt.GlobalColor.black))
    text.append_markdown("ld** words")
    assert text.toPlainText() == "bold words"
    assert text.written == "**bold** words"


def top(view, text):
    """Where the message of a text begins in what is seen, in pixels."""
    for widget in view.findChildren(MessageWidget):
        shown = widget.findChild(MessageText, "messageText")
        if widget.isVisible() and shown.toPlainText() == text:
            return widget.mapTo(view.viewport(), widget.rect().topLeft()).y()
    return None


@pytest.mark.parametrize("number", [0, 3, 150, 340, 371])
def test_a_message_is_jumped_to_and_marked_for_a_moment(view, qtbot, number):
    view._model.show(conversation(400))
    view.show_message(f"m{number}")
    qtbot.waitUntil(lambda: 0 <= (top(view, f"text {number}") or -1) < 100)
    [spotlight] = view.findChildren(Spotlight)
    assert spotlight.size() == spotlight.parentWidget().size()
    assert len(texts(view)) < 200
    gone = view.findChildren(Spotlight)
    qtbot.waitUntil(lambda: view.findChildren(Spotlight) != gone, timeout=4000)
    assert 0 <= top(view, f"text {number}") < 100


def test_newer_messages_follow_on_scrolling_down(view, qtbot):
    view._model.show(conversation(400))
    view.show_message("m3")
    bar = view.verticalScrollBar()
    qtbot.waitUntil(lambda: bar.maximum() > 0)
    made = len(texts(view))
    bar.setValue(bar.maximum())
    qtbot.waitUntil(lambda: len(texts(view)) > made)
    view.follow()
    qtbot.waitUntil(lambda: bar.maximum() > 0 and bar.value() == bar.maximum())
    assert texts(view)[-1] == "text 399"


def test_a_new_message_is_seen_wherever_the_reader_was(view, qtbot):
    view._model.show(conversation(400))
    view.show_message("m3")
    view._model.put(Message("new", "m399", Role.USER, "the newest", NOW))
    bar = view.verticalScrollBar()
    qtbot.waitUntil(lambda: top(view, "the newest") is not None)
    qtbot.waitUntil(lambda: bar.maximum() > 0 and bar.value() == bar.maximum())
    assert top(view, "the newest") < view.height()


def test_a_message_that_is_not_there_moves_nothing(view):
    view._model.show(conversation(4))
    view.show_message("gone")
    assert view.findChildren(Spotlight) == []
