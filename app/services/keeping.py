"""Saving a reply while it is written; a full disk does not end it."""

from dataclasses import dataclass

from app.domain.conversation import Message
from app.domain.errors import UserError
from app.services.links import Archive
from app.services.observers import ChatObserver
from app.services.reply import Reply
from app.services.unsaved import Unsaved


@dataclass(frozen=True, slots=True)
class Keeping:
    """Keeps the archive up to date.

    Attributes:
        archive: Where messages are kept.
        observer: Is told once when that cannot be done.
        unsaved: Holds what the archive does not take.
    """

    archive: Archive
    observer: ChatObserver
    unsaved: Unsaved

    def save(self, reply: Reply) -> None:
        """Saves a reply as it is now, and its second version."""
        chat = reply.conversation.id
        try:
            self.archive.save_message(chat, reply.message)
            if reply.second is not None:
                reply.second.save(self.archive, chat, leaf=reply.message.id)
        except UserError as error:
            for message in _messages(reply):
                self.unsaved.keep(chat, message)
            if not reply.unsaved:
                self.observer.chat_failed(error)
            reply.unsaved = True
        else:
            reply.unsaved = False
            for message in _messages(reply):
                self.unsaved.forget(chat, message)

    def flush(self, reply: Reply) -> None:
        """Saves what has streamed in since the last time, if anything has."""
        if reply.parts or (reply.second is not None and reply.second.parts):
            reply.absorb()
            self.save(reply)


def _messages(reply: Reply) -> tuple[Message, ...]:
    """What a reply consists of; a second version counts once it says something."""
    second = reply.second
    if second is None or not second.message.text:
        return (reply.message,)
    return reply.message, second.message
