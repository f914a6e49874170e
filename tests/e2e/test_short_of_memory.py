"""The window, whose engine may map only so much."""

import sys

import pytest

from app import application
from app.domain.conversation import MessageState
from tests.fakes import tiny_gguf
from tests.fakes.limited_engine import limited
from tests.fakes.tiny_gguf import LONG_WINDOW

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.model,
    pytest.mark.skipif(sys.platform != "linux", reason="limits of Linux"),
]
EIGHT_BITS = (
    "Memory was not enough. "
    "Trying again with 8 bits instead of 16 for what the model has read."
)
SMALL_BATCH = "Memory was not enough. Trying again with 32 tokens at a time."


def test_each_step_is_said_and_then_there_is_an_answer(start, tmp_path, monkeypatch):
    path = tiny_gguf.write(tmp_path / "m.gguf", LONG_WINDOW)
    command_line = application.engine_client.command_line
    monkeypatch.setattr(
        application.engine_client,
        "command_line",
        lambda **options: limited(command_line(**options), 305),
    )
    said = []
    moss = start(path)
    moss.application.bridge.noted.connect(
        lambda _phrases: said.append(moss.panel.notice.text)
    )
    moss.until_ready()
    assert [text for text in said if "Trying" in text] == [EIGHT_BITS, SMALL_BATCH]
    moss.type("abc")
    moss.until(lambda: len(moss.messages) == 2)
    moss.application.chat.stop()
    moss.until_idle()
    assert moss.messages[-1].state is MessageState.STOPPED
