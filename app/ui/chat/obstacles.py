"""What stands in the way of an action on a message just now, and in which words."""

from enum import Enum, auto
from typing import Final, assert_never

from PySide6.QtCore import QCoreApplication

from app.ui.chat.message_actions import MessageAction


class Obstacle(Enum):
    """A reply is being written, or waits to be: here or in another chat."""

    NONE = auto()
    HERE = auto()
    ELSEWHERE = auto()


_NEEDS_ENGINE: Final = frozenset(
    {MessageAction.REGENERATE, MessageAction.CHOOSE, MessageAction.RESUME}
)
_NEEDS_REST: Final = _NEEDS_ENGINE | {
    MessageAction.EDIT,
    MessageAction.COMPARE,
    MessageAction.PREVIOUS,
    MessageAction.NEXT,
    MessageAction.DELETE,
}


def reason(action: MessageAction, obstacle: Obstacle) -> str:
    """Why an action cannot be done, in the language of the moment; empty if it can."""
    translate = QCoreApplication.translate
    match obstacle:
        case Obstacle.NONE:
            return ""
        case Obstacle.HERE if action in _NEEDS_REST:
            return translate(
                "Obstacles", "A reply is being written here. Stop it or wait."
            )
        case Obstacle.ELSEWHERE if action in _NEEDS_ENGINE:
            return translate(
                "Obstacles", "Another chat is being answered. Stop that or wait."
            )
        case Obstacle.HERE | Obstacle.ELSEWHERE:
            return ""
        case _:
            assert_never(obstacle)
