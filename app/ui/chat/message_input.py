"""What is written at a message itself: another text in its place, a remark on it."""

from dataclasses import replace

from PySide6.QtCore import QObject, Signal

from app.domain.conversation import Message
from app.domain.feedback import Feedback
from app.ui.chat.message_actions import RATINGS, Judge, MessageAction, Resend
from app.ui.chat.message_editor import MessageEditor
from app.ui.chat.part_stack import PartStack, Place
from app.ui.chat.remark_bar import RemarkBar
from app.ui.icons import Icons


class MessageInput(QObject):
    """Makes the fields when they are needed.

    Args:
        stack: Where they go.
        message: The message.
        icons: Where icons come from.

    Attributes:
        message: The message as it is now.

    Signals:
        intended: A `Resend` or a `Judge`.
        editing_ended: The message is to be as it was.
    """

    intended = Signal(object)
    editing_ended = Signal()

    def __init__(self, stack: PartStack, message: Message, icons: Icons) -> None:
        super().__init__(stack.widget)
        self._stack = stack
        self.message = message
        self._icons = icons
        self._editor: MessageEditor | None = None
        self._remark: RemarkBar | None = None

    @property
    def editing(self) -> bool:
        """Whether the message's text is being edited."""
        return self._editor is not None and not self._editor.isHidden()

    @property
    def remark_bar(self) -> RemarkBar | None:
        """Where a remark is written, if it was needed before."""
        return self._remark

    def edit(self) -> None:
        """Has the user write another text."""
        if self._editor is None:
            self._editor = MessageEditor(self._icons, self._stack.widget)
            self._editor.submitted.connect(
                lambda text, files: self.intended.emit(
                    Resend(self.message.id, text, files)
                )
            )
            self._editor.cancelled.connect(self._end_editing)
            self._stack.put(Place.EDITOR, self._editor)
        self._editor.begin(self.message.text, self.message.attachments)

    def judge(self, action: MessageAction) -> None:
        """Gives a thumb and asks why, or takes the same one back."""
        given = self.message.feedback
        rating = None if given.rating is RATINGS[action] else RATINGS[action]
        remark = given.remark if rating is not None else ""
        feedback = replace(given, rating=rating, remark=remark)
        self.intended.emit(Judge(self.message.id, feedback))
        if rating is not None:
            self._ask_for_remark(feedback)
        elif self._remark is not None:
            self._remark.hide()

    def remark(self) -> None:
        """Asks why a thumb was given."""
        self._ask_for_remark(self.message.feedback)

    def _end_editing(self) -> None:
        if self._editor is not None:
            self._editor.hide()
        self.editing_ended.emit()

    def _ask_for_remark(self, feedback: Feedback) -> None:
        if self._remark is None:
            self._remark = RemarkBar(self._stack.widget)
            self._remark.written.connect(self._take_remark)
            self._stack.put(Place.REMARK, self._remark)
        self._remark.begin(feedback)

    def _take_remark(self, remark: str) -> None:
        feedback = replace(self.message.feedback, remark=remark)
        self.intended.emit(Judge(self.message.id, feedback))
