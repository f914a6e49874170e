"""Saving a reply while it is written; a full disk does not end it."""

from dataclasses import dataclass

from app.domain.errors import UserError
from app.services.links import Archive
from app.services.observers import ChatObserver
from app.services.reply import Reply


@dataclass(frozen=True, slots=True)
class Keeping:
    """Keeps the archive up to date.

    Attributes:
        archive: Where messages are kept.
        observer: Is told once when that cannot be done.
    """

    archive: Archive
    observer: ChatObserver

    def save(self, reply: Reply) -> None:
        """Saves a reply as it is now, and its second version."""
        chat = reply.conversation.id
        try:
            self.archive.save_message(chat, reply.message)
            if reply.second is not None:
                reply.second.save(self.archive, chat, leaf=reply.message.id)
        except UserError as error:
            if not reply.unsaved:
                self.observer.chat_failed(error)
            reply.unsaved = True
        else:
            reply.unsaved = False

    def flush(self, reply: Reply) -> None:
        """Saves what has streamed in since the last time, if anything has."""
        if reply.parts or (reply.second is not None and reply.second.parts):
            reply.absorb()
            self.save(reply)
