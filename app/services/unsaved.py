"""Replies that the archive could not take, kept until it can."""

from collections.abc import Mapping
from dataclasses import replace

from app.domain.conversation import Conversation, Message
from app.services.links import Archive


class Unsaved:
    """Holds what was written while the disk was full or the archive locked.

    Args:
        archive: Where it belongs.
    """

    def __init__(self, archive: Archive) -> None:
        self._archive = archive
        self._messages: dict[str, dict[str, Message]] = {}

    def __len__(self) -> int:
        return sum(map(len, self._messages.values()))

    def keep(self, conversation_id: str, message: Message) -> None:
        """Takes a message, or what it has become."""
        self._messages.setdefault(conversation_id, {})[message.id] = message

    def forget(self, conversation_id: str, message: Message) -> None:
        """The archive has taken a message."""
        self._messages.get(conversation_id, {}).pop(message.id, None)

    def added_to(self, conversation: Conversation) -> Conversation:
        """A conversation as it would be if everything had been saved."""
        for message in self._of(conversation.id).values():
            leaf = conversation.leaf
            conversation = conversation.with_message(message)
            if leaf != message.parent:
                conversation = replace(conversation, leaf=leaf)
        return conversation

    def save(self) -> None:
        """Saves what it has, the oldest first.

        Raises:
            UserError: It still cannot be saved; what could not stays here.
        """
        for conversation_id, messages in tuple(self._messages.items()):
            # Another window may have deleted the chat for good.
            if messages and self._archive.load(conversation_id) is not None:
                for message in tuple(messages.values()):
                    self._archive.save_message(conversation_id, message)
                    del messages[message.id]
            self._messages.pop(conversation_id)

    def _of(self, conversation_id: str) -> Mapping[str, Message]:
        return self._messages.get(conversation_id, {})
