"""Ids of an imported chat: kept where they are free, new ones where they are not."""

import re
from collections.abc import Callable, Collection
from dataclasses import replace
from typing import Final

from app.domain.archived import ArchivedChat
from app.domain.conversation import Conversation, Message

_ID: Final = re.compile(r"[0-9a-f]{32}")


def ids(chat: ArchivedChat) -> tuple[str, ...]:
    """The ids of a chat and its messages."""
    return (chat.conversation.id, *chat.conversation.messages)


def renamed(
    chat: ArchivedChat, taken: Collection[str], new_id: Callable[[], str]
) -> ArchivedChat:
    """The chat under ids that are free.

    Args:
        chat: What was read; messages refer to each other by their ids.
        taken: Ids that others have. One that is no UUID is not kept either.
        new_id: Makes an id.
    """
    conversation = chat.conversation
    names = {
        known: known if _ID.fullmatch(known) and known not in taken else new_id()
        for known in ids(chat)
    }
    messages = (_renamed(m, names) for m in conversation.messages.values())
    leaf = conversation.leaf
    return replace(
        chat,
        conversation=Conversation(
            names[conversation.id],
            conversation.title,
            {message.id: message for message in messages},
            None if leaf is None else names[leaf],
            conversation.preset,
        ),
    )


def _renamed(message: Message, names: dict[str, str]) -> Message:
    parent = None if message.parent is None else names[message.parent]
    over = tuple(names.get(other, other) for other in message.feedback.preferred_over)
    feedback = replace(message.feedback, preferred_over=over)
    return replace(message, id=names[message.id], parent=parent, feedback=feedback)
