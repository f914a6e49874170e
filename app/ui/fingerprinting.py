"""Reads a model's file once in the background, so that replies can name its hash."""

from pathlib import Path
from threading import Event
from typing import Final

from PySide6.QtCore import QObject, QTimer

from app.domain.generation import ModelInfo
from app.store.fingerprints import Fingerprints
from app.ui.bridge import Bridge
from app.ui.tasks import Task

_LATER_MS: Final = 15_000
"""After loading, when the first answer has had the disk for itself."""


class Fingerprinting(QObject):
    """Computes what is not known yet.

    Args:
        bridge: Tells which model is there.
        fingerprints: Remembers it.
        parent: Qt's parent.
    """

    def __init__(
        self, bridge: Bridge, fingerprints: Fingerprints, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._fingerprints = fingerprints
        self._file: Path | None = None
        self._stopped = Event()
        self._task = Task(self)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_LATER_MS)
        self._timer.timeout.connect(self.begin)
        bridge.model.connect(self._model_changed)

    def begin(self) -> None:
        """Reads the file of the model that is there, unless it is known."""
        file = self._file
        if file is not None and not self._fingerprints.known(file):
            self._task.start(
                lambda: self._fingerprints.compute(file, self._stopped.is_set)
            )

    def close(self) -> None:
        """Gives up and waits for the end of it."""
        self._timer.stop()
        self._stopped.set()
        self._task.wait()

    def _model_changed(self, model: ModelInfo | None) -> None:
        local = model is not None and not model.server
        self._file = Path(model.path) if model is not None and local else None
        self._timer.start()
