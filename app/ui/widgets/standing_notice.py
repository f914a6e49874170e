"""A notice that stays as long as what it says is so."""

from collections.abc import Callable

from PySide6.QtWidgets import QWidget
from typing_extensions import override

from app.ui.widgets.notice import Notice


class StandingNotice(Notice):
    """Cannot be closed, only done away with by whoever has shown it.

    Args:
        parent: Qt's parent.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._close.hide()

    @override
    def say(
        self,
        text: str,
        *,
        action: str = "",
        run: Callable[[], None] | None = None,
    ) -> None:
        super().say(text, action=action, run=run)
        self._close.hide()

    @override
    def run_action(self) -> None:
        if self._run is not None:
            self._run()
