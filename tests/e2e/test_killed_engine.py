"""The window, whose engine is killed at random moments of its work."""

import os
import sqlite3
from random import Random

import pytest
from PySide6.QtCore import QObject, QTimer

from app import paths
from app.domain.conversation import MessageState
from app.engine import protocol
from app.services.observers import ModelState
from tests.fakes.killing import SIGNALS, no_core_files

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.model,
    pytest.mark.timeout(900),
    pytest.mark.skipif(os.name != "posix", reason="needs POSIX signals"),
]
QUESTIONS = ("What can you do?", "How do I get the full MOSS?", "Hello " * 60)
MOMENTS = {
    "loading": protocol.LoadProgress,
    "measuring": protocol.Tokenized,
    "reading": protocol.PromptProgress,
    "writing": protocol.TextDelta,
    # What was read is written to disk as soon as an answer is whole.
    "saving": protocol.Finished,
}


class Killer(QObject):
    """Kills the engine some time after an event of a kind."""

    def __init__(self, moss):
        super().__init__(moss.window)
        self._engine = moss.application.engine
        self._kind = None
        self.lost = []
        self._engine.event_received.connect(self._heard)
        self._engine.lost.connect(self.lost.append)

    def expect(self, kind, sign, milliseconds):
        self._kind, self._sign, self._delay = kind, sign, milliseconds
        # The first of a reply's two stages ends without an answer.
        self._skip = 1 if kind is protocol.Finished else 0

    def _heard(self, event):
        if self._kind is None or not isinstance(event, self._kind):
            return
        self._skip -= 1
        if self._skip < 0:
            self._kind = None
            QTimer.singleShot(self._delay, self, self._kill)

    def _kill(self):
        if self._engine.process_id:
            os.kill(self._engine.process_id, self._sign)


def saved(message):
    archive = sqlite3.connect(paths.find().archive)
    rows = archive.execute("SELECT text FROM messages WHERE id = ?", (message.id,))
    text = rows.fetchone()[0]
    archive.close()
    return text


def test_a_window_whose_engine_is_killed_answers_the_next_message(start, demo_gguf):
    no_core_files()
    moss = start(demo_gguf)
    moss.until_ready()
    killer = Killer(moss)
    models, choose = moss.application.models, Random(2)
    seen = set()
    for number in range(30):
        moment = list(MOMENTS)[number % len(MOMENTS)]
        killer.lost.clear()
        killer.expect(MOMENTS[moment], choose.choice(SIGNALS), choose.randrange(12))
        if moment == "loading":
            models.retry()
        else:
            moss.ask(choose.choice(QUESTIONS))
            seen.add(moss.messages[-1].state)
            assert saved(moss.messages[-1]) == moss.messages[-1].text
        moss.until(lambda: killer.lost)
        moss.until_ready()
        assert moss.panel.notice.text.startswith("The engine stopped and is starting")
        assert "48" in moss.ask("What is 6*8?").text
        if number % 6 == 5:
            moss.controller.show_chat(None)
    assert models.state is ModelState.READY
    assert seen == {MessageState.INTERRUPTED, MessageState.COMPLETE}
