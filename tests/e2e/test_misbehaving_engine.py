"""The window with an engine that says what it should not, or nothing at all."""

import os
import signal
import sqlite3
import sys

import pytest
from PySide6.QtCore import QProcess

from app import application, paths
from app.domain.conversation import MessageState
from app.domain.errors import ErrorCode, UserError
from app.domain.generation import Sampling
from app.domain.tools import Tool
from app.engine.protocol import MAX_LINE_BYTES, Alive, Load
from app.engine.watch import USUAL, Patience
from app.services.observers import ModelState
from app.services.reply import ReplyOptions
from app.services.words import RESTARTS
from app.store.settings import Language
from app.ui.chat.message_text import MessageText
from app.ui.engine_process import EngineProcess
from app.ui.rich_text.beginning import MOST_CHARACTERS
from tests.fakes.bad_engine import ENORMOUS, MISDEEDS, ODDITIES

pytestmark = pytest.mark.e2e

posix = pytest.mark.skipif(os.name != "posix", reason="needs POSIX signals")
BAD = (sys.executable, "-m", "tests.fakes.bad_engine")
DEAF = (sys.executable, "-c", "import threading; threading.Event().wait()")


@pytest.fixture
def moss(start, tmp_path, monkeypatch):
    """The window, with the echo that misbehaves when it is told to."""
    monkeypatch.setattr(
        application.engine_client, "command_line", lambda **_options: BAD
    )
    model = tmp_path / "any.gguf"
    model.touch()
    moss = start(model)
    moss.losses = []
    moss.application.engine.lost.connect(moss.losses.append)
    moss.until_ready()
    return moss


def saved(message):
    """What the archive has of a message."""
    archive = sqlite3.connect(paths.find().archive)
    rows = archive.execute("SELECT text FROM messages WHERE id = ?", (message.id,))
    text = rows.fetchone()[0]
    archive.close()
    return text


def silence(moss):
    """Lets a second pass after another, as many as are too many."""
    for _ in range(USUAL.silence):
        moss.application.engine.tick()
    moss.until(lambda: moss.losses)


def assert_it_goes_on(moss, reply, code):
    """What was written is kept, why is said, and the next message is answered."""
    [loss] = moss.losses
    assert isinstance(loss, UserError)
    assert loss.code is code, loss
    assert len(loss.detail) < 300
    assert reply.state is MessageState.INTERRUPTED
    assert reply.text.split() == ["one"]
    assert saved(reply) == reply.text
    moss.until_ready()
    assert moss.panel.notice.text == RESTARTS[code].format(loss.detail)
    assert moss.ask("again").text.split() == ["again"]


@pytest.mark.parametrize("deed", [deed for deed in MISDEEDS if deed != "/hang"])
def test_an_engine_that_breaks_the_protocol_is_replaced(moss, deed):
    reply = moss.ask(f"one {deed} two")
    died = deed in {"/half", "/end", "/long", "/endless"}
    code = ErrorCode.ENGINE_LOST if died else ErrorCode.PROTOCOL
    assert_it_goes_on(moss, reply, code)


@pytest.mark.parametrize("oddity", ODDITIES)
def test_what_is_strange_and_allowed_disturbs_nothing(moss, oddity):
    reply = moss.ask(f"one {oddity} two")
    assert reply.state is MessageState.COMPLETE
    assert reply.text.split() == ["one", oddity, "two"]
    assert moss.ask("again").text.split() == ["again"]
    assert moss.losses == []


def test_an_enormous_piece_of_text_is_kept_whole_and_shown_in_part(moss):
    reply = moss.ask(f"one {ENORMOUS} two")
    assert reply.state is MessageState.COMPLETE
    assert len(reply.text) > MAX_LINE_BYTES - 1000
    assert saved(reply) == reply.text
    shown = moss.window.findChildren(MessageText, "messageText")[-1]
    assert shown.written == reply.text
    assert shown.clipped
    assert shown.document().characterCount() <= MOST_CHARACTERS + 1
    assert moss.ask("again").text.split() == ["again"]
    # Opened again, it is no more work than it was.
    chat = moss.controller.open_chat
    moss.controller.show_chat(None)
    moss.controller.show_chat(chat)
    assert moss.messages[1].text == reply.text
    moss.controller.show_chat(None)
    moss.until(lambda: not moss.window.findChildren(MessageText, "messageText"))
    assert moss.losses == []


