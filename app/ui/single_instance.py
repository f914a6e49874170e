"""One window for one user's files: a second start hands over what it was to open.

A lock file beside the chats says who is first; Qt sees by its process id when whoever
had it is dead. The first listens on a local socket, which no other user may write to
and which leads to no network. Where anything of this fails, the second start simply
opens a window of its own: several of them on one archive are allowed.
"""

import hashlib
import logging
import os
import sys
import tempfile
from pathlib import Path
from typing import Final

import msgspec
from PySide6.QtCore import QLockFile, QObject, QTimer, Signal
from PySide6.QtNetwork import QLocalServer, QLocalSocket

_LOG: Final = logging.getLogger(__name__)
_LOCK: Final = "window.lock"
_MODEL: Final = ".gguf"
_TAKEN: Final = b"taken\n"
_LARGEST: Final = 1 << 20
"""Bytes; more than this are no names of files."""
_CONNECT_MS: Final = 1000
_ANSWER_MS: Final = 10_000
"""The first may be busy with building its window."""
_PATIENCE_MS: Final = 10_000
_ACTIVATION: Final = "XDG_ACTIVATION_TOKEN"
"""What lets a program on Wayland come to the front; whoever started us gives it."""


class Start(msgspec.Struct, frozen=True):
    """What a start of the program is to open.

    Attributes:
        model: A GGUF file or the link of a server's model; empty for none.
        files: Models or exported chats, as absolute paths.
        token: The desktop's permission to come to the front; empty where it has none.
    """

    model: str = ""
    files: tuple[str, ...] = ()
    token: str = ""

    @property
    def wanted(self) -> str:
        """The model; of several files of models it is the last one."""
        models = [name for name in self.files if name.lower().endswith(_MODEL)]
        return models[-1] if models else self.model

    @property
    def chats(self) -> tuple[Path, ...]:
        """The files that are no models."""
        names = (name for name in self.files if not name.lower().endswith(_MODEL))
        return tuple(map(Path, names))


class SingleInstance(QObject):
    """Knows whether another window was there before, and talks with it.

    Args:
        folder: The user's files; other files mean another window.
        parent: Qt's parent.

    Signals:
        asked: A `Start`: the program was started once more.
    """

    asked = Signal(object)

    def __init__(self, folder: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._folder = folder
        self._lock = QLockFile(str(folder / _LOCK))
        # A window may be open for weeks; only its death makes the lock stale.
        self._lock.setStaleLockTime(0)
        self._server: QLocalServer | None = None
        self._name = _name_for(folder)

    def claim(self) -> bool:
        """Whether this is the first window; then it listens for others from now on."""
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
        except OSError:
            # The archive will say what is wrong with the folder.
            return True
        if not self._lock.tryLock(0):
            return self._lock.error() is not QLockFile.LockError.LockFailedError
        server = QLocalServer(self)
        server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)
        # We have the lock, so what is there was left by one that was killed.
        QLocalServer.removeServer(self._name)
        if server.listen(self._name):
            server.newConnection.connect(self._connected)
            self._server = server
        else:
            _LOG.warning("other starts cannot be heard: %s", server.errorString())
        return True

    def hand_over(self, start: Start) -> bool:
        """Tells the first window what to open; whether it has taken it."""
        socket = QLocalSocket()
        socket.connectToServer(self._name)
        if not socket.waitForConnected(_CONNECT_MS):
            return False
        socket.write(msgspec.json.encode(start) + b"\n")
        answer = b""
        while _TAKEN not in answer and socket.waitForReadyRead(_ANSWER_MS):
            answer += bytes(socket.readAll().data())
        socket.abort()
        return _TAKEN in answer

    def close(self) -> None:
        """Listens no longer; the next start is the first."""
        if self._server is not None:
            self._server.close()
            self._server = None
        self._lock.unlock()

    def _connected(self) -> None:
        while self._server is not None and self._server.hasPendingConnections():
            caller = _Caller(self._server.nextPendingConnection(), self)
            caller.asked.connect(self.asked)


class _Caller(QObject):
    """Another start that has connected, for as long as it takes to listen to it.

    Args:
        socket: The connection.
        parent: Qt's parent.

    Signals:
        asked: A `Start`.
    """

    asked = Signal(object)

    def __init__(self, socket: QLocalSocket, parent: QObject) -> None:
        super().__init__(parent)
        # Otherwise it would go with the server while it is still listened to.
        socket.setParent(self)
        self._socket = socket
        self._patience = QTimer(self)
        self._patience.setSingleShot(True)
        self._patience.timeout.connect(self._end)
        self._patience.start(_PATIENCE_MS)
        socket.readyRead.connect(self._read)
        socket.disconnected.connect(self._end)
        self._read()

    def _read(self) -> None:
        if not self._socket.canReadLine():
            if self._socket.bytesAvailable() > _LARGEST:
                self._end()
            return
        line = bytes(self._socket.readLine().data())
        try:
            start = msgspec.json.decode(line, type=Start)
        except (msgspec.MsgspecError, UnicodeDecodeError):
            self._end()
            return
        self._socket.write(_TAKEN)
        self._socket.flush()
        self.asked.emit(start)

    def _end(self) -> None:
        self._patience.stop()
        self._socket.disconnected.disconnect(self._end)
        self._socket.abort()
        self.deleteLater()


def activation_token() -> str:
    """The desktop's permission to come to the front; empty where it gives none."""
    return os.environ.get(_ACTIVATION, "")


def take_token(token: str) -> None:
    """Uses another start's permission when a window comes to the front next."""
    if token:
        os.environ[_ACTIVATION] = token


def _name_for(folder: Path) -> str:
    """The socket's name: short, for some systems allow 100 bytes for all of it."""
    digest = hashlib.sha256(os.fsencode(folder.absolute())).hexdigest()[:24]
    name = f"moss-desktop-{digest}"
    if sys.platform == "win32":
        return name
    runtime = os.environ.get("XDG_RUNTIME_DIR", "")
    place = Path(runtime) if Path(runtime).is_dir() and runtime else None
    return str((place or Path(tempfile.gettempdir())) / name)
