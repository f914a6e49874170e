"""Opens what the program was started with: models, and exported chats."""

from collections import deque
from collections.abc import Callable, Iterable
from pathlib import Path

from PySide6.QtCore import QObject, Qt

from app.domain.errors import UserError
from app.services import sources
from app.services.sources import ModelSource
from app.ui.bridge import Bridge
from app.ui.chat_exchange import ChatExchange
from app.ui.main_window import MainWindow
from app.ui.single_instance import Start, take_token


class StartOpening(QObject):
    """Brings the window to the front and opens files, one after the other.

    Args:
        window: The window.
        bridge: Takes what cannot be opened.
        exchange: Takes chats in.
        open_model: Loads a model in the place of the present one.
    """

    def __init__(
        self,
        *,
        window: MainWindow,
        bridge: Bridge,
        exchange: ChatExchange,
        open_model: Callable[[ModelSource], object],
    ) -> None:
        super().__init__(window)
        self._window = window
        self._bridge = bridge
        self._exchange = exchange
        self._open_model = open_model
        self._waiting: deque[Path] = deque()
        bridge.conversations.connect(self._next, Qt.ConnectionType.QueuedConnection)

    def take(self, start: Start) -> None:
        """Does what another start of the program was to do."""
        take_token(start.token)
        self._raise()
        try:
            source = sources.parse(start.wanted) if start.wanted else None
        except UserError as error:
            self._bridge.failed.emit(error)
        else:
            if source is not None:
                self._open_model(source)
        self.take_in(start.chats)

    def take_in(self, files: Iterable[Path]) -> None:
        """Takes in exported chats, one file after the other."""
        self._waiting.extend(files)
        self._next()

    def _raise(self) -> None:
        window = self._window
        hidden = Qt.WindowState.WindowMinimized
        window.setWindowState(window.windowState() & ~hidden)
        window.show()
        window.raise_()
        window.activateWindow()

    def _next(self) -> None:
        """Takes in the next file; the end of one is told as a change of the list."""
        if self._waiting and not self._exchange.running:
            self._exchange.take_in(self._waiting.popleft())
