"""What a user does most, with real keys and a real mouse, on a display of its own."""

import json
import os
import signal
from pathlib import Path

import pytest

from tests.e2e.real_window import MISSING, RealWindow

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.model,
    pytest.mark.skipif(bool(MISSING), reason=f"not installed: {', '.join(MISSING)}"),
]


@pytest.fixture(scope="module")
def program(qapp, module_display, demo_gguf, tmp_path_factory):
    """The program, running, with a model that can answer."""
    home = tmp_path_factory.mktemp("home") / "家 é 😀"
    window = RealWindow(module_display, home, "--model", str(demo_gguf))
    try:
        window.find("Model: MOSS…", window="MOSS Desktop")
        yield window
    finally:
        window.close()


@pytest.fixture
def moss(program):
    """The same with a new chat open, the list of all chats, and nothing written."""
    program.key("Escape")
    program.until(lambda: not program.seen("Stop"))
    program.key("ctrl+n")
    program.find("What shall we talk about?")
    field = program.find("Message", kind="MessageField", focused=True)
    if field.value:
        program.key("ctrl+a", "Delete")
    return program


def replies(moss, question):
    """The answers to a question, in the order of their arrival."""
    return moss.rows(
        "SELECT a.id, a.text, a.state, a.calls FROM messages a "
        "JOIN messages q ON a.parent = q.id WHERE q.text = ? ORDER BY a.key",
        question,
    )


def finished(moss, question, count=1):
    found = replies(moss, question)
    return len(found) == count and all(row[2] == "complete" for row in found) and found


def ask(moss, question):
    """Types a question, sends it, and waits for the answer; its text."""
    if question.isascii():
        moss.type(question)
    else:
        moss.compose("", question)
    moss.find("Send", enabled=True)
    moss.key("Return")
    text = moss.until(lambda: finished(moss, question))[-1][1]
    moss.until(lambda: not moss.seen("Stop"))
    return text


def engine_of(moss):
    """The process id of the engine."""
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
            command = (folder / "cmdline").read_bytes()
        except OSError:
            continue  # it has ended meanwhile
        if parent == moss.process.pid and b"app.engine" in command:
            return int(folder.name)
    return pytest.fail("there is no engine")


def test_a_question_is_typed_and_answered(moss):
    assert "1776" in ask(moss, "What is 37*48?")
    assert moss.seen("Answer of MOSS")


def test_a_suggestion_is_clicked_and_answered(moss):
    moss.click("Solve 2x + 3 = 11")
    moss.until(lambda: finished(moss, "Solve 2x + 3 = 11"))


@pytest.mark.parametrize("how", ["key", "mouse"])
def test_a_reply_is_stopped_at_once(moss, how):
    question = f"Who are you, {how}?"
    engine = engine_of(moss)
    os.kill(engine, signal.SIGSTOP)
    try:
        moss.type(question)
        moss.key("Return")
        moss.find("Stop", enabled=True)
        if how == "key":
            moss.key("Escape")
        else:
            moss.click("Stop")
        moss.until(lambda: [row[2] for row in replies(moss, question)] == ["stopped"])
        moss.find("Resume this reply")
    finally:
        os.kill(engine, signal.SIGCONT)


def test_another_version_is_written_and_the_first_one_shown_again(moss):
    ask(moss, "What is 6*8?")
    moss.click("Write another version")
    moss.until(lambda: finished(moss, "What is 6*8?", 2))
    moss.find("Version 2 of 2")
    moss.click("Previous version")
    moss.find("Version 1 of 2")


def test_a_question_is_edited_with_the_keyboard_alone(moss):
    ask(moss, "What is 5*5?")
    # From the composer back: its switches, the reply with its buttons, the question.
    moss.until(lambda: press_until(moss, "shift+Tab", "Edit and send again"))
    moss.key("space")
    moss.find("Message to send in the old one's place", focused=True)
    moss.key("ctrl+a")
    moss.type("What is 5*6?")
    moss.key("Return")
    assert "30" in moss.until(lambda: finished(moss, "What is 5*6?"))[-1][1]
    moss.find("Version 2 of 2")


def press_until(moss, key, name):
    """Presses a key until what is called so has the keyboard."""
    for _ in range(40):
        before = focused(moss)
        if before and before[-1].name == name:
            return True
        moss.key(key)
        moss.until(lambda before=before: focused(moss) != before)
    return False


def focused(moss):
    return [element for element in moss.tree() if element.focused]


def test_a_chat_is_found_by_a_word_and_its_message_shown(moss):
    ask(moss, "Tell me about zebras")
    moss.key("ctrl+n")
    moss.find("What shall we talk about?")
    moss.key("ctrl+f")
    moss.find("Search chats", kind="SearchField", focused=True)
    moss.type("zebras")
    moss.find("You: Tell me about zebras", role="ListItem")
    moss.key("Down", "Down", "Return")
    moss.until(lambda: not moss.seen("What shall we talk about?"))
    assert moss.seen("Your message")
    moss.key("ctrl+f", "Escape")
    moss.until(lambda: not moss.seen("You: Tell me about zebras", role="ListItem"))