@posix
@pytest.mark.parametrize("deed", ["/hang", "/wait"])
def test_an_engine_that_is_stopped_or_hangs_is_replaced(moss, deed):
    moss.type(f"one {deed} two")
    moss.until(lambda: "one" in _streamed(moss))
    if deed == "/wait":
        os.kill(moss.application.engine.process_id, signal.SIGSTOP)
    silence(moss)
    moss.until_idle()
    assert_it_goes_on(moss, moss.messages[-1], ErrorCode.ENGINE_SILENT)


def test_silence_is_said_in_chinese_too(moss):
    moss.window.language_chosen.emit(Language.CHINESE)
    moss.type("one /hang two")
    moss.until(lambda: "one" in _streamed(moss))
    silence(moss)
    assert moss.panel.notice.text.startswith("引擎 30 s 没有响应")
    moss.window.language_chosen.emit(Language.ENGLISH)
    moss.until_ready()


def _streamed(moss):
    """The answer as far as it has come."""
    moss.application.chat.flush()
    chat = moss.application.chat.active_conversation
    if chat is None:
        return ""
    return moss.application.chat.open(chat).conversation.path()[-1].text


def test_an_engine_that_works_is_not_given_up(moss):
    moss.type("one /wait two")
    moss.until(lambda: "one" in _streamed(moss))
    for _ in range(3):
        for _ in range(USUAL.silence - 1):
            moss.application.engine.tick()
        moss.application.engine._watch.heard(Alive())
    moss.application.chat.stop()
    assert moss.ask("again").text.split() == ["again"]
    moss.until(lambda: not moss.application.engine._watch.waiting)
    for _ in range(2 * USUAL.standstill):
        moss.application.engine.tick()
    assert moss.ask("again").text.split() == ["again"]
    assert moss.losses == []


def test_a_clock_watches_by_itself(qtbot, tmp_path):
    patience = Patience(start=3, tick=0.01)
    engine = EngineProcess(DEAF, str(tmp_path), patience=patience)
    with qtbot.waitSignal(engine.lost) as lost:
        engine.send(Load("m.gguf"))
    assert lost.args[0].code is ErrorCode.ENGINE_SILENT
    assert engine.process_id == 0
    engine.close()


def test_a_process_that_cannot_be_killed_is_left_behind(qtbot, tmp_path, monkeypatch):
    engine = EngineProcess(DEAF, str(tmp_path))
    engine.send(Load("m.gguf"))
    qtbot.waitUntil(lambda: engine.process_id > 0)
    monkeypatch.setattr(engine._process, "kill", lambda: None)
    losses = []
    engine.lost.connect(losses.append)
    for _ in range(USUAL.start + 9):
        engine.tick()
    assert losses == []
    engine.tick()
    assert [loss.code for loss in losses] == [ErrorCode.ENGINE_SILENT]
    qtbot.waitUntil(lambda: not engine._process.findChildren(QProcess))
    engine.send(Load("m.gguf"))
    qtbot.waitUntil(lambda: engine.process_id > 0)
    engine.close()


def test_an_engine_that_never_says_a_word_is_given_up(start, tmp_path, monkeypatch):
    monkeypatch.setattr(
        application.engine_client, "command_line", lambda **_options: DEAF
    )
    moss = start(tmp_path / "any.gguf")
    engine = moss.application.engine
    for _attempt in range(3):
        assert moss.application.models.state is not ModelState.FAILED
        moss.until(lambda: engine.process_id)
        with moss.qtbot.waitSignal(engine.lost):
            for _ in range(USUAL.start):
                engine.tick()
    assert moss.application.models.state is ModelState.FAILED
    assert "(120 s)" in moss.panel.notice.text


def test_a_message_too_large_for_the_pipe_is_said(moss):
    chat = moss.application.chat
    options = ReplyOptions(frozenset({Tool.CALCULATE}), Sampling())
    for size in (MAX_LINE_BYTES, MAX_LINE_BYTES * 5 // 8):
        name = chat.send(None, "x" * size, options)
        moss.until_idle()
        reply = chat.open(name).conversation.path()[-1]
        assert reply.state is MessageState.INTERRUPTED
        assert moss.panel.notice.text.startswith("Your message is longer than")
    assert moss.ask("again").text.split() == ["again"]
    assert moss.losses == []


def test_garbage_to_the_engine_is_answered_and_disturbs_nothing(moss):
    process = moss.application.engine._process
    for line in (b"garbage", b"", b"\xff", b"[" * 10_000_000, b"x" * 20_000_000):
        process.write(line + b"\n")
    assert moss.ask("again").text.split() == ["again"]
    assert moss.losses == []
