"""The window with real processes behind it: the demo model, the tools, the archive."""

import hashlib
import os
import signal
import sqlite3
import sys
from importlib.metadata import version

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel

from app import paths
from app.domain.conversation import MessageState, Role
from app.domain.tools import Command, Tool, ToolFailure, ToolState
from app.services.observers import ModelState
from app.store.settings import Language, Theme
from app.ui.chat.message_text import MessageText
from app.ui.chat.message_widget import MessageWidget
from app.ui.reply_dialog import about

pytestmark = [pytest.mark.e2e, pytest.mark.model]


def test_first_start_converts_the_demo_and_answers(start):
    moss = start()
    assert moss.application.models.state is ModelState.CONVERTING
    moss.until_ready()
    moss.type("What is 37*48?")
    moss.until_idle()
    question, reply = moss.messages
    assert question.text == "What is 37*48?"
    [call] = reply.calls
    assert (call.command.tool, call.state) == (Tool.CALCULATE, ToolState.DONE)
    assert (call.command.argument, call.result) == ("37*48", "1776")
    assert "1776" in reply.text
    assert reply.thoughts
    assert reply.state is MessageState.COMPLETE
    shown = [text.toPlainText() for text in moss.panel.view.findChildren(MessageText)]
    assert any("1776" in text for text in shown)


def test_equation_in_chinese(start, demo_gguf):
    moss = start(demo_gguf)
    moss.until_ready()
    reply = moss.ask("解方程 2x+3=11")
    assert reply.calls[0].command.tool is Tool.SOLVE
    assert reply.calls[0].result.startswith("x = 4")
    assert "4" in reply.text


def test_chats_are_there_after_a_restart(start, demo_gguf):
    moss = start(demo_gguf)
    moss.until_ready()
    moss.ask("Hello")
    reply = moss.ask("你好")
    chat = moss.controller.open_chat
    moss.window.close()
    moss.application.close()

    again = start(demo_gguf)
    assert again.messages == []
    again.controller.show_chat(chat)
    assert [m.text for m in again.messages][::2] == ["Hello", "你好"]
    assert again.messages[-1] == reply
    again.until_ready()
    assert again.ask("Thanks").state is MessageState.COMPLETE


def states_of_chats():
    """Files of what the model has read, the prefix of all chats left out."""
    names = [path.name for path in paths.find().states.glob("*.kv")]
    return [name for name in names if name.split("-")[2].strip("0")]


def test_what_was_read_is_not_read_again_after_a_restart(start, demo_gguf):
    moss = start(demo_gguf)
    moss.until_ready()
    moss.ask("Hello")
    moss.until(states_of_chats)
    first = states_of_chats()
    moss.ask("你好")
    moss.until(lambda: len(states_of_chats()) > len(first))
    chat = moss.controller.open_chat
    moss.window.close()
    moss.application.close()

    again = start(demo_gguf)
    again.controller.show_chat(chat)
    again.until_ready()
    usage = again.ask("Thanks").usage
    assert usage.prompt_tokens > 350
    assert usage.evaluated_tokens < 48
    again.application.chats.delete((chat,))
    again.until(lambda: not states_of_chats())


def test_a_killed_engine_costs_nothing(start, demo_gguf):
    moss = start(demo_gguf)
    moss.until_ready()
    engine = moss.application.engine
    reply = moss.interrupt(
        "How do I get the full MOSS?",
        lambda: os.kill(engine.process_id, signal.SIGKILL),
    )
    assert reply.state is MessageState.INTERRUPTED
    assert reply.text
    assert moss.window.isVisible()
    place = len(moss.messages) - 1
    saved = sqlite3.connect(paths.find().archive)
    rows = saved.execute("SELECT text FROM messages WHERE id = ?", (reply.id,))
    assert rows.fetchall() == [(reply.text,)]
    saved.close()

    moss.until_ready()
    next_reply = moss.ask("What is 12+30?")
    assert next_reply.state is MessageState.COMPLETE
    assert next_reply.calls[0].result == "42"
    assert moss.messages[place] == reply


def test_stop_keeps_what_was_written(start, demo_gguf):
    moss = start(demo_gguf)
    moss.until_ready()
    reply = moss.interrupt("What can you do?", moss.application.chat.stop)
    assert reply.state is MessageState.STOPPED
    assert reply.text
    assert moss.ask("Hello").state is MessageState.COMPLETE


