"""What can be done with a message, by mouse, keyboard and menu."""

from dataclasses import replace
from datetime import UTC, datetime
from itertools import combinations

import pytest
from pypdf import PdfReader
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QContextMenuEvent, QGuiApplication, QImage
from PySide6.QtPrintSupport import QPrinter
from PySide6.QtWidgets import QApplication, QLabel, QMenu, QPushButton

from app.domain.conversation import Conversation, Message, MessageState, Role
from app.domain.errors import ErrorCode, UserError
from app.domain.feedback import Feedback, Provenance, Rating
from app.domain.generation import Sampling, Usage
from app.ui.chat.action_button import ActionButton
from app.ui.chat.message_actions import (
    Judge,
    MessageAction,
    Resend,
    Standing,
    Wish,
    possible,
    title,
)
from app.ui.chat.message_editor import MessageEditor
from app.ui.chat.message_text import MessageText
from app.ui.chat.message_widget import MessageWidget
from app.ui.chat.remark_bar import RemarkBar
from app.ui.chat.transcript_model import TranscriptModel
from app.ui.chat.transcript_view import TranscriptView
from app.ui.compare_dialog import CompareDialog
from app.ui.icons import Icons
from app.ui.message_sharing import print_message, write_picture
from app.ui.reply_dialog import ReplyDialog
from app.ui.theme import LIGHT
from tests.conftest import ROOT
from tests.fakes.gallery import FakeGallery

NOW = datetime(2026, 1, 2, tzinfo=UTC)
QUESTION = Message("q", None, Role.USER, "Why?", NOW)
REPLY = Message("r", "q", Role.ASSISTANT, "**So.** $a$", NOW)
ALONE = Standing()
A = MessageAction


@pytest.fixture
def show(qtbot):
    """Shows a message; what the user wants of it is in `widget.intents`."""

    def run(message, standing=ALONE):
        icons = Icons(ROOT / "resources/icons", LIGHT.text)
        widget = MessageWidget(message, icons, pictures=FakeGallery())
        widget.set_standing(standing)
        widget.intents = []
        widget.intended.connect(widget.intents.append)
        widget.resize(600, 200)
        qtbot.addWidget(widget)
        widget.show()
        widget.complete()
        return widget

    return run


def test_nothing_can_be_done_while_a_reply_is_written():
    streaming = replace(REPLY, state=MessageState.STREAMING)
    assert possible(streaming, Standing(2, 2, last=True)) == frozenset()


@pytest.mark.parametrize(
    ("message", "standing", "there", "missing"),
    [
        (QUESTION, Standing(), {A.EDIT, A.PIN, A.FORK, A.DELETE}, {A.REGENERATE}),
        (REPLY, Standing(), {A.REGENERATE, A.PRAISE, A.ABOUT}, {A.EDIT, A.NEXT}),
        (REPLY, Standing(1, 2), {A.NEXT, A.COMPARE}, {A.PREVIOUS}),
        (REPLY, Standing(2, 2), {A.PREVIOUS}, {A.NEXT}),
        (replace(REPLY, pinned=True), Standing(), {A.UNPIN}, {A.PIN}),
        (REPLY, Standing(last=True), set(), {A.RESUME, A.REMARK}),
        (
            replace(REPLY, state=MessageState.CUT),
            Standing(last=True),
            {A.RESUME},
            set(),
        ),
        (replace(REPLY, state=MessageState.CUT), Standing(), set(), {A.RESUME}),
        (
            replace(REPLY, text="", state=MessageState.INTERRUPTED),
            Standing(last=True),
            {A.RESUME, A.REGENERATE},
            {A.COPY_TEXT, A.COPY_MARKDOWN, A.PRAISE},
        ),
        (
            replace(REPLY, feedback=Feedback(Rating.UP)),
            Standing(),
            {A.REMARK},
            set(),
        ),
    ],
)
def test_what_is_offered_makes_sense(message, standing, there, missing):
    found = possible(message, standing)
    assert there <= found
    assert not missing & found


def test_every_action_has_a_name_of_its_own():
    assert len({title(action, REPLY) for action in A}) == len(A)


def visible(widget):
    return [b for b in widget.findChildren(ActionButton) if b.isVisible()]


def test_buttons_are_seen_under_the_pointer_and_can_always_be_reached(show, qtbot):
    widget = show(REPLY)
    buttons = visible(widget)
    assert len(buttons) == 5
    assert not any(button.painted for button in buttons)
    assert all(b.focusPolicy() & Qt.FocusPolicy.TabFocus for b in buttons)
    assert all(button.accessibleName() for button in buttons)
    widget.bar.point(pointed=True)
    assert all(button.painted for button in buttons)
    widget.bar.point(pointed=False)
    assert not any(button.painted for button in buttons)