def test_a_chat_is_renamed_deleted_and_taken_back(moss):
    ask(moss, "What is 9*9?")
    moss.click("What is 9*9?", role="ListItem")
    moss.key("F2")
    moss.find("Title:…", window="Rename chat", focused=True)
    moss.key("ctrl+a")
    moss.type("Nines")
    moss.key("Return")
    titles = "SELECT trashed IS NOT NULL FROM conversations WHERE title = 'Nines'"
    moss.until(lambda: moss.rows(titles) == [(0,)])
    moss.click("Nines", role="ListItem")
    moss.key("Delete")
    moss.until(lambda: moss.rows(titles) == [(1,)])
    moss.until(lambda: not moss.seen("Nines", role="ListItem"))
    moss.click("Undo")
    moss.until(lambda: moss.rows(titles) == [(0,)])
    moss.find("Nines", role="ListItem")


def test_the_menu_of_a_chat_opens_by_the_keyboard_at_its_row(moss):
    ask(moss, "What is 3*3?")
    moss.click("What is 3*3?", role="ListItem")
    moss.key("Menu")
    entry = moss.find("Pin", role="MenuItem")
    row = moss.find("What is 3*3?", role="ListItem")
    assert abs(entry.rect[1] - row.rect[1]) < 200
    moss.key("Down", "Down", "Return")
    pinned = "SELECT pinned FROM conversations WHERE title = 'What is 3*3?'"
    moss.until(lambda: moss.rows(pinned) == [(1,)])


def test_the_menu_of_a_message_opens_by_the_keyboard(moss):
    ask(moss, "What is 8*8?")
    moss.until(lambda: press_until(moss, "shift+Tab", "Your message"))
    moss.key("Menu")
    moss.find("Edit and send again", role="MenuItem")
    moss.key("Down", "Return")  # the first entry copies
    moss.until(lambda: moss.clipboard() == "What is 8*8?")


def test_a_tool_is_switched_on_and_used(moss):
    switch = moss.find("Calculator")
    if switch.checked:
        moss.click("Calculator")
        moss.find("Calculator", checked=False)
    ask(moss, "What is 12*12?")
    assert "Calculate" not in replies(moss, "What is 12*12?")[0][3]
    moss.click("Calculator")
    moss.find("Calculator", checked=True)
    moss.click("Message", kind="MessageField")
    assert "169" in ask(moss, "What is 13*13?")
    assert "Calculate" in replies(moss, "What is 13*13?")[0][3]
    chip = moss.find('Calculate("13*13"): done')
    assert not chip.checked
    moss.click(chip.name)
    moss.find(chip.name, checked=True)


def test_an_answer_is_copied(moss):
    text = ask(moss, "What is 7*7?")
    moss.click("Copy as Markdown")
    moss.until(lambda: moss.clipboard() == text)


def test_all_chats_are_exported(moss, tmp_path):
    ask(moss, "What is 2*2?")
    target = tmp_path / "out.json"
    moss.key("alt+c")
    moss.click("Export all chats…", role="MenuItem")
    moss.until(lambda: moss.seen("File name:…", window="Export chats"))
    moss.key("ctrl+a")
    moss.type(str(target))
    moss.key("Return")
    moss.until(target.exists)
    assert "What is 2*2?" in json.dumps(json.loads(target.read_text("utf-8")))


# -- composing Chinese -----------------------------------------------------------------


def test_enter_while_composing_a_message_sends_nothing(moss):
    moss.compose("ni")
    moss.compose("ni'hao")
    moss.key("Return")
    moss.compose("你好")
    moss.key("Return")
    # Whatever the keys did has happened when this one is seen.
    moss.compose("", "你好")
    moss.find("Message", value="你好")
    assert not moss.rows("SELECT 1 FROM messages WHERE text LIKE '%ni%hao%'")
    assert not replies(moss, "你好")
    moss.key("Return")
    moss.until(lambda: finished(moss, "你好"))


def test_what_is_composed_is_no_draft(moss):
    moss.type("half ")
    moss.compose("zhong'wen")
    moss.until(lambda: moss.rows("SELECT 1 FROM drafts WHERE text LIKE 'half%'"))
    moss.key("ctrl+f")  # leaving the field ends the composition
    moss.find("Search chats", kind="SearchField", focused=True)
    drafts = moss.rows("SELECT text FROM drafts WHERE conversation = ''")
    assert drafts == [("half ",)]


def test_a_search_begins_when_the_words_are_whole(moss):
    ask(moss, "你会做什么?")
    moss.key("ctrl+n")
    moss.find("What shall we talk about?")
    moss.key("ctrl+f")
    moss.find("Search chats", kind="SearchField", focused=True)
    moss.compose("zuo")
    moss.key("Return")
    moss.compose("", "做")
    moss.find("You: 你会做什么?", role="ListItem")
    # Enter chose nothing while it was composed.
    assert moss.seen("What shall we talk about?")
    moss.key("Return")
    moss.until(lambda: not moss.seen("What shall we talk about?"))
    moss.key("ctrl+f", "Escape")


def test_a_name_is_taken_when_it_is_whole(moss):
    ask(moss, "What is 4*4?")
    moss.click("What is 4*4?", role="ListItem")
    moss.key("F2")
    moss.find("Title:…", window="Rename chat", focused=True)
    moss.key("ctrl+a")
    moss.compose("shu'xue")
    moss.key("Return")
    moss.compose("", "数学")
    moss.find("Title:…", value="数学")
    moss.key("Return")
    moss.until(lambda: moss.rows("SELECT 1 FROM conversations WHERE title = '数学'"))
