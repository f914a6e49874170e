"""The row of buttons of a message: what is done most, its versions, and a menu."""

from collections.abc import Iterable
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
from app.ui.icons import Icons

_WIDEST: Final = 400
_VERSIONS: Final = (MessageAction.PREVIOUS, MessageAction.NEXT)
_REPLY: Final = (
    MessageAction.PRAISE,
    MessageAction.BLAME,
    MessageAction.COPY_MARKDOWN,
    MessageAction.REGENERATE,
)
_QUESTION: Final = (MessageAction.EDIT, MessageAction.COPY_MARKDOWN)


class ActionBar(QWidget):
    """Its buttons are seen under the pointer, with the keyboard, or always.

    Attributes:
        resume: The button that has a reply written on. It has words and stands beside
            the row, where there is room.

    Args:
        role: Who wrote the message.
        icons: Where icons come from.
        parent: Qt's parent.

    Signals:
        chosen: A `MessageAction`.
        menu_requested: The menu is to be shown below the last button.
    """

    chosen = Signal(object)
    menu_requested = Signal()

    def __init__(self, role: Role, icons: Icons, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._icons = icons
        self._pointed = self._always = False
        self._found: frozenset[MessageAction] = frozenset()
        self._obstacle = Obstacle.NONE
        self._number = QLabel()
        self._number.setObjectName("muted")
        self._number.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._layout = QHBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(0)
        self.resume = self._make_resume()
        self._buttons = {MessageAction.RESUME: self.resume}
        self._more = self._button()
        self._more.clicked.connect(self.menu_requested)
        # What can be seen all the time stands next to what is beside the row.
        if role is Role.ASSISTANT:
            self._add_versions()
            self._add_buttons(_REPLY)
        else:
            self._add_buttons(_QUESTION)
            self._add_versions()
        # Screen readers go by the order of children.
        self._more.raise_()
        self.setFixedHeight(SIDE)

    @property
    def menu_button(self) -> ActionButton:
        """The button that has the menu."""
        return self._more

    def button(self, action: MessageAction) -> ActionButton:
        """The button of an action."""
        return self._buttons[action]

    def show_message(self, message: Message, standing: Standing) -> None:
        """Shows what can be done with a message."""
        found = self._found = possible(message, standing)
        several = standing.versions > 1 and bool(found)
        self._always = standing.last
        for action, button in self._buttons.items():
            among_versions = action in _VERSIONS
            button.setVisible(several if among_versions else action in found)
            self._label(button, action, message)
            self._enable(button, action)
        self._number.setVisible(several)
        self._number.setText(f"{standing.number}/{standing.versions}")
        self._number.setAccessibleName(
            self.tr("Version {number} of {versions}").format(
                number=standing.number, versions=standing.versions
            )
        )
        self._more.setVisible(bool(found))
        self._more.setIcon(self._icons.get("more"))
        self._more.setToolTip(self.tr("More actions"))
        self._more.setAccessibleName(self._more.toolTip())
        self._paint()

    def hinder(self, obstacle: Obstacle) -> None:
        """Takes what stands in the way of actions just now."""
        if obstacle is not self._obstacle:
            self._obstacle = obstacle
            for action, button in self._buttons.items():
                self._enable(button, action)

    def point(self, *, pointed: bool) -> None:
        """The pointer came to the message or went."""
        self._pointed = pointed
        self._paint()

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
        buttons = (*self._buttons.values(), self._more)
        wanted = self._always or self._pointed or any(b.hasFocus() for b in buttons)
        for action, button in self._buttons.items():
            kept = action in _VERSIONS or bool(button.property("given"))
            button.set_painted(painted=wanted or kept)
        self._more.set_painted(painted=wanted)

    def _add_versions(self) -> None:
        self._add(MessageAction.PREVIOUS)
        self._layout.addWidget(self._number)
        self._add(MessageAction.NEXT)

    def _add_buttons(self, actions: Iterable[MessageAction]) -> None:
        for action in actions:
            self._add(action)
        self._layout.addWidget(self._more)

    def _add(self, action: MessageAction) -> None:
        button = self._buttons[action] = self._button()
        self._layout.addWidget(button)
        button.clicked.connect(lambda: self.chosen.emit(action))

    def _button(self) -> ActionButton:
        button = ActionButton(self)
        button.focus_changed.connect(self._paint)
        return button

    def _make_resume(self) -> ActionButton:
        button = self._button()
        button.hide()
        button.setObjectName("resumeReply")
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        button.setMinimumWidth(0)
        button.setMaximumWidth(_WIDEST)
        button.clicked.connect(lambda: self.chosen.emit(MessageAction.RESUME))
        return button