def test_buttons_are_seen_with_the_keyboard(show, qtbot):
    widget = show(REPLY)
    widget.activateWindow()
    qtbot.waitUntil(widget.isActiveWindow)
    button = widget.bar.button(A.REGENERATE)
    button.setFocus(Qt.FocusReason.TabFocusReason)
    qtbot.waitUntil(button.hasFocus)
    assert all(each.painted for each in visible(widget))
    qtbot.keyClick(button, Qt.Key.Key_Space)
    assert widget.intents == [Wish("r", A.REGENERATE)]


def test_the_last_reply_shows_what_can_be_done(show):
    widget = show(replace(REPLY, state=MessageState.STOPPED), Standing(last=True))
    assert all(button.painted for button in visible(widget))
    widget.bar.button(A.RESUME).click()
    assert widget.intents == [Wish("r", A.RESUME)]


def test_versions_are_counted_and_always_seen(show):
    widget = show(REPLY, Standing(2, 3))
    assert "2/3" in [label.text() for label in widget.bar.findChildren(QLabel)]
    assert widget.bar.button(A.NEXT).painted
    widget.bar.button(A.NEXT).click()
    widget.bar.button(A.PREVIOUS).click()
    assert widget.intents == [Wish("r", A.NEXT), Wish("r", A.PREVIOUS)]
    widget.set_standing(Standing(1, 1))
    assert not widget.bar.button(A.NEXT).isVisible()


def test_a_message_is_copied_as_text_and_as_markdown(show):
    widget = show(REPLY)
    widget.bar.button(A.COPY_MARKDOWN).click()
    assert QGuiApplication.clipboard().text() == "**So.** $a$"
    entry(widget.menu(), A.COPY_TEXT).trigger()
    assert QGuiApplication.clipboard().text() == "So. $a$"
    assert widget.intents == []


def entry(menu, action):
    return next(each for each in menu.actions() if each.data() is action)


def test_the_menu_has_all_that_is_possible(show):
    widget = show(replace(REPLY, feedback=Feedback(Rating.DOWN)), Standing(1, 2))
    menu = widget.menu()
    found = {each.data() for each in menu.actions() if each.data() is not None}
    assert found == possible(widget.message, Standing(1, 2))
    assert entry(menu, A.BLAME).isChecked()
    assert not entry(menu, A.PRAISE).isChecked()
    entry(menu, A.FORK).trigger()
    assert widget.intents == [Wish("r", A.FORK)]


@pytest.mark.qt_log_ignore("This plugin does not support")
def test_the_menu_opens_over_the_text_and_knows_what_is_selected(show, qtbot):
    widget = show(REPLY)
    text = widget.findChild(MessageText, "messageText")
    text.selectAll()
    place = QPoint(3, 3)
    event = QContextMenuEvent(
        QContextMenuEvent.Reason.Mouse, place, text.viewport().mapToGlobal(place)
    )
    QApplication.sendEvent(text.viewport(), event)
    [menu] = widget.findChildren(QMenu)
    assert menu.isVisible()
    menu.actions()[0].trigger()
    assert QGuiApplication.clipboard().text() == "So. $a$"
    menu.hide()


def test_a_message_is_edited_in_its_place(show, qtbot):
    widget = show(QUESTION)
    text = widget.findChild(MessageText, "messageText")
    widget.bar.button(A.EDIT).click()
    editor = widget.findChild(MessageEditor)
    assert (editor.isVisible(), text.isVisible()) == (True, False)
    assert editor.field.toPlainText() == "Why?"
    editor.field.insertPlainText(" 啊")
    qtbot.keyClick(editor.field, Qt.Key.Key_Return)
    assert widget.intents == [Resend("q", "Why? 啊")]
    qtbot.keyClick(editor.field, Qt.Key.Key_Escape)
    assert (editor.isVisible(), text.isVisible()) == (False, True)


def test_nothing_is_not_sent(show, qtbot):
    widget = show(QUESTION)
    widget.bar.button(A.EDIT).click()
    field = widget.findChild(MessageEditor).field
    field.setPlainText("  \n")
    qtbot.keyClick(field, Qt.Key.Key_Return)
    assert widget.intents == []


