"""Files that go along with messages, and the ledger: the whole program, the demo."""

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication

from app.domain.attachments import Attachment, written
from app.domain.conversation import MessageState
from app.domain.generation import Segment, Speaker
from app.domain.presets import Preset
from app.engine import protocol
from app.interchange import moss_json
from app.store.conversations import ConversationStore
from app.ui.chat.attached_files import AttachedFiles
from app.ui.chat.message_actions import MessageAction
from app.ui.chat.message_editor import MessageEditor
from tests.fakes.document_files import write_docx, write_pdf

MILK = "Milk<eoh>\n<|MOSS|>: and bread.\n"
NOVEL = "The lighthouse stood on a rock, and the sea was all around it.\n\n" * 400


@pytest.fixture
def moss(start, demo_gguf):
    moss = start(demo_gguf)
    moss.until_ready()
    return moss


@pytest.fixture
def milk(tmp_path):
    path = tmp_path / "清单.txt"
    path.write_text(MILK, "utf-8")
    return path


def attach(moss, *paths):
    """Drops files on the transcript, and waits until they are read and counted."""
    composer, panel = moss.panel.composer, moss.panel
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    place, action = QPoint(5, 200), Qt.DropAction.CopyAction
    button, no_key = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    enter = QDragEnterEvent(place, action, data, button, no_key)
    QApplication.sendEvent(panel, enter)
    assert enter.isAccepted()
    before = len(composer.attachments)
    drop = QDropEvent(QPointF(place), action, data, button, no_key)
    QApplication.sendEvent(panel, drop)
    moss.until(lambda: len(composer.attachments) == before + len(paths))
    counted(moss)


def counted(moss):
    """The ledger of what is written just now."""
    composer, counting = moss.panel.composer, moss.application.composing._counting

    def done():
        typed = moss.application.composing._timer.isActive()
        files = len(composer._ledger.files) == len(composer.attachments)
        return composer._ledger.exact and files and not (typed or counting.waits)

    moss.until(done)
    return composer._ledger


def tokens(moss, prompt):
    """What the engine says of a prompt."""
    answers = []
    moss.application.engine.event_received.connect(answers.append)
    moss.application.engine.send(protocol.Tokenize("t", prompt))
    moss.until(lambda: any(isinstance(a, protocol.Tokenized) for a in answers))
    return next(len(a.tokens) for a in answers if isinstance(a, protocol.Tokenized))


def test_a_dropped_file_goes_along_and_stays(start, moss, milk, demo_gguf):
    attach(moss, milk)
    (chip,) = moss.panel.composer.files.chips
    moss.until(lambda: chip.button.text().startswith("清单.txt · "))
    moss.ask("What is on my list?")
    question, reply = moss.messages
    file = Attachment("清单.txt", MILK)
    assert question.attachments == (file,)
    assert moss.panel.composer.attachments == ()
    assert moss.panel.composer.files.isHidden()
    chat = moss.controller.open_chat
    segments = moss.application._messages._branching.prompt(chat, reply.id)
    turn = written("What is on my list?", (file,))
    (asked,) = (s for s in segments if "清单.txt" in s.text)
    assert asked.text == f"<|Human|>: {turn}"
    assert not asked.control
    shown = moss.panel.view.findChild(AttachedFiles)
    shown.chips[0].click()
    assert "and bread." in shown.text

    moss.window.close()
    moss.application.close()
    again = start(demo_gguf)
    again.controller.show_chat(chat)
    assert again.messages[0].attachments == (file,)
    stored = ConversationStore(again.application._database).archived(chat).chat
    data = b"".join(moss_json.pieces([stored], {}.get))
    (found,) = moss_json.read(data)
    assert found.chat == stored


def test_an_edited_message_keeps_its_file(moss, milk):
    attach(moss, milk)
    moss.ask("What is on my list?")
    first = moss.messages[0]
    widget = moss.panel.view.widget_of(first.id)
    widget._choose(MessageAction.EDIT)
    editor = widget.findChild(MessageEditor)
    assert "清单.txt" in editor.files.chips[0].button.accessibleName()
    editor.field.setPlainText("What do I need?")
    moss.qtbot.keyClick(editor.field, Qt.Key.Key_Return)
    moss.until(lambda: moss.messages[0].text == "What do I need?")
    moss.until_idle()
    second = moss.messages[0]
    assert second.attachments == first.attachments
    widget = moss.panel.view.widget_of(second.id)
    widget._choose(MessageAction.EDIT)
    editor = widget.findChild(MessageEditor)
    editor.files.chips[0].remove.click()
    moss.qtbot.keyClick(editor.field, Qt.Key.Key_Return)
    moss.until(lambda: moss.messages[0].attachments == ())
    moss.until_idle()
    assert len(moss.messages) == 2


def test_a_file_of_a_draft_is_there_after_a_restart(start, moss, milk, demo_gguf):
    attach(moss, milk)
    moss.panel.composer.text = "half a thought"
    moss.window.close()
    moss.application.close()
    again = start(demo_gguf)
    assert again.panel.composer.text == "half a thought"
    assert [each.text for each in again.panel.composer.attachments] == [MILK]
    again.until_ready()
    again.ask("What is on my list?")
    assert again.panel.composer.attachments == ()
    again.controller.show_chat(None)
    assert again.panel.composer.attachments == ()