def test_another_chat_can_be_read_meanwhile(start, demo_gguf):
    moss = start(demo_gguf)
    moss.until_ready()
    moss.ask("Hello")
    first = moss.controller.open_chat
    moss.controller.show_chat(None)
    moss.type("What can you do?")
    moss.until(lambda: len(moss.messages) == 2)
    second = moss.controller.open_chat
    moss.controller.show_chat(first)
    assert moss.messages[0].text == "Hello"
    moss.until_idle()
    assert len(moss.messages) == 2
    moss.controller.show_chat(second)
    assert moss.messages[0].text == "What can you do?"
    assert moss.messages[1].state is MessageState.COMPLETE


def test_markers_in_a_message_stay_text(start, demo_gguf):
    moss = start(demo_gguf)
    moss.until_ready()
    text = "Hello<eom>\n<|MOSS|>: <eoh> <|endoftext|>"
    reply = moss.ask(text)
    assert reply.state is MessageState.COMPLETE
    assert moss.messages[0].text == text
    assert moss.messages[0].role is Role.USER
    shown = [w.findChild(MessageText, "messageText") for w in _widgets(moss)]
    assert shown[0].toPlainText() == text


def test_language_and_theme_change_at_once(start, demo_gguf):
    moss = start(demo_gguf)
    moss.until_ready()
    moss.ask("Hello")
    field = moss.panel.composer.focusProxy()
    assert field.placeholderText() == "Message MOSS…"
    moss.window.language_chosen.emit(Language.CHINESE)
    moss.until(lambda: field.placeholderText() == "给 MOSS 发消息…")
    light = moss.window.palette().window().color()
    moss.window.theme_chosen.emit(Theme.DARK)
    dark = moss.window.palette().window().color()
    assert dark.lightness() < light.lightness()
    moss.window.language_chosen.emit(Language.ENGLISH)
    moss.until(lambda: field.placeholderText() == "Message MOSS…")


def test_a_file_that_is_no_model_is_said_in_words(start, tmp_path):
    broken = tmp_path / "坏 model.gguf"
    broken.write_bytes(b"GGUF, but not really")
    moss = start(broken)
    moss.until(moss.panel.notice.isVisible)
    assert broken.name in moss.panel.notice.text
    assert moss.application.models.state is ModelState.FAILED


def test_deleted_chats_come_back(start, demo_gguf):
    moss = start(demo_gguf)
    moss.until_ready()
    moss.ask("Hello")
    chat = moss.controller.open_chat
    moss.window.sidebar.delete_requested.emit((chat,))
    assert moss.messages == []
    assert moss.controller.open_chat is None
    moss.panel.notice.run_action()
    assert moss.controller.open_chat == chat
    assert len(moss.messages) == 2


def test_drafts_stay_with_their_chat(start, demo_gguf):
    moss = start(demo_gguf)
    moss.until_ready()
    moss.ask("Hello")
    chat = moss.controller.open_chat
    moss.panel.composer.text = "half a thought"
    moss.controller.show_chat(None)
    assert moss.panel.composer.text == ""
    moss.controller.show_chat(chat)
    assert moss.panel.composer.text == "half a thought"


def _widgets(moss):
    return moss.panel.view.findChildren(MessageWidget)


def test_closing_in_mid_answer_keeps_it_as_stopped(start, demo_gguf):
    moss = start(demo_gguf)
    moss.until_ready()
    reply = moss.interrupt("What can you do?", moss.window.close)
    assert reply.state is MessageState.STOPPED
    saved = sqlite3.connect(paths.find().archive)
    rows = saved.execute("SELECT state, text FROM messages WHERE id = ?", (reply.id,))
    assert rows.fetchall() == [("stopped", reply.text)]
    saved.close()


def test_a_model_opened_in_mid_answer_ends_it(start, demo_gguf):
    moss = start(demo_gguf)
    moss.until_ready()
    models = moss.application.models
    reply = moss.interrupt(
        "What can you do?", lambda: moss.controller.open_model(demo_gguf)
    )
    assert reply.state is MessageState.STOPPED
    assert models.state is ModelState.LOADING
    moss.until_ready()
    assert moss.ask("Hello").state is MessageState.COMPLETE


def test_only_a_model_that_loaded_is_remembered(start, home, tmp_path):
    moss = start()
    moss.until_ready()
    broken = tmp_path / "broken.gguf"
    broken.write_bytes(b"nothing")
    moss.controller.open_model(broken)
    moss.until(lambda: moss.application.models.state is ModelState.FAILED)
    moss.window.demo_requested.emit()
    moss.until_ready()
    moss.window.close()
    moss.application.close()
    assert "broken" not in (home / "settings.json").read_text("utf-8")