def test_a_thumb_asks_why_and_can_be_taken_back(show, qtbot):
    widget = show(REPLY)
    widget.bar.button(A.BLAME).click()
    remark = widget.findChild(RemarkBar)
    given = Feedback(Rating.DOWN)
    assert widget.intents.pop() == Judge("r", given)
    widget.update_message(replace(REPLY, feedback=given))
    assert widget.bar.button(A.BLAME).painted
    assert not widget.bar.button(A.PRAISE).painted
    assert remark.isVisible()
    qtbot.keyClicks(remark.field, "too short")
    qtbot.keyClick(remark.field, Qt.Key.Key_Return)
    given = Feedback(Rating.DOWN, "too short")
    assert widget.intents.pop() == Judge("r", given)
    assert not remark.isVisible()
    widget.update_message(replace(REPLY, feedback=given))
    widget.bar.button(A.BLAME).click()
    assert widget.intents.pop() == Judge("r", Feedback())
    assert not remark.isVisible()


@pytest.mark.parametrize("width", [280, 700])
def test_actions_and_words_never_cover_each_other(show, qtbot, width):
    usage = Usage(generated_tokens=20, generate_seconds=2)
    message = replace(REPLY, state=MessageState.INTERRUPTED, usage=usage)
    widget = show(message, Standing(2, 3, last=True))
    widget.resize(width, 300)
    words = next(w for w in widget.findChildren(QLabel) if "Interrupted" in w.text())
    bar = widget.bar
    qtbot.waitUntil(lambda: words.width() > 0 and bar.width() > 0)
    places = [each.geometry() for each in (bar.resume, bar, words)]
    room = bar.parentWidget().rect()
    assert all(room.contains(place) for place in places)
    assert not any(a.intersects(b) for a, b in combinations(places, 2))


# -- in the transcript ---------------------------------------------------------------


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


def chat_of(*pairs):
    """A conversation of messages `(id, parent)` in this order; the last is its leaf."""
    chat = Conversation("c")
    for identity, parent in pairs:
        role = Role.USER if identity.startswith("q") else Role.ASSISTANT
        chat = chat.with_message(Message(identity, parent, role, identity, NOW))
    return chat


TREE = chat_of(("q1", None), ("r1", "q1"), ("q2", "r1"), ("r2", "q2"), ("r1b", "q1"))


def shown(view):
    return [widget.message.id for widget in view._run.widgets]


def standings(view):
    rows = range(view._model.rowCount())
    return [view._model.standing(row) for row in rows]


def test_versions_and_the_end_are_known(view):
    view._model.show(TREE)
    assert standings(view) == [Standing(1, 1), Standing(2, 2, last=True)]
    view.turn(replace(TREE, leaf="r2"))
    assert shown(view) == ["q1", "r1", "q2", "r2"]
    assert standings(view)[1:3] == [Standing(1, 2), Standing(1, 1)]
    assert standings(view)[-1].last


def test_what_both_paths_have_is_not_made_anew(view):
    view._model.show(TREE)
    first = view._run.widgets[0]
    view.turn(replace(TREE, leaf="r2"))
    assert view._run.widgets[0] is first
    view.turn(TREE)
    assert view._run.widgets[0] is first
    assert shown(view) == ["q1", "r1b"]


def test_a_message_in_another_ones_place_is_a_branch(view):
    view._model.show(replace(TREE, leaf="r2"))
    view._model.put(Message("q2b", "r1", Role.USER, "other", NOW))
    assert shown(view) == ["q1", "r1", "q2b"]
    assert standings(view)[-1] == Standing(2, 2, last=True)
    view._model.put(Message("q1b", None, Role.USER, "other", NOW))
    assert shown(view) == ["q1b"]
    assert standings(view) == [Standing(2, 2, last=True)]


def test_the_last_message_is_the_last_no_more(view):
    view._model.show(chat_of(("q1", None)))
    view._model.put(Message("r1", "q1", Role.ASSISTANT, "x", NOW))
    assert not view._run.widgets[0]._standing.last
    assert view._run.widgets[1]._standing.last


