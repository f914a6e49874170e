"""The real window over a real archive, with hands that play the engine."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final
from unittest import mock

from PySide6.QtCore import QEvent, QEventLoop, Qt, QTimer
from PySide6.QtWidgets import QApplication

from app import paths
from app.application import Application
from app.domain.generation import FinishReason, ModelInfo, Usage
from app.domain.moss import Form
from app.engine import protocol
from app.ui.engine_process import EngineProcess

_MODEL: Final = ModelInfo(
    path="benchmark.gguf",
    name="MOSS",
    architecture="phi2",
    form=Form.SFT,
    demo=False,
    parameters=1,
    size_bytes=1,
    vocabulary=1,
    context=1 << 20,
    device="CPU",
)


class Program:
    """The program, and what its engine was sent.

    Args:
        qt: The Qt application.
        application: The program.
        sent: Commands to the engine.
    """

    def __init__(
        self, qt: QApplication, application: Application, sent: list[protocol.Command]
    ) -> None:
        self.qt = qt
        self.application = application
        self._sent = sent

    def ask(self, text: str) -> str:
        """Sends a message, and lets the engine begin; returns the generation's id."""
        self.application.window.panel.composer.submitted.emit(text)
        asked = next(
            c for c in reversed(self._sent) if isinstance(c, protocol.Tokenize)
        )
        self._say(protocol.Tokenized(asked.id, tuple(range(8))))
        return asked.id

    def write(self, generation: str, text: str) -> None:
        """Has the engine write a piece of an answer."""
        self._say(protocol.TextDelta(generation, text))

    def finish(self, generation: str) -> None:
        """Has the engine end an answer."""
        usage = Usage(8, 8, 8, generate_seconds=1.0)
        self._say(protocol.Finished(generation, FinishReason.STOP, usage))
        self._sent.clear()

    def pause(self, seconds: float) -> None:
        """Lets the event loop run."""
        loop = QEventLoop()
        QTimer.singleShot(round(1000 * seconds), loop.quit)
        loop.exec()

    def settle(self) -> None:
        """Lets the event loop run until nothing is to be done."""
        direct = Qt.FindChildOption.FindDirectChildrenOnly
        view = self.application.window.panel.view
        steps = view.findChildren(QTimer, options=direct)
        self.qt.processEvents()
        while any(timer.isActive() for timer in steps):
            self.pause(0.005)
        self.qt.processEvents()

    def _say(self, event: protocol.Event) -> None:
        self.application.engine.event_received.emit(event)


@contextmanager
def program(home: Path) -> Iterator[Program]:
    """The window, with a model that is ready."""
    os.environ["MOSS_HOME"] = str(home)
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    qt = QApplication.instance() or QApplication(sys.argv[:1])
    assert isinstance(qt, QApplication)
    sent: list[protocol.Command] = []
    with mock.patch.object(EngineProcess, "send", lambda _self, c: sent.append(c)):
        application = Application(qt, paths.find())
        application.window.show()
        application.bridge.model_ready(_MODEL)
        found = Program(qt, application, sent)
        found.settle()
        yield found
        application.window.close()
        application.close()
        # What hears of other windows' languages must not look into the archive.
        application.window.deleteLater()
        qt.sendPostedEvents(None, QEvent.Type.DeferredDelete)
