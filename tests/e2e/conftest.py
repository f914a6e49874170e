"""The whole program in this process: its window, and its real child processes."""

import os
import shutil
import subprocess
from contextlib import contextmanager

import pytest
from PySide6.QtWidgets import QApplication

from app import paths
from app.application import Application
from app.domain.conversation import MessageState
from app.domain.moss import Field
from app.services.observers import ChatState, ModelState


class Driver:
    """Does what a user does, and waits by watching for events."""

    def __init__(self, qtbot, application):
        self.qtbot = qtbot
        self.application = application
        self.window = application.window
        self.panel = application.window.panel
        self.controller = application.controller
        self.at_first_word = None
        application.bridge.text.connect(self._streamed)

    def until(self, condition, milliseconds=20_000):
        self.qtbot.waitUntil(lambda: bool(condition()), timeout=milliseconds)

    def until_ready(self):
        self.until(lambda: self.application.models.state is ModelState.READY)

    def until_idle(self):
        self.until(lambda: self.application.chat.state is ChatState.IDLE)

    def type(self, text):
        """Types into the composer and presses Enter."""
        self.panel.composer.text = ""
        field = self.panel.composer.focusProxy()
        self.qtbot.keyClicks(field, text)
        self.qtbot.keyClick(field, "\r")

    def ask(self, text):
        """Sends a message that keys cannot type, and waits for the answer."""
        self.panel.composer.text = text
        self.qtbot.keyClick(self.panel.composer.focusProxy(), "\r")
        self.until_idle()
        return self.messages[-1]

    def interrupt(self, text, action):
        """Sends a message and does something at the first word of the answer.

        The demo model writes its answer in some hundredths of a second, so it may be
        whole before the action takes effect; then the message is sent again.
        """
        for _ in range(10):
            asked = len(self.messages)
            self.at_first_word = action
            self.type(text)
            self.until(lambda asked=asked: len(self.messages) == asked + 2)
            self.until_idle()
            reply = self.messages[-1]
            if reply.state is not MessageState.COMPLETE:
                return reply
        pytest.fail("ten answers were whole before anything could happen to them")

    def interrupt_once(self, text, action):
        """Sends a message and does something at the first word, whatever comes."""
        done = []
        self.at_first_word = lambda: done.append(action())
        self.type(text)
        self.until(lambda: done)
        self.until_idle()

    def _streamed(self, piece):
        if piece.part is Field.ANSWER and self.at_first_word is not None:
            action, self.at_first_word = self.at_first_word, None
            action()

    @property
    def messages(self):
        model = self.panel.transcript
        return [model.message(row) for row in range(model.rowCount())]


@pytest.fixture
def start(qtbot, home, qapp):
    """Starts the program as a user would; again and again on the same home."""
    running = []

    def run(model=None):
        application = Application(QApplication.instance(), paths.find())
        qtbot.addWidget(application.window)
        application.start(model)
        driver = Driver(qtbot, application)
        running.append(application)
        return driver

    yield run
    for application in running:
        application.window.close()
        application.close()


@pytest.fixture
def display():
    """An X server of the test's own, on a display that it chooses."""
    with x_server() as name:
        yield name


@pytest.fixture(scope="module")
def module_display():
    """The same for all tests of a module."""
    with x_server() as name:
        yield name


@contextmanager
def x_server():
    if not shutil.which("Xvfb"):
        pytest.skip("Xvfb is not installed")
    read, write = os.pipe()
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(write), "-screen", "0", "1200x800x24"],
        pass_fds=[write],
        stderr=subprocess.DEVNULL,
    )
    os.close(write)
    with os.fdopen(read) as line:
        number = line.readline().strip()
    try:
        yield f":{number}"
    finally:
        server.terminate()
        server.wait()