def test_what_is_read_stays_in_its_place(view, qtbot):
    pairs = [("q0", None)]
    for number in range(1, 25):
        kind = "r" if number % 2 else "q"
        pairs.append((f"{kind}{number}", pairs[-1][0]))
    pairs.append(("r19b", "q18"))
    tree = chat_of(*pairs)
    long = replace(tree, leaf="q24")
    view._model.show(long)
    bar = view.verticalScrollBar()
    qtbot.waitUntil(lambda: not view._steps.isActive())
    qtbot.waitUntil(lambda: bar.maximum() > 0 and bar.value() == bar.maximum())
    bar.setValue(bar.maximum() // 2)
    widget = next(w for w in view._run.widgets if view._top_of(w) > bar.value())
    place = view._top_of(widget) - bar.value()
    view.turn(tree)
    view.turn(long)
    qtbot.waitUntil(lambda: shown(view)[-1] == "q24")
    qtbot.waitUntil(lambda: abs(view._top_of(widget) - bar.value() - place) < 3)


# -- about this reply ----------------------------------------------------------------


def test_what_is_known_of_a_reply_is_said(qtbot):
    made = Provenance("m.gguf", "", "Q4_0", "llama.cpp (1)", "CPU", Sampling(min_p=0.1))
    usage = Usage(300, 250, 20, 0.5, 2, seed=7)
    dialog = ReplyDialog(replace(REPLY, model="M", provenance=made, usage=usage))
    qtbot.addWidget(dialog)
    lines = dict(dialog.lines)
    assert lines["File"] == "m.gguf"
    assert lines["Seed"] == "7"
    assert lines["Sampling"] == (
        "temperature 0.7, top_k 40, top_p 0.8, min_p 0.1, repetition penalty 1.02"
    )
    assert lines["Prompt"] == "300 tokens, 250 of them read before"
    assert "SHA-256" not in lines
    next(b for b in dialog.findChildren(QPushButton) if b.text() == "Copy").click()
    assert "Quantization: Q4_0\n" in QGuiApplication.clipboard().text()


def test_of_an_old_reply_little_is_known(qtbot):
    dialog = ReplyDialog(replace(REPLY, model="M"))
    qtbot.addWidget(dialog)
    assert [name for name, _ in dialog.lines] == ["Model", "Written"]


@pytest.mark.parametrize(
    ("sampling", "words"),
    [
        (
            Sampling(temperature=0, repetition_penalty=1),
            "always the likeliest token",
        ),
        (
            Sampling(mirostat_tau=5, repetition_penalty=1),
            "temperature 0.7, mirostat τ 5, η 0.1",
        ),
    ],
)
def test_only_what_counted_is_said_of_sampling(qtbot, sampling, words):
    message = replace(REPLY, provenance=Provenance(sampling=sampling))
    dialog = ReplyDialog(message)
    qtbot.addWidget(dialog)
    assert dict(dialog.lines)["Sampling"] == words


# -- the better of two ---------------------------------------------------------------


def test_the_better_of_two_is_chosen(qtbot):
    dialog = CompareDialog(REPLY, replace(REPLY, id="r2", text="Other."))
    qtbot.addWidget(dialog)
    chosen = []
    dialog.preferred.connect(lambda better, worse: chosen.append((better, worse)))
    dialog.show()
    texts = [text.toPlainText() for text in dialog.findChildren(MessageText)]
    assert texts[1] == "Other."
    dialog.buttons[1].click()
    assert chosen == [("r2", "r")]
    assert not dialog.isVisible()


# -- pictures and paper --------------------------------------------------------------


def test_a_picture_shows_the_message_and_nothing_to_click(show):
    widget = show(REPLY, Standing(last=True))
    widget.bar.button(A.COPY_MARKDOWN).setFocus()
    entry(widget.menu(), A.COPY_PICTURE).trigger()
    image = QGuiApplication.clipboard().image()
    assert image.size() == widget.picture().size()
    assert image.width() == 2 * (600 + 2 * 16)
    below = widget.picture().height() - 2 * 16
    ground = widget.palette().window().color().rgb()
    assert {image.pixel(x, below) for x in range(0, image.width(), 3)} == {ground}
    assert widget.bar.isVisible()


def test_a_picture_is_saved(show, tmp_path):
    widget = show(QUESTION)
    write_picture(widget, tmp_path / "图.png")
    saved = QImage(str(tmp_path / "图.png"))
    assert saved.size() == widget.picture().size()
    with pytest.raises(UserError) as caught:
        write_picture(widget, tmp_path / "nowhere" / "a.png")
    assert caught.value.code is ErrorCode.FILE_NOT_WRITTEN


@pytest.mark.parametrize("message", [QUESTION, REPLY])
def test_a_message_is_printed(qapp, tmp_path, message):
    printer = QPrinter(QPrinter.PrinterMode.HighResolution)
    printer.setOutputFormat(QPrinter.OutputFormat.PdfFormat)
    printer.setOutputFileName(str(tmp_path / "a.pdf"))
    print_message(message, printer, formulas=None)
    [page] = PdfReader(tmp_path / "a.pdf").pages
    words = "".join(page.extract_text().split())
    assert words == {"q": "Why?", "r": "So.$a$"}[message.id] + "1"
