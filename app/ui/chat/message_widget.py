"""One message in the transcript: who, chips, text, what it cost, what can be done."""

from typing import Final, assert_never

from PySide6.QtCore import QEvent, QMargins, QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import (
    QContextMenuEvent,
    QEnterEvent,
    QGuiApplication,
    QImage,
    QRegion,
    QTextCursor,
)
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QMenu, QVBoxLayout, QWidget
from typing_extensions import override

from app.domain import tools
from app.domain.conversation import Message, MessageState, Role
from app.domain.moss import Field
from app.ui.chat.action_bar import ActionBar
from app.ui.chat.attached_files import AttachedFiles
from app.ui.chat.focus_bar import FocusBar
from app.ui.chat.message_actions import MessageAction, Standing, Wish
from app.ui.chat.message_calls import MessageCalls
from app.ui.chat.message_foot import MessageFoot, foot_text
from app.ui.chat.message_input import MessageInput
from app.ui.chat.message_menu import message_menu
from app.ui.chat.message_text import MessageText
from app.ui.chat.obstacles import Obstacle
from app.ui.chat.part_stack import PartStack, Place
from app.ui.icons import Icons
from app.ui.pictures import Gallery
from app.ui.rich_text.copying import plain_text
from app.ui.rich_text.formulas import Formulas
from app.ui.widgets.wrapped_label import WrappedLabel

_MARGIN: Final = 16
"""Pixels around a message in a picture of it."""
_SHARPNESS: Final = 2
"""Pixels of a picture for each one on an ordinary screen."""


