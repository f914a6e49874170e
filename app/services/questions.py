"""Putting a user's question into the archive, behind the leaf of a chat."""

import uuid
from dataclasses import dataclass, replace

from app.domain.attachments import Attachment
from app.domain.conversation import Conversation, Message, Role, title_from
from app.domain.presets import Preset
from app.services.links import Archive, Clock
from app.services.observers import ChatObserver
from app.services.unsaved import Unsaved


@dataclass(frozen=True, slots=True)
class Question:
    """What a user sends.

    Attributes:
        text: What they wrote.
        attachments: Files that go along.
    """

    text: str
    attachments: tuple[Attachment, ...] = ()


@dataclass(frozen=True, slots=True)
class Questions:
    """Adds what users write; whether it is answered at once is not its affair.

    Every method raises what the archive raises; nothing was added then.

    Attributes:
        archive: Where messages are kept.
        observer: Whoever shows the chat.
        clock: Tells the time, in UTC.
        unsaved: What the archive could not take; it goes before any question.
    """

    archive: Archive
    observer: ChatObserver
    clock: Clock
    unsaved: Unsaved

    def begin_chat(self, question: Question, preset: Preset | None) -> Conversation:
        """Adds a chat together with its first question, after which it is called.

        Args:
            question: The question.
            preset: What the chat keeps of how its replies are written.
        """
        self.unsaved.save()
        names = [attachment.name for attachment in question.attachments]
        title = title_from([cleaned(question.text), *names])
        begun = Conversation(uuid.uuid4().hex, title, preset=preset)
        message = self._message(begun, question)
        begun = begun.with_message(message)
        self.archive.add(begun, message.created)
        self.observer.message_changed(begun.id, message)
        return begun

    def add(self, conversation: Conversation, question: Question) -> Conversation:
        """The conversation with a question as its leaf, which is saved and shown."""
        self.unsaved.save()
        message = self._message(conversation, question)
        self.archive.save_message(conversation.id, message)
        self.observer.message_changed(conversation.id, message)
        return conversation.with_message(message)

    def _message(self, conversation: Conversation, question: Question) -> Message:
        message = Message(
            uuid.uuid4().hex,
            conversation.leaf,
            Role.USER,
            cleaned(question.text),
            self.clock(),
        )
        return replace(message, attachments=question.attachments)


def cleaned(text: str) -> str:
    """Text without half characters, as a terminal hands undecodable bytes on."""
    return text.encode("utf-8", "replace").decode()
