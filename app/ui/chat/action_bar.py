"""The row of buttons of a message: what is done most, its versions, and a menu."""

from enum import Enum, auto
from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget

from app.domain.conversation import Message, Role
from app.ui.chat.action_button import SIDE, ActionButton
from app.ui.chat.message_actions import (
    ICONS,
    RATINGS,
    MessageAction,
    Standing,
    possible,
    title,
)
from app.ui.chat.obstacles import Obstacle, reason
from app.ui.chat.part_stack import PartStack
from app.ui.icons import Icons

_WIDEST: Final = 400


class _Other(Enum):
    """What stands in the row beside the buttons of actions."""

    NUMBER = auto()
    MENU = auto()


_VERSIONS: Final = (MessageAction.PREVIOUS, MessageAction.NEXT)
# What can be seen all the time stands next to what is beside the row.
_REPLY: Final = (
    MessageAction.PREVIOUS,
    _Other.NUMBER,
    MessageAction.NEXT,
    MessageAction.PRAISE,
    MessageAction.BLAME,
    MessageAction.COPY_MARKDOWN,
    MessageAction.REGENERATE,
    _Other.MENU,
)
_QUESTION: Final = (
    MessageAction.EDIT,
    MessageAction.COPY_MARKDOWN,
    _Other.MENU,
    MessageAction.PREVIOUS,
    _Other.NUMBER,
    MessageAction.NEXT,
)


class ActionBar(QWidget):
    """Its buttons are seen under the pointer, with the keyboard, or always.

    A button is made when its action is possible and `complete` is called, or the
    pointer comes.

    Args:
        role: Who wrote the message.
        icons: Where icons come from.
        parent: Qt's parent; the button that has a reply written on is its child too. It
            has words and stands beside the row, where there is room.

    Signals:
        chosen: A `MessageAction`.
        menu_requested: The menu is to be shown below the last button.
    """

    chosen = Signal(object)
    menu_requested = Signal()

    def __init__(self, role: Role, icons: Icons, parent: QWidget) -> None:
        super().__init__(parent)
        self._icons = icons
        self._parent = parent
        self._order: tuple[MessageAction | _Other, ...]
        self._order = _REPLY if role is Role.ASSISTANT else _QUESTION
        self._pointed = self._always = False
        self._found: frozenset[MessageAction] = frozenset()
        self._obstacle = Obstacle.NONE
        self._message: Message | None = None
        self._standing = Standing()
        self._buttons: dict[MessageAction, ActionButton] = {}
        self._number: QLabel | None = None
        self._more: ActionButton | None = None
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        self._row = PartStack(layout)
        self.setFixedHeight(SIDE)

    @property
    def resume(self) -> ActionButton | None:
        """The button that has a reply written on, if it was needed before."""
        return self._buttons.get(MessageAction.RESUME)

    @property
    def menu_button(self) -> ActionButton:
        """The button that has the menu."""
        if self._more is None:
            self._more = self._button(self)
            self._more.clicked.connect(self.menu_requested)
            self._row.put(self._order.index(_Other.MENU), self._more)
        return self._more

    def button(self, action: MessageAction) -> ActionButton:
        """The button of an action."""
        self.complete()
        return self._buttons[action]

    def show_message(self, message: Message, standing: Standing) -> None:
        """Shows what can be done with a message, in the buttons that are there."""
        self._message, self._standing = message, standing
        self._always = standing.last
        self._show(message)

    def complete(self) -> None:
        """Makes the buttons that are not there yet."""
        message = self._message
        if message is None:
            return
        found = possible(message, self._standing)
        wanted = set(found)
        if found and self._standing.versions > 1:
            wanted |= {*_VERSIONS}
        actions = (MessageAction.RESUME, *self._order)
        missing = [a for a in actions if a in wanted and a not in self._buttons]
        for action in missing:
            self._add(action)
        if missing or (found and self._more is None):
            self.menu_button.show()
            self._show(message)

    def point(self, *, pointed: bool) -> None:
        """The pointer came to the message or went."""
        self._pointed = pointed
        if pointed:
            self.complete()
        self._paint()

    def _show(self, message: Message) -> None:
        found = self._found = possible(message, self._standing)
        several = self._standing.versions > 1 and bool(found)
        for action, button in self._buttons.items():
            among_versions = action in _VERSIONS
            button.setVisible(several if among_versions else action in found)
            self._label(button, action, message)
            self._enable(button, action)
        if self._number is not None:
            self._number.setVisible(several)
            self._count(self._number)
        if self._more is not None:
            self._more.setVisible(bool(found))
            self._more.setIcon(self._icons.get("more"))
            self._more.setToolTip(self.tr("More actions"))
            self._more.setAccessibleName(self._more.toolTip())
        self._paint()

    def _count(self, number: QLabel) -> None:
        standing = self._standing
        number.setText(f"{standing.number}/{standing.versions}")
        number.setAccessibleName(
            self.tr("Version {number} of {versions}").format(
                number=standing.number, versions=standing.versions
            )
        )

    def hinder(self, obstacle: Obstacle) -> None:
        """Takes what stands in the way of actions just now."""
        if obstacle is not self._obstacle:
            self._obstacle = obstacle
            for action, button in self._buttons.items():
                self._enable(button, action)

    def _label(
        self, button: ActionButton, action: MessageAction, message: Message
    ) -> None:
        rating = RATINGS.get(action)
        given = rating is not None and rating is message.feedback.rating
        tint = self.palette().accent().color().name() if given else None
        button.setIcon(self._icons.get(ICONS[action], tint))
        button.setText(title(action, message))
        name = self.tr("{0} (chosen)").format(button.text()) if given else button.text()
        button.setAccessibleName(name)
        button.setProperty("given", given)

    def _enable(self, button: ActionButton, action: MessageAction) -> None:
        why = reason(action, self._obstacle)
        button.setEnabled(action in self._found and not why)
        button.setToolTip(why or button.text())
        button.setAccessibleDescription(why)

    def _paint(self) -> None:
        """Paints what is wanted; versions and a given thumb can always be seen."""
        buttons = self._buttons.values()
        more = (self._more,) if self._more is not None else ()
        focused = any(button.hasFocus() for button in (*buttons, *more))
        wanted = self._always or self._pointed or focused
        for action, button in self._buttons.items():
            kept = action in _VERSIONS or bool(button.property("given"))
            button.set_painted(painted=wanted or kept)
        for button in more:
            button.set_painted(painted=wanted)

    def _add(self, action: MessageAction) -> None:
        if action is MessageAction.RESUME:
            self._buttons[action] = self._make_resume()
            return
        button = self._buttons[action] = self._button(self)
        button.clicked.connect(lambda: self.chosen.emit(action))
        self._row.put(self._order.index(action), button)
        if action is MessageAction.PREVIOUS:
            self._number = QLabel(self)
            self._number.setObjectName("muted")
            self._number.setAlignment(Qt.AlignmentFlag.AlignCenter)
            self._row.put(self._order.index(_Other.NUMBER), self._number)

    def _button(self, parent: QWidget) -> ActionButton:
        button = ActionButton(parent)
        button.focus_changed.connect(self._paint)
        return button

    def _make_resume(self) -> ActionButton:
        button = self._button(self._parent)
        button.lower()  # is read aloud before what it stands in front of
        button.setObjectName("resumeReply")
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        button.setMinimumWidth(0)
        button.setMaximumWidth(_WIDEST)
        button.clicked.connect(lambda: self.chosen.emit(MessageAction.RESUME))
        return button
