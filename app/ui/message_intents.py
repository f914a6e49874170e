"""Connects what the user wants with single messages with the services."""

from collections.abc import Callable
from typing import assert_never

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QDialog

from app.domain.conversation import Message
from app.domain.errors import UserError
from app.services.branching import Branching, Deleted
from app.ui.bridge import Bridge
from app.ui.chat.message_actions import Intent, Judge, MessageAction, Resend, Wish
from app.ui.controller import Controller
from app.ui.main_window import MainWindow
from app.ui.message_sharing import MessageSharing
from app.ui.prompt_dialog import PromptDialog
from app.ui.reply_dialog import ReplyDialog
from app.ui.version_choice import VersionChoice


class MessageIntents(QObject):
    """What each action on a message of the open chat does.

    Args:
        window: Shows and reports.
        bridge: Takes what could not be done.
        controller: Knows which chat is open.
        branching: Does it.
        sharing: Makes pictures and prints.
    """

    def __init__(
        self,
        *,
        window: MainWindow,
        bridge: Bridge,
        controller: Controller,
        branching: Branching,
        sharing: MessageSharing,
    ) -> None:
        super().__init__(window)
        self._window = window
        self._bridge = bridge
        self._controller = controller
        self._branching = branching
        self._sharing = sharing
        self._choice = VersionChoice(
            window=window, bridge=bridge, controller=controller, branching=branching
        )
        window.panel.view.intended.connect(self._intended)

    def _intended(self, intent: Intent) -> None:
        chat = self._controller.open_chat
        if chat is None:
            return
        try:
            match intent:
                case Resend():
                    self._resend(chat, intent)
                case Judge():
                    self._branching.judge(chat, intent.message, intent.feedback)
                case Wish():
                    self._fulfil(chat, intent)
                case _:
                    assert_never(intent)
        except UserError as error:
            self._bridge.failed.emit(error)

    def _resend(self, chat: str, intent: Resend) -> None:
        options = self._controller.reply_options
        self._branching.edit(
            chat,
            intent.message,
            text=intent.text,
            attachments=intent.attachments,
            options=options,
        )
        self._begun()

    def _fulfil(self, chat: str, wish: Wish) -> None:
        """Does what needs no more than to know which message is meant."""
        branching, message = self._branching, wish.message
        match wish.action:
            case MessageAction.REGENERATE | MessageAction.CHOOSE | MessageAction.RESUME:
                self._write(chat, wish)
            case MessageAction.COMPARE:
                self._choice.compare(chat, message)
            case MessageAction.PREVIOUS | MessageAction.NEXT:
                step = 1 if wish.action is MessageAction.NEXT else -1
                branching.turn(chat, message, step)
                self._controller.turn_path()
            case MessageAction.PIN | MessageAction.UNPIN:
                pinned = wish.action is MessageAction.PIN
                branching.pin(chat, message, pinned=pinned)
            case MessageAction.FORK:
                self._fork(chat, message)
            case MessageAction.ABOUT:
                self._show_about(message)
            case MessageAction.PROMPT:
                self._open(PromptDialog(branching.prompt(chat, message), self._window))
            case MessageAction.SAVE_PICTURE | MessageAction.PRINT:
                self._share(wish)
            case MessageAction.DELETE:
                self._delete(chat, message)
            case _:
                pass  # the widget does it by itself

    def _write(self, chat: str, wish: Wish) -> None:
        """Has a reply written on, or another version of it."""
        options = self._controller.reply_options
        if wish.action is MessageAction.RESUME:
            self._branching.resume(chat, wish.message, options)
        elif wish.action is MessageAction.CHOOSE:
            self._choice.write(chat, wish.message, options)
        else:
            self._branching.regenerate(chat, wish.message, options)
        self._begun()

    def _begun(self) -> None:
        """A reply has begun: the reader follows it, and can go on writing."""
        self._window.panel.notice.hide()
        self._window.panel.view.follow()
        self._window.panel.composer.setFocus()

    def _fork(self, chat: str, message: str) -> None:
        fork = self._branching.fork(chat, message)
        self._bridge.conversations.emit()
        self._controller.show_chat(fork)
        self._window.panel.notice.say(
            self.tr("This chat is a copy up to here; the other one stays as it is.")
        )

    def _delete(self, chat: str, message: str) -> None:
        deleted = self._branching.delete(chat, message)
        self._controller.turn_path()
        count = len(deleted.messages)
        said = self.tr("The message was deleted.")
        if count > 1:
            said = self.tr("{0} messages were deleted.").format(count)
        self._window.panel.notice.say(
            said, action=self.tr("Undo"), run=lambda: self._restore(deleted)
        )

    def _restore(self, deleted: Deleted) -> None:
        if self._try(lambda: self._branching.restore(deleted)):
            if self._controller.open_chat == deleted.conversation:
                self._try(self._controller.turn_path)
            else:
                self._try(lambda: self._controller.show_chat(deleted.conversation))

    def _show_about(self, message_id: str) -> None:
        message = self._shown(message_id)
        if message is not None:
            self._open(ReplyDialog(message, self._window))

    @staticmethod
    def _open(dialog: QDialog) -> None:
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _share(self, wish: Wish) -> None:
        widget = self._window.panel.view.widget_of(wish.message)
        if widget is None:
            return
        if wish.action is MessageAction.PRINT:
            self._sharing.print(widget.message)
        else:
            self._sharing.save_picture(widget)

    def _shown(self, message_id: str) -> Message | None:
        transcript = self._window.panel.transcript
        rows = (transcript.message(row) for row in range(transcript.rowCount()))
        return next((each for each in rows if each.id == message_id), None)

    def _try(self, action: Callable[[], object]) -> bool:
        try:
            action()
        except UserError as error:
            self._bridge.failed.emit(error)
            return False
        return True
