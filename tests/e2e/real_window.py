"""A user at the program's own window: real keys, a real mouse, and eyes to see by.

Nothing waits for a time to pass: what is waited for is seen in the window, in the
archive (by a reader of its own), in the clipboard or in a file.
"""

import json
import os
import shutil
import socket
import sqlite3
import subprocess
import sys
from dataclasses import dataclass

from PySide6.QtCore import QElapsedTimer, QEventLoop, QTimer

from tests.conftest import ROOT

TOOLS = ("Xvfb", "openbox", "xdotool", "xclip")
"""Without a window manager nothing gives the keyboard back after a dialog."""
MISSING = [tool for tool in TOOLS if not shutil.which(tool)]
_LOOK_MS = 30
_PATIENCE_MS = 30_000


@dataclass(frozen=True)
class Seen:
    """An element of a window, as `tests.fakes.probed_window` describes it."""

    role: str
    name: str
    value: str
    kind: str
    window: str
    rect: list
    enabled: bool
    checked: bool
    selected: bool
    focused: bool

    @property
    def middle(self):
        left, top, width, height = self.rect
        return left + width // 2, top + height // 2


class RealWindow:
    """The program in a process and on a display of its own."""

    def __init__(self, display, home, *arguments):
        hidden = ("QT_QPA_PLATFORM", "WAYLAND_DISPLAY", "DBUS_SESSION_BUS_ADDRESS")
        self.home = home
        self.environment = {
            **{k: v for k, v in os.environ.items() if k not in hidden},
            "DISPLAY": display,
            "MOSS_HOME": str(home),
        }
        self.manager = subprocess.Popen(
            ["openbox"], env=self.environment, stderr=subprocess.DEVNULL
        )
        self._socket_path = str(home.parent / "probe")
        self.process = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "tests.fakes.probed_window",
                self._socket_path,
                *arguments,
            ],
            env=self.environment,
            cwd=ROOT,
        )
        self._socket = None

    def close(self):
        """Ends the program and what belongs to it."""
        if self._socket is not None:
            self._socket.close()
        for process in (self.process, self.manager):
            process.kill()
            process.wait()

    # -- looking ---------------------------------------------------------------------

    def until(self, condition, patience=_PATIENCE_MS):
        """Looks again and again until there is something to see; what it is."""
        clock = QElapsedTimer()
        clock.start()
        while not (found := condition()):
            assert self.process.poll() is None, "the program has ended"
            assert clock.elapsed() < patience, self._report()
            loop = QEventLoop()
            QTimer.singleShot(_LOOK_MS, loop.quit)
            loop.exec()
        return found

    def tree(self):
        """Everything that is shown; nothing before there is a window."""
        answer = self._ask({"ask": "tree"})
        return [Seen(**each) for each in answer or ()]

    def seen(self, name, **facts):
        """The elements of a name, or whose name begins so, with further facts."""
        whole = name.removesuffix("…")
        return [
            each
            for each in self.tree()
            if (each.name.startswith(whole) if whole != name else each.name == name)
            and all(getattr(each, fact) == value for fact, value in facts.items())
        ]

    def find(self, name, **facts):
        """Waits for an element; the last one, where several are called so."""
        return self.until(lambda: self.seen(name, **facts))[-1]

    def rows(self, query, *values):
        """What a reader of its own finds in the archive."""
        archive = self.home / "chats.sqlite3"
        if not archive.exists():
            return []
        connection = sqlite3.connect(archive)
        try:
            return connection.execute(query, values).fetchall()
        except sqlite3.OperationalError:
            return []  # the tables are just being made
        finally:
            connection.close()

    def clipboard(self):
        """What could be pasted."""
        command = ["xclip", "-selection", "clipboard", "-o"]
        done = subprocess.run(
            command, env=self.environment, capture_output=True, check=False
        )
        return done.stdout.decode()

    # -- doing -----------------------------------------------------------------------

    def key(self, *keys):
        """Presses keys."""
        self._xdotool("key", *keys)

    def type(self, text):
        """Types a text into whatever has the keyboard."""
        self._xdotool("type", "--delay", "1", text)

    def click(self, name, **facts):
        """Clicks on an element."""
        self.find(name, enabled=True, **facts)
        self.until(lambda: self._settled(name, facts))
        x, y = self.find(name, **facts).middle
        self._xdotool("mousemove", str(x), str(y), "click", "1")

    def compose(self, preedit, commit=""):
        """Does what an input method does while Chinese is typed."""
        self._ask({"ask": "compose", "preedit": preedit, "commit": commit})

    def _settled(self, name, facts):
        """Whether an element stands still."""
        first, second = self.seen(name, **facts), self.seen(name, **facts)
        return first and second and first[-1].rect == second[-1].rect

    def _xdotool(self, *arguments):
        subprocess.run(
            ["xdotool", *arguments],
            env=self.environment,
            check=True,
            capture_output=True,
        )

    def _ask(self, question):
        if self._socket is None and not self._connected():
            return None
        self._socket.sendall(json.dumps(question).encode() + b"\n")
        answer = b""
        while not answer.endswith(b"\n"):
            part = self._socket.recv(1 << 20)
            assert part, "the program has ended"
            answer += part
        return json.loads(answer)

    def _connected(self):
        client = socket.socket(socket.AF_UNIX)
        client.settimeout(_PATIENCE_MS / 1000)
        try:
            client.connect(self._socket_path)
        except OSError:
            client.close()
            return False
        self._socket = client
        return True

    def _report(self):
        lines = [f"{e.role} {e.name!r} {e.rect}" for e in self.tree()]
        return "\n".join(["this was not to be seen; but this was:", *lines])
