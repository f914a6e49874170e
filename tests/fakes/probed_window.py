"""The program with a window into its window: a test in another process can look in.

    python -m tests.fakes.probed_window SOCKET [--model FILE]

A client of the socket sends a line of JSON and gets one back. `{"ask": "tree"}` gives
what a screen reader is told: a list of elements with role, name, value, rect, whether
they are enabled, checked and focused, and the title of their window.
`{"ask": "compose", "preedit": …, "commit": …}` is what an input method does to the
field that has the keyboard. Everything else is done with real keys and a real mouse.
"""

import json
import sys

from PySide6.QtGui import QAccessible, QInputMethodEvent
from PySide6.QtNetwork import QLocalServer
from PySide6.QtWidgets import QApplication

from app.__main__ import main
from app.application import Application


def tree():
    """All elements of all windows that are shown."""
    found = []
    for window in QApplication.topLevelWidgets():
        if window.isVisible():
            interface = QAccessible.queryAccessibleInterface(window)
            _walk(interface, window.windowTitle(), found)
    return found


def compose(preedit, commit):
    """Changes the composition in the field that has the keyboard."""
    event = QInputMethodEvent(preedit, [])
    event.setCommitString(commit)
    QApplication.sendEvent(QApplication.focusWidget(), event)


def _walk(interface, window, found):
    state, rect = interface.state(), interface.rect()
    if state.invisible:
        return
    thing = interface.object()
    found.append(
        {
            "role": interface.role().name,
            "name": interface.text(QAccessible.Text.Name),
            "value": interface.text(QAccessible.Text.Value),
            "kind": type(thing).__name__,
            "window": window,
            "rect": (rect.x(), rect.y(), rect.width(), rect.height()),
            "enabled": not state.disabled,
            "checked": bool(state.checked),
            "selected": bool(state.selected),
            "focused": thing is not None and thing is QApplication.focusWidget(),
        }
    )
    for number in range(interface.childCount()):
        child = interface.child(number)
        if child is not None:
            _walk(child, window, found)


class Probe(QLocalServer):
    """Answers one line after the other."""

    def __init__(self, name):
        super().__init__()
        # Without it Qt's lists do not tell their elements of other rows.
        QAccessible.setActive(True)
        self.newConnection.connect(self._take)
        assert self.listen(name), self.errorString()

    def _take(self):
        socket = self.nextPendingConnection()
        socket.readyRead.connect(lambda: self._answer(socket))

    def _answer(self, socket):
        while socket.canReadLine():
            question = json.loads(bytes(socket.readLine().data()))
            answer = None
            if question["ask"] == "tree":
                answer = tree()
            else:
                compose(question["preedit"], question["commit"])
            socket.write(json.dumps(answer).encode() + b"\n")


def _probed(start, name):
    def started(application, model=None):
        application.probe = Probe(name)
        start(application, model)

    return started


if __name__ == "__main__":
    Application.start = _probed(Application.start, sys.argv[1])
    sys.exit(main(sys.argv[2:]))
