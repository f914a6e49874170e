"""Putting a user's question into the archive, behind the leaf of a chat."""

import uuid
from dataclasses import dataclass

from app.domain.conversation import Conversation, Message, Role, title_from
from app.services.links import Archive, Clock
from app.services.observers import ChatObserver


@dataclass(frozen=True, slots=True)
class Questions:
    """Adds what users write; whether it is answered at once is not its affair.

    Every method raises what the archive raises; nothing was added then.

    Attributes:
        archive: Where messages are kept.
        observer: Whoever shows the chat.
        clock: Tells the time, in UTC.
    """

    archive: Archive
    observer: ChatObserver
    clock: Clock

    def begin_chat(self, text: str) -> Conversation:
        """Adds a chat that is called after its first question, still without it."""
        conversation = Conversation(uuid.uuid4().hex, title_from([cleaned(text)]))
        self.archive.create(conversation.id, conversation.title, self.clock())
        return conversation

    def add(self, conversation: Conversation, text: str) -> Conversation:
        """The conversation with a question as its leaf, which is saved and shown."""
        question = Message(
            uuid.uuid4().hex,
            conversation.leaf,
            Role.USER,
            cleaned(text),
            self.clock(),
        )
        self.archive.save_message(conversation.id, question)
        self.observer.message_changed(conversation.id, question)
        return conversation.with_message(question)


def cleaned(text: str) -> str:
    """Text without half characters, as a terminal hands undecodable bytes on."""
    return text.encode("utf-8", "replace").decode()
