"""Has the user say where pictures come from: the dialog, and what becomes of it."""

from collections.abc import Callable, Mapping
from typing import Any, Final

import msgspec
from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from app.domain.pictures import PictureSettings
from app.plugins.pictures import readiness
from app.ui.picture_dialog import PictureDialog

TOOL: Final = "text_to_image"
"""The tool's name in the settings."""


class PictureSetup(QObject):
    """Opens the dialog for pictures.

    Args:
        window: What the dialog belongs to.
        present: Gives the settings of the tool of a name.

    Attributes:
        tool: The tool's name.

    Signals:
        chosen: The tool's name, and its settings as JSON has them.
    """

    chosen = Signal(str, object)

    def __init__(
        self, window: QWidget, present: Callable[[str], Mapping[str, Any]]
    ) -> None:
        super().__init__(window)
        self.tool: Final = TOOL
        self._window = window
        self._present = present

    def open(self) -> None:
        """Opens the dialog."""
        dialog = PictureDialog(readiness.settings(self._present(TOOL)), self._window)
        dialog.chosen.connect(self._take)
        dialog.open()

    def _take(self, settings: PictureSettings) -> None:
        self.chosen.emit(TOOL, msgspec.to_builtins(settings))