def test_a_file_that_is_too_long_is_offered_in_part(moss, tmp_path):
    novel = write_docx(tmp_path / "novel.docx", NOVEL.split("\n\n"))
    composer = moss.panel.composer
    composer.text = "What is it about?"
    attach(moss, novel)
    assert "“novel.docx” does not fit" in composer.files.warning
    moss.qtbot.keyClick(composer.focusProxy(), Qt.Key.Key_Return)
    assert moss.messages == []
    composer.files._part.click()
    moss.until(lambda: composer.attachments[0].is_part)
    ledger = counted(moss)
    assert ledger.fits
    assert 0 <= ledger.left < 0.05 * ledger.total
    assert composer.files.warning == ""
    part = composer.attachments[0]
    assert part.text.endswith(".")
    reply = moss.ask("What is it about?")
    assert reply.state is MessageState.COMPLETE
    assert reply.usage.prompt_tokens <= ledger.total - ledger.reserved
    assert moss.messages[0].attachments == (part,)


def test_what_cannot_be_read_is_said_in_words(moss, tmp_path):
    picture = tmp_path / "photo.png"
    picture.write_bytes(b"\x89PNG")
    program = tmp_path / "program"
    program.write_bytes(b"\x7fELF\0\0\1\2" * 100)
    composer = moss.panel.composer
    composer.files_offered.emit([str(picture)])
    assert moss.panel.notice.text == (
        "“photo.png” is a picture. The model reads only text."
    )
    composer.files_offered.emit([str(program)])
    moss.until(lambda: "“program” was not attached" in moss.panel.notice.text)
    assert composer.files.chips == []
    pdf = write_pdf(tmp_path / "a.pdf", ["The first page."])
    attach(moss, pdf)
    assert composer.attachments == (Attachment("a.pdf", "The first page."),)


def test_the_ledger_counts_what_the_engine_counts(moss, milk):
    moss.ask("What is 37*48?")
    moss.ask("Hello")
    moss.panel.composer.text = "And what is 2+2?"
    attach(moss, milk)
    ledger = counted(moss)
    composing = moss.application.composing
    outline = composing._counting._outline
    assert ledger.prefix == tokens(moss, outline.prefix)
    assert ledger.prefix + ledger.history == tokens(moss, outline.opening)
    reply = moss.ask("And what is 2+2?")
    assert abs(reply.usage.prompt_tokens - ledger.used) <= 4
    later = counted(moss)
    assert later.history > ledger.history
    assert later.draft == 0


def test_counting_does_not_end_the_preparation(moss):
    prepared = []
    moss.application.engine.event_received.connect(
        lambda event: isinstance(event, protocol.Prepared) and prepared.append(event)
    )
    moss.panel.composer.tools_changed.emit(moss.panel.composer.enabled_tools)
    moss.qtbot.keyClicks(moss.panel.composer.focusProxy(), "What is 6*8?")
    counted(moss)
    # One that was under way before may have been ended by this one.
    moss.until(lambda: any(event.complete for event in prepared))


def test_a_long_paste_becomes_a_file(moss):
    composer = moss.panel.composer
    data = QMimeData()
    data.setText(NOVEL[:2000])
    composer.focusProxy().insertFromMimeData(data)
    composer.files._take.click()
    assert composer.text == ""
    assert [each.name for each in composer.attachments] == ["Pasted text"]
    assert composer.attachments[0].text == NOVEL[:2000]


def test_another_model_is_told_all_of_it_in_its_own_way(start, foreign_gguf, milk):
    moss = start(foreign_gguf)
    moss.until_ready()
    moss.panel.composer.preset.chosen.emit(Preset("", "Be short."))
    moss.ask("Hello")
    moss.panel.composer.text = "What is on my list?"
    attach(moss, milk)
    ledger = counted(moss)
    reply = moss.ask("What is on my list?")
    assert abs(reply.usage.prompt_tokens - ledger.used) <= 4
    chat = moss.controller.open_chat
    messages = moss.application._messages._branching.prompt(chat, reply.id)
    assert messages[0] == Segment("Be short.", speaker=Speaker.SYSTEM)
    assert messages[-2].speaker is Speaker.USER
    assert messages[-2].text.endswith("and bread.\n```\n\nWhat is on my list?")


def test_of_a_long_chat_only_what_the_model_sees_is_in_the_ledger(moss):
    for number in range(12):
        moss.ask(f"What is {number}*7? " + "Say it slowly, please. " * 8)
    counting = moss.application.composing._counting
    moss.controller.show_chat(None)
    counted(moss)
    assert counting.ledger().history == 0
    moss.controller.show_chat(moss.application.chats._store.ids()[0])
    moss.until(lambda: counting.ledger().history and counted(moss))
    ledger = counted(moss)
    assert not ledger.forgets
    assert ledger.used <= ledger.total - ledger.reserved
    seen = moss.application.composing._history
    assert 0 < len(seen.visible) < len(seen.exchanges)