class MessageWidget(QFrame):
    """Shows a message and keeps showing it while it is written.

    A chat has many messages and a frame of the screen is short, so what few messages
    have is made when it is needed, and the buttons of actions by `complete`.

    Args:
        message: What to show.
        icons: Where icons come from.
        formulas: Typesets formulas.
        pictures: Where pictures come from.
        parent: Qt's parent.

    Signals:
        consented: A `Consent`: the answer to a tool that asks.
        opened: The `Source` that the user wants to see.
        cancel_requested: What a tool makes just now is not wanted any more.
        intended: An `Intent`: what the user wants with the message.
    """

    consented = Signal(object)
    opened = Signal(object)
    cancel_requested = Signal()
    intended = Signal(object)

    def __init__(
        self,
        message: Message,
        icons: Icons,
        *,
        formulas: Formulas | None = None,
        pictures: Gallery,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._message = message
        self._standing = Standing()
        self._obstacle = Obstacle.NONE
        self._icons = icons
        self._menu: QMenu | None = None
        self._pinned: QLabel | None = None
        self._files: AttachedFiles | None = None
        self._clipped: WrappedLabel | None = None
        self._author = QLabel(self)
        self._author.setObjectName("author")
        self._author.setTextFormat(Qt.TextFormat.PlainText)
        # What is made first is read aloud first.
        is_reply = message.role is Role.ASSISTANT
        self._foot = MessageFoot(self) if is_reply else None
        self._bar = ActionBar(message.role, icons, self._foot or self)
        self._text = MessageText(formulas, self)
        # The menu is the whole message's.
        self._text.setContextMenuPolicy(Qt.ContextMenuPolicy.NoContextMenu)
        FocusBar(self._text, self)
        self._bar.chosen.connect(self._choose)
        self._bar.menu_requested.connect(self._open_menu)
        self._stack = self._lay_out()
        self._calls = MessageCalls(self._stack, pictures, icons)
        self._calls.consented.connect(self.consented)
        self._calls.opened.connect(self.opened)
        self._calls.cancel_requested.connect(self.cancel_requested)
        self._text.cited.connect(self._calls.open)
        self._input = MessageInput(self._stack, message, icons)
        self._input.intended.connect(self.intended)
        self._input.editing_ended.connect(self._end_editing)
        self.update_message(message)

    def _lay_out(self) -> PartStack:
        layout = QVBoxLayout(self)
        layout.setSpacing(6)
        head = self._head = QHBoxLayout()
        head.setSpacing(6)
        head.addWidget(self._author)
        head.addStretch(1)
        if self._foot is None:
            head.addWidget(self._bar)
        layout.addLayout(head)
        stack = PartStack(layout)
        if self._foot is None:
            self.setObjectName("userCard")
            layout.setContentsMargins(14, 6, 8, 12)
        else:
            self._foot.set_bar(self._bar)
            stack.put(Place.FOOT, self._foot)
            layout.setContentsMargins(14, 4, 14, 4)
        stack.put(Place.TEXT, self._text)
        return stack

    @property
    def message(self) -> Message:
        """What is shown."""
        return self._message

    @property
    def bar(self) -> ActionBar:
        """The buttons of its actions."""
        return self._bar

    def update_message(self, message: Message) -> None:
        """Shows another stage of the same message."""
        self._message = self._input.message = message
        self._text.set_references(_numbers(message))
        if message.state is MessageState.STREAMING:
            self._text.grow_to(message.text)
        elif message.role is Role.USER:
            self._text.set_plain(message.text)
        else:
            self._text.set_markdown(message.text)
        self._text.setVisible(bool(message.text) and not self._input.editing)
        self._show_files()
        self._calls.show_message(message)
        self.retranslate()

    def set_standing(self, standing: Standing) -> None:
        """Takes where the message stands among the others."""
        if standing != self._standing:
            self._standing = standing
            self._show_actions()

    def complete(self) -> None:
        """Makes the buttons of what can be done, if they are not there yet."""
        self._bar.complete()

    def hinder(self, obstacle: Obstacle) -> None:
        """Takes what stands in the way of actions just now."""
        self._obstacle = obstacle
        self._bar.hinder(obstacle)

    def stream(self, part: Field, text: str) -> None:
        """Adds streamed text; `TranscriptModel` holds the message meanwhile."""
        match part:
            case Field.ANSWER:
                if self._foot is not None:
                    self._foot.hide()
                self._text.setVisible(True)
                self._text.append_markdown(text)
                self._show_clipped()
            case Field.THOUGHTS:
                self._calls.stream_thoughts(text)
            case Field.COMMANDS:
                pass
            case _:
                assert_never(part)

    def set_message(self, message: Message) -> None:
        """Takes the message after streamed text was added, without drawing."""
        self._message = self._input.message = message
        self._calls.set_message(message)

    def retranslate(self) -> None:
        """Says everything in the language of the moment."""
        message = self._message
        user = message.role is Role.USER
        self._author.setText(self.tr("You") if user else message.model or "MOSS")
        self._show_pin()
        self._calls.retranslate()
        self._show_clipped()
        self._show_actions()
        self._text.setAccessibleName(
            self.tr("Your message") if user else self.tr("Answer of MOSS")
        )

    @override
    def changeEvent(self, event: QEvent) -> None:
        if event.type() is QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)

    @override
    def enterEvent(self, event: QEnterEvent) -> None:
        super().enterEvent(event)
        self._bar.point(pointed=True)

    @override
    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self._bar.point(pointed=False)

    @override
    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        self.menu().popup(event.globalPos())

    def menu(self) -> QMenu:
        """Everything that can be done with the message just now."""
        menu = message_menu(
            self._message,
            self._standing,
            obstacle=self._obstacle,
            icons=self._icons,
            chosen=self._choose,
            parent=self,
        )
        if self._menu is not None:
            self._menu.deleteLater()
        self._menu = menu
        if self._text.textCursor().hasSelection():
            present = menu.actions()
            copy = menu.addAction(self.tr("Copy the selection"))
            copy.triggered.connect(self._text.copy)
            if present:
                menu.insertAction(present[0], copy)
        return menu

    def picture(self) -> QImage:
        """The message as it looks, without what can be done with it."""
        margin = QMargins(_MARGIN, _MARGIN, _MARGIN, _MARGIN)
        parts = (self._bar, self._foot, self._input.remark_bar)
        shown = [part for part in parts if part is not None and not part.isHidden()]
        room = self.size()
        if self._foot is not None and not self._foot.isHidden():
            room.setHeight(self._foot.y())
        for part in shown:
            part.hide()
        image = QImage(
            room.grownBy(margin) * _SHARPNESS, QImage.Format.Format_ARGB32_Premultiplied
        )
        image.setDevicePixelRatio(_SHARPNESS)
        image.fill(self.palette().window().color())
        self.render(image, QPoint(_MARGIN, _MARGIN), QRegion(QRect(QPoint(), room)))
        for part in shown:
            part.show()
        return image

    def _open_menu(self) -> None:
        button = self._bar.menu_button
        self.menu().popup(button.mapToGlobal(QPoint(0, button.height())))

    def _show_pin(self) -> None:
        if self._message.pinned and self._pinned is None:
            self._pinned = QLabel(self)
            self._pinned.setObjectName("pinned")
            self._pinned.stackUnder(self._text)
            self._head.insertWidget(1, self._pinned)
        if self._pinned is not None:
            self._pinned.setVisible(self._message.pinned)
            self._pinned.setPixmap(self._icons.get("pin").pixmap(QSize(14, 14)))
            self._pinned.setToolTip(self.tr("Stays in the model's view"))
            self._pinned.setAccessibleName(self._pinned.toolTip())

    def _show_files(self) -> None:
        """Shows the files that went along."""
        if self._files is None and self._message.attachments:
            self._files = AttachedFiles(self._icons, self)
            self._stack.put(Place.FILES, self._files)
        if self._files is not None:
            self._files.show_files(self._message.attachments)
            self._files.setVisible(not self._input.editing)

    def _show_clipped(self) -> None:
        """Says whether there is more of the text than is shown."""
        if self._text.clipped and self._clipped is None:
            self._clipped = WrappedLabel(self)
            self._clipped.setObjectName("clipped")
            self._stack.put(Place.CLIPPED, self._clipped)
        if self._clipped is not None:
            self._clipped.setText(
                self.tr("Only the beginning is shown; select all to copy the whole.")
            )
            self._clipped.setVisible(self._text.clipped)

    def _show_actions(self) -> None:
        self._bar.show_message(self._message, self._standing)
        if self._foot is not None:
            text = foot_text(self._message)
            self._foot.say(text)
            ended = self._message.state is not MessageState.STREAMING
            self._foot.setVisible(bool(text) or ended)

    # -- what the user wants ---------------------------------------------------------

    def _choose(self, action: MessageAction) -> None:
        match action:
            case MessageAction.COPY_TEXT:
                cursor = QTextCursor(self._text.document())
                cursor.select(QTextCursor.SelectionType.Document)
                QGuiApplication.clipboard().setText(plain_text(cursor))
            case MessageAction.COPY_MARKDOWN:
                QGuiApplication.clipboard().setText(self._message.text)
            case MessageAction.COPY_PICTURE:
                QGuiApplication.clipboard().setImage(self.picture())
            case MessageAction.EDIT:
                self._text.hide()
                self._input.edit()
                self._show_files()  # the editor has them
            case MessageAction.PRAISE | MessageAction.BLAME:
                self._input.judge(action)
            case MessageAction.REMARK:
                self._input.remark()
            case _:
                self.intended.emit(Wish(self._message.id, action))

    def _end_editing(self) -> None:
        self._text.setVisible(bool(self._message.text))
        self._show_files()
        self._bar.button(MessageAction.EDIT).setFocus()


def _numbers(message: Message) -> frozenset[int]:
    return frozenset(each.number for each in tools.references(message.calls))