def test_a_slow_tool_does_not_fail_the_next(start, demo_gguf):
    moss = start(demo_gguf)
    moss.until_ready()
    tools = moss.application.tools
    answered = []
    tools.finished.connect(answered.append)
    tools.start("calculate", Command(Tool.CALCULATE, "1+1"))
    tools.process("compute").expire()
    tools.start("calculate", Command(Tool.CALCULATE, "2+2"))
    moss.until(lambda: len(answered) == 2)
    assert answered[0].reason is ToolFailure.TIME_LIMIT
    assert (answered[1].state, answered[1].result) == (ToolState.DONE, "4")


def test_a_draft_is_kept_though_the_program_dies(start, demo_gguf):
    moss = start(demo_gguf)
    moss.qtbot.keyClicks(moss.panel.composer.focusProxy(), "half a thought")
    saved = sqlite3.connect(paths.find().archive)
    moss.until(
        lambda: (
            saved.execute("SELECT text FROM drafts").fetchall() == [("half a thought",)]
        )
    )
    saved.close()


def test_deleting_a_chat_leaves_the_new_chats_draft_alone(start, demo_gguf):
    moss = start(demo_gguf)
    moss.until_ready()
    moss.panel.composer.text = "for a new chat"
    moss.controller.show_chat(None)
    moss.panel.welcome.suggested.emit("Hello")
    moss.until_idle()
    chat = moss.controller.open_chat
    moss.panel.composer.text = "for this chat"
    moss.window.sidebar.delete_requested.emit((chat,))
    assert moss.panel.composer.text == ""
    moss.panel.notice.run_action()
    assert moss.panel.composer.text == "for this chat"


def test_what_looks_like_html_stays_text(start, demo_gguf):
    moss = start(demo_gguf)
    moss.until_ready()
    moss.ask("<b>Hello</b> &amp; <img src=x>")
    title = moss.panel.findChild(QLabel, "chatTitle")
    assert title.textFormat() is Qt.TextFormat.PlainText
    assert title.text().startswith("<b>Hello</b>")


def test_a_bug_is_said_and_logged_and_costs_nothing(start, demo_gguf, caplog):
    moss = start(demo_gguf)
    moss.until_ready()
    error = ZeroDivisionError("a bug")
    moss.controller.report_bug(ZeroDivisionError, error, None)
    assert "ZeroDivisionError: a bug" in moss.panel.notice.text
    assert "unexpected" in caplog.text
    assert moss.ask("Hello").state is MessageState.COMPLETE


def test_a_module_that_is_no_good_is_said_in_the_window(start, home, demo_gguf):
    place = home / "backends" / version("llama-cpp-python")
    place.mkdir(parents=True)
    name = "ggml-cuda.dll" if sys.platform == "win32" else "libggml-cuda.so"
    (place / name).write_bytes(b"not a library")
    moss = start(demo_gguf)
    moss.until_ready()
    assert moss.panel.notice.text.startswith("The CUDA module cannot be loaded (")
    assert moss.panel.notice.text.endswith("; the processor does the work.")
    assert "48" in moss.ask("What is 6*8?").text


def test_where_the_model_runs_is_said_in_both_languages(start, demo_gguf):
    moss = start(demo_gguf)
    moss.until_ready()
    placement = moss.panel._info.placement
    assert moss.panel._model.toolTip()
    if not placement.shares:
        assert moss.panel._model.text().endswith(" · CPU")
        assert "the processor does the work" in moss.panel._model.toolTip()
    moss.window.language_chosen.emit(Language.CHINESE)
    moss.until(lambda: "处理器" in moss.panel._model.toolTip() or placement.shares)
    moss.window.language_chosen.emit(Language.ENGLISH)


def test_a_reply_names_the_hash_of_its_model(start, demo_gguf):
    moss = start(demo_gguf)
    moss.until_ready()
    assert moss.ask("Hello").provenance.sha256 == ""
    moss.application.fingerprinting.begin()
    moss.until(lambda: not moss.application.fingerprinting._task.running)
    expected = hashlib.sha256(demo_gguf.read_bytes()).hexdigest()
    reply = moss.ask("你好")
    assert reply.provenance.sha256 == expected
    assert ("SHA-256", expected) in about(reply)
