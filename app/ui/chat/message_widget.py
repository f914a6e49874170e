"""One message in the transcript: who, chips, text, what it cost, what can be done."""

from dataclasses import replace
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
from app.domain.attachments import Attachment
from app.domain.conversation import Message, MessageState, Role
from app.domain.feedback import Feedback
from app.domain.moss import Field
from app.domain.tools import Tool, ToolCall, ToolState
from app.ui.chat.action_bar import ActionBar
from app.ui.chat.attached_files import AttachedFiles
from app.ui.chat.message_actions import (
    RATINGS,
    Judge,
    MessageAction,
    Resend,
    Standing,
    Wish,
)
from app.ui.chat.message_chips import MessageChips
from app.ui.chat.message_editor import MessageEditor
from app.ui.chat.message_foot import MessageFoot, foot_text
from app.ui.chat.message_menu import message_menu
from app.ui.chat.message_text import MessageText
from app.ui.chat.permission_bar import PermissionBar
from app.ui.chat.picture_card import PictureCard
from app.ui.chat.reference_list import ReferenceList
from app.ui.chat.remark_bar import RemarkBar
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
        self._icons = icons
        self._author = QLabel()
        self._author.setObjectName("author")
        self._author.setTextFormat(Qt.TextFormat.PlainText)
        self._pinned = QLabel()
        self._pinned.setObjectName("pinned")
        self._chips = MessageChips(icons)
        self._permission = PermissionBar()
        self._permission.answered.connect(self.consented)
        self._text = MessageText(formulas)
        # The menu is the whole message's.
        self._text.setContextMenuPolicy(Qt.ContextMenuPolicy.NoContextMenu)
        self._clipped = WrappedLabel()
        self._clipped.setObjectName("clipped")
        self._picture = PictureCard(pictures, icons)
        self._picture.cancel_requested.connect(self.cancel_requested)
        self._references = ReferenceList()
        self._references.opened.connect(self.opened)
        self._text.cited.connect(self._references.open)
        # Few messages need these, and a long chat has many messages.
        self._files: AttachedFiles | None = None
        self._editor: MessageEditor | None = None
        self._remark: RemarkBar | None = None
        self._menu: QMenu | None = None
        self._bar = ActionBar(message.role, icons)
        self._bar.chosen.connect(self._choose)
        self._bar.menu_requested.connect(self._open_menu)
        self._foot = MessageFoot(self._bar) if message.role is Role.ASSISTANT else None
        self._lay_out()
        self.update_message(message)

    def _lay_out(self) -> None:
        layout = self._layout = QVBoxLayout(self)
        layout.setSpacing(6)
        head = QHBoxLayout()
        head.setSpacing(6)
        head.addWidget(self._author)
        head.addWidget(self._pinned)
        head.addStretch(1)
        layout.addLayout(head)
        for part in (
            self._chips,
            self._permission,
            self._picture,
            self._text,
            self._clipped,
            self._references,
        ):
            layout.addWidget(part)
        if self._foot is None:
            head.addWidget(self._bar)
            self.setObjectName("userCard")
            layout.setContentsMargins(14, 6, 8, 12)
        else:
            layout.addWidget(self._foot)
            layout.setContentsMargins(14, 4, 14, 4)

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
        self._message = message
        self._text.set_references(_numbers(message))
        if message.state is MessageState.STREAMING:
            # What streamed in is there already unless the chat was just opened.
            if self._text.written != message.text:
                self._text.begin_markdown()
                self._text.append_markdown(message.text)
        elif message.role is Role.USER:
            self._text.set_plain(message.text)
        else:
            self._text.set_markdown(message.text)
        self._text.setVisible(bool(message.text) and not self._editing)
        self._show_files()
        self._chips.show_message(message)
        self._show_calls(message.calls)
        self.retranslate()

    def set_standing(self, standing: Standing) -> None:
        """Takes where the message stands among the others."""
        if standing != self._standing:
            self._standing = standing
            self._show_actions()

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
                self._chips.stream_thoughts(text)
            case Field.COMMANDS:
                pass
            case _:
                assert_never(part)

    def set_message(self, message: Message) -> None:
        """Takes the message after streamed text was added, without drawing."""
        self._message = message
        self._chips.set_message(message)

    def retranslate(self) -> None:
        """Says everything in the language of the moment."""
        message = self._message
        user = message.role is Role.USER
        self._author.setText(self.tr("You") if user else message.model or "MOSS")
        self._pinned.setVisible(message.pinned)
        self._pinned.setPixmap(self._icons.get("pin").pixmap(QSize(14, 14)))
        self._pinned.setToolTip(self.tr("Stays in the model's view"))
        self._pinned.setAccessibleName(self._pinned.toolTip())
        self._chips.retranslate()
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
        parts = (self._bar, self._foot, self._remark)
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

    def _show_files(self) -> None:
        """Shows the files that went along."""
        if self._files is None and self._message.attachments:
            self._files = AttachedFiles(self._icons)
            self._layout.insertWidget(self._layout.indexOf(self._chips), self._files)
        if self._files is not None:
            self._files.show_files(self._message.attachments)
            self._files.setVisible(not self._editing)

    def _show_calls(self, calls: tuple[ToolCall, ...]) -> None:
        asking = (call for call in calls if call.state is ToolState.ASKING)
        self._permission.ask(next(asking, None))
        for call in calls:
            if call.command.tool is Tool.TEXT_TO_IMAGE:
                self._picture.show_call(call)
        self._picture.recolour()
        self._references.show_references(tools.references(calls))

    def _show_clipped(self) -> None:
        """Says whether there is more of the text than is shown."""
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
                self._edit()
            case MessageAction.PRAISE | MessageAction.BLAME:
                self._judge(action)
            case MessageAction.REMARK:
                self._ask_for_remark(self._message.feedback)
            case _:
                self.intended.emit(Wish(self._message.id, action))

    def _judge(self, action: MessageAction) -> None:
        """Gives a thumb and asks why, or takes the same one back."""
        given = self._message.feedback
        rating = None if given.rating is RATINGS[action] else RATINGS[action]
        remark = given.remark if rating is not None else ""
        feedback = replace(given, rating=rating, remark=remark)
        self.intended.emit(Judge(self._message.id, feedback))
        if rating is not None:
            self._ask_for_remark(feedback)
        elif self._remark is not None:
            self._remark.hide()

    def _ask_for_remark(self, feedback: Feedback) -> None:
        if self._remark is None:
            self._remark = RemarkBar()
            self._remark.written.connect(self._take_remark)
            self._layout.addWidget(self._remark)
        self._remark.begin(feedback)

    def _take_remark(self, remark: str) -> None:
        feedback = replace(self._message.feedback, remark=remark)
        self.intended.emit(Judge(self._message.id, feedback))

    def _edit(self) -> None:
        if self._editor is None:
            self._editor = MessageEditor(self._icons)
            self._editor.submitted.connect(self._resend)
            self._editor.cancelled.connect(self._end_editing)
            below = self._layout.indexOf(self._text) + 1
            self._layout.insertWidget(below, self._editor)
        self._text.hide()
        if self._files is not None:
            self._files.hide()  # the editor shows them
        self._editor.begin(self._message.text, self._message.attachments)

    def _resend(self, text: str, attachments: tuple[Attachment, ...]) -> None:
        self.intended.emit(Resend(self._message.id, text, attachments))

    @property
    def _editing(self) -> bool:
        return self._editor is not None and not self._editor.isHidden()

    def _end_editing(self) -> None:
        if self._editor is not None:
            self._editor.hide()
        self._text.setVisible(bool(self._message.text))
        self._show_files()
        self._bar.button(MessageAction.EDIT).setFocus()


def _numbers(message: Message) -> frozenset[int]:
    return frozenset(each.number for each in tools.references(message.calls))
