"""Has the user choose the better of two versions of a reply.

The engine can write two at once, at about the cost of one; they share all that is
before them. Where every token is the likeliest one they would be the same: then one is
written, and compared with the one that is there. So it is with a server, too.
"""

from dataclasses import dataclass, replace
from typing import Final

from PySide6.QtCore import QObject

from app.domain.conversation import Message, MessageState
from app.domain.errors import UserError
from app.services.branching import Branching
from app.services.observers import ChatState
from app.services.reply import ReplyOptions
from app.ui.bridge import Bridge
from app.ui.compare_dialog import CompareDialog
from app.ui.controller import Controller
from app.ui.main_window import MainWindow

_AT_ONCE: Final = 2


@dataclass(frozen=True, slots=True)
class _Expected:
    """What is to be compared as soon as it is written.

    Attributes:
        chat: The chat's id.
        message: The id of the version for which others are written.
        known: The ids of all versions before.
    """

    chat: str
    message: str
    known: frozenset[str]


class VersionChoice(QObject):
    """Shows two versions side by side, at once or when they are written.

    Args:
        window: What the dialog belongs to.
        bridge: What the services report; takes what could not be done.
        controller: Knows which chat is open.
        branching: Keeps the choice.
    """

    def __init__(
        self,
        *,
        window: MainWindow,
        bridge: Bridge,
        controller: Controller,
        branching: Branching,
    ) -> None:
        super().__init__(window)
        self._window = window
        self._bridge = bridge
        self._controller = controller
        self._branching = branching
        self._expected: _Expected | None = None
        bridge.chat_state.connect(self._state_changed)

    def write(self, chat: str, message: str, options: ReplyOptions) -> None:
        """Has other versions of a reply written, and two compared at their end.

        Raises:
            UserError: They cannot be written just now.
        """
        known = frozenset(v.id for v in self._branching.versions(chat, message))
        before, self._expected = self._expected, _Expected(chat, message, known)
        differing = options.sampling.temperature > 0
        candidates = _AT_ONCE if differing else 1
        try:
            self._branching.regenerate(
                chat, message, replace(options, candidates=candidates)
            )
        except UserError:
            self._expected = before
            raise

    def compare(self, chat: str, message: str) -> None:
        """Shows a version beside the one before it, or the first beside the second.

        Raises:
            UserError: The chat cannot be read.
        """
        versions = self._written(chat, message)
        place = next((n for n, v in enumerate(versions) if v.id == message), 0)
        first = max(0, place - 1)
        self._show(chat, versions[first : first + 2])

    def _state_changed(self, state: ChatState) -> None:
        if state is not ChatState.IDLE or self._expected is None:
            return
        expected, self._expected = self._expected, None
        if expected.chat != self._controller.open_chat:
            return
        try:
            versions = self._written(expected.chat, expected.message)
            old = tuple(v for v in versions if v.id == expected.message)
            new = tuple(
                v
                for v in versions
                if v.id not in expected.known and v.state is MessageState.COMPLETE
            )
            if len(new) == _AT_ONCE:
                self._controller.turn_path()  # it does not show the second one yet
            self._show(expected.chat, (*old, *new)[-_AT_ONCE:] if new else ())
        except UserError as error:
            self._bridge.failed.emit(error)

    def _written(self, chat: str, message: str) -> tuple[Message, ...]:
        """The versions that say something."""
        return tuple(v for v in self._branching.versions(chat, message) if v.text)

    def _show(self, chat: str, pair: tuple[Message, ...]) -> None:
        """Has the user choose, if there are two that differ."""
        match pair:
            case (left, right) if left.text == right.text:
                self._window.panel.notice.say(
                    self.tr("Both versions say the same; there is nothing to choose.")
                )
            case (left, right):
                dialog = CompareDialog(
                    left,
                    right,
                    formulas=self._window.panel.view.formulas,
                    parent=self._window,
                )
                dialog.preferred.connect(
                    lambda better, worse: self._prefer(chat, better, worse)
                )
                dialog.finished.connect(dialog.deleteLater)
                dialog.open()
            case _:
                pass  # it was stopped, or there is only one

    def _prefer(self, chat: str, better: str, worse: str) -> None:
        try:
            self._branching.prefer(chat, better, over=worse)
            if chat == self._controller.open_chat:
                self._controller.turn_path()
        except UserError as error:
            self._bridge.failed.emit(error)
