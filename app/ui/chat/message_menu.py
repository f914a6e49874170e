"""The menu of a message: everything that can be done with it."""

from collections.abc import Callable

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QWidget

from app.domain.conversation import Message
from app.ui.chat.message_actions import (
    GROUPS,
    ICONS,
    RATINGS,
    MessageAction,
    Standing,
    possible,
    title,
)
from app.ui.chat.obstacles import Obstacle, reason
from app.ui.icons import Icons


def message_menu(
    message: Message,
    standing: Standing,
    *,
    obstacle: Obstacle,
    icons: Icons,
    chosen: Callable[[MessageAction], None],
    parent: QWidget,
) -> QMenu:
    """A menu for a message as it is now.

    Args:
        message: The message.
        standing: Where it stands.
        obstacle: What stands in the way of some of it just now.
        icons: Where icons come from.
        chosen: Is told which action the user wants.
        parent: Qt's parent.
    """
    menu = QMenu(parent)
    menu.setToolTipsVisible(True)
    found = possible(message, standing)
    for group in GROUPS:
        here = [action for action in group if action in found]
        if here and not menu.isEmpty():
            menu.addSeparator()
        for action in here:
            entry = menu.addAction(icons.get(ICONS[action]), title(action, message))
            _connect(entry, action, chosen)
            why = reason(action, obstacle)
            entry.setEnabled(not why)
            entry.setToolTip(why)
            rating = RATINGS.get(action)
            if rating is not None and rating is message.feedback.rating:
                entry.setCheckable(True)
                entry.setChecked(True)
    return menu


def _connect(
    entry: QAction, action: MessageAction, chosen: Callable[[MessageAction], None]
) -> None:
    entry.setData(action)
    entry.triggered.connect(lambda: chosen(action))
