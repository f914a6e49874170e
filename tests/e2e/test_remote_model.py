"""A model on a server, as a user of the window and of the terminal has it."""

import json
import os
import subprocess
import sys

import pytest
from PySide6.QtCore import Qt

from app.domain.conversation import MessageState
from app.domain.generation import Segment
from app.services.observers import ModelState
from app.ui.server_dialog import ServerDialog
from tests.conftest import ROOT
from tests.fakes import llama_cpp_server
from tests.fakes.llama_cpp_server import KEY
from tests.fakes.model_servers import NAME, FakeModel, llama_server

pytestmark = [pytest.mark.e2e]

STAGE_ONE = (
    Segment("<|Inner Thoughts|>: Someone greets me."),
    Segment("<eot>", control=True),
    Segment("\n<|Commands|>: None"),
    Segment("<eoc>", control=True),
)
STAGE_TWO = (Segment(" Hello from afar."), Segment("<eom>", control=True))


class Stages(FakeModel):
    """Writes what each stage of the protocol wants."""

    def asked(self, answer):
        body = super().asked(answer)
        answers = bytes(t for t in self.prompts[-1] if t < 256).endswith(b"<|MOSS|>:")
        self.reply = STAGE_TWO if answers else STAGE_ONE
        return body


@pytest.fixture
def server():
    with llama_server(Stages()) as server:
        yield server


def connect(driver, server, key=""):
    """Uses the dialog as a user does."""
    driver.window.server_requested.emit()
    dialog = driver.window.findChildren(ServerDialog)[-1]
    dialog._address.setText(server.address)
    dialog._key.setText(key)
    driver.qtbot.mouseClick(dialog._ask, Qt.MouseButton.LeftButton)
    driver.until(lambda: dialog._model.currentText() == NAME)
    driver.qtbot.mouseClick(dialog._connect, Qt.MouseButton.LeftButton)
    driver.until_ready()


def settings_text(home):
    return (home / "settings.json").read_text("utf-8")


def test_from_the_dialog_to_an_answer(start, home, server):
    driver = start()
    driver.until_ready()
    driver.window.server_requested.emit()
    assert server.requests == []  # opening the dialog asks nobody
    driver.window.findChild(ServerDialog).close()
    connect(driver, server, "sk-only-for-this-session")
    place = f"127.0.0.1:{server.port}"
    assert place in driver.panel._model.text()
    assert place in driver.panel._small.text()
    assert place in driver.panel.welcome._text.text()
    reply = driver.ask("你好")
    assert (reply.state, reply.text) == (MessageState.COMPLETE, "Hello from afar.")
    assert reply.thoughts == "Someone greets me."
    keys = {request.headers["Authorization"] for request in server.requests}
    assert keys == {"Bearer sk-only-for-this-session"}
    assert server.address in settings_text(home)
    written = b"".join(path.read_bytes() for path in home.rglob("*") if path.is_file())
    assert b"sk-only-for-this-session" not in written


def test_the_server_is_there_again_after_a_restart(start, home, server):
    driver = start()
    driver.until_ready()
    connect(driver, server)
    driver.window.close()
    again = start()
    again.until_ready()
    assert again.ask("Hello").text == "Hello from afar."


def test_a_server_that_is_gone_is_said_and_can_be_tried_again(start, home, server):
    driver = start()
    driver.until_ready()
    connect(driver, server)
    scripts = dict(server.scripts)
    server.scripts.clear()
    server.scripts["/completion"] = lambda answer: answer.hang_up()
    server.scripts["/tokenize"] = scripts["/tokenize"]
    reply = driver.ask("Hello")
    assert (reply.state, reply.text) == (MessageState.INTERRUPTED, "")
    assert "127.0.0.1" in driver.panel.notice.text
    asked = len(server.requests)
    # Nobody asks again by himself, and the next message goes its way.
    server.scripts.update(scripts)
    assert len(server.requests) == asked
    assert driver.ask("Hello again").text == "Hello from afar."


def test_a_server_that_is_down_at_the_start(start, home, server):
    driver = start()
    driver.until_ready()
    connect(driver, server)
    driver.window.close()
    scripts = dict(server.scripts)
    server.scripts.clear()
    asked = len(server.requests)
    again = start()
    again.until(lambda: again.application.models.state is ModelState.FAILED)
    assert len(server.requests) == asked + 1
    assert "127.0.0.1" in again.panel.notice.text
    server.scripts.update(scripts)
    again.panel.notice.run_action()
    again.until_ready()
    assert again.ask("Hello").text == "Hello from afar."


def test_a_wrong_key_opens_the_dialog_again(start, home, server):
    driver = start()
    driver.until_ready()
    connect(driver, server, "sk-right")
    scripts = dict(server.scripts)
    server.scripts = dict.fromkeys(
        scripts, lambda answer: answer.json({"error": "no"}, 401)
    )
    driver.window.close()
    again = start()
    again.until(lambda: again.application.models.state is ModelState.FAILED)
    again.panel.notice.run_action()
    dialog = again.window.findChild(ServerDialog)
    assert dialog._address.text() == server.address
    assert dialog._model.currentText() == NAME
    dialog.close()


def test_a_message_can_be_stopped(start, home, server):
    def endless(answer):
        answer.begin_events()
        for piece in (" <|Inner Thoughts|>: ", "So "):
            answer.event({"content": piece, "tokens": [1]})
        answer.until_closed()

    driver = start()
    driver.until_ready()
    connect(driver, server)
    server.scripts["/completion"] = endless
    driver.type("Hello")
    driver.until(lambda: server.paths().count("/completion"))
    driver.controller._chat.stop()
    driver.until_idle()
    assert driver.messages[-1].state is MessageState.STOPPED
    driver.until(server.client_left.is_set)


def test_an_address_that_cannot_be_used_ends_the_terminal_with_a_sentence(home):
    done = moss("--prompt", "Hi", "--model", "http://192.0.2.1:8080")
    assert done.returncode == 2
    assert "https://" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_server_that_is_not_there_ends_the_terminal_with_a_sentence(home):
    done = moss("--prompt", "Hi", "--model", "http://127.0.0.1:9")
    assert done.returncode == 1
    assert done.stdout == ""
    last = done.stderr.strip().splitlines()[-1]
    assert "127.0.0.1:9" in last
    assert "Traceback" not in done.stderr


@pytest.mark.model
def test_a_question_in_the_terminal_goes_through_the_tool_here(home, demo_gguf):
    home.mkdir()
    # The demo answers greedily; as a model on a server it is one like any other.
    greedy = {"sampling": {"temperature": 0, "repetition_penalty": 1}}
    (home / "settings.json").write_text(json.dumps(greedy))
    with llama_cpp_server.llama_cpp_python(demo_gguf, context=1024) as server:
        done = moss(
            *("--json", "--prompt", "What is 37*48?"),
            *("--model", f"{server.address}#moss-demo"),
            MOSS_SERVER_KEY=KEY,
        )
        assert done.returncode == 0, done.stderr
    reply = json.loads(done.stdout)
    [command] = reply["commands"]
    assert (command["name"], command["result"]) == ("Calculate", "1776")
    assert "1776" in reply["answer"]
    assert reply["model"] == "moss-demo"
    assert server.address.removeprefix("http://") in done.stderr
    assert KEY not in done.stderr + "".join(server.lines)


def moss(*arguments, **environment):
    return subprocess.run(
        [sys.executable, "-m", "app", *arguments],
        capture_output=True,
        encoding="utf-8",
        cwd=ROOT,
        env={**os.environ, **environment},
        check=False,
    )
