"""The branches of a conversation: versions of a message, and what hangs below one.

Messages stand in the conversation in order of arrival, so of several that follow the
same message the last one is the newest.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace

from app.domain.conversation import Conversation, Message, MessageState


def versions(conversation: Conversation, message_id: str) -> tuple[Message, ...]:
    """A message and those that stand in its place in other branches, oldest first.

    They follow the same message and were written by the same side.
    """
    message = conversation.messages[message_id]
    return tuple(
        other
        for other in conversation.messages.values()
        if (other.parent, other.role) == (message.parent, message.role)
    )


def newest_leaf(conversation: Conversation, message_id: str) -> str:
    """The end of the newest branch below a message, which may be the message."""
    children = _children(conversation)
    cursor = message_id
    seen = {cursor}
    while below := [child for child in children[cursor] if child not in seen]:
        cursor = below[-1]
        seen.add(cursor)
    return cursor


def below(conversation: Conversation, message_id: str) -> tuple[str, ...]:
    """A message and everything that follows it in any branch, in order of arrival."""
    children = _children(conversation)
    found = {message_id}
    waiting = [message_id]
    while waiting:
        for child in children[waiting.pop()]:
            if child not in found:
                found.add(child)
                waiting.append(child)
    return tuple(known for known in conversation.messages if known in found)


def without(conversation: Conversation, message_id: str) -> Conversation:
    """The conversation without a message and what follows it.

    When the path that is shown loses its end, it goes on in the newest branch that is
    left below what remains of it.
    """
    gone = set(below(conversation, message_id))
    kept = {
        known: message
        for known, message in conversation.messages.items()
        if known not in gone
    }
    shorter = replace(conversation, messages=kept)
    if conversation.leaf not in gone:
        return shorter
    parent = conversation.messages[message_id].parent
    if parent in kept:
        return replace(shorter, leaf=newest_leaf(shorter, parent))
    roots = [known for known, message in kept.items() if message.parent not in kept]
    leaf = newest_leaf(shorter, roots[-1]) if roots else None
    return replace(shorter, leaf=leaf)


def fork(
    conversation: Conversation,
    message_id: str,
    *,
    chat_id: str,
    ids: Mapping[str, str],
) -> Conversation:
    """A conversation of its own that is what is shown up to a message.

    Args:
        conversation: Where it branches off.
        message_id: The last message of the path that it takes along.
        chat_id: Its id.
        ids: New ids for the messages of the path.
    """
    path = replace(conversation, leaf=message_id).path()
    messages: dict[str, Message] = {}
    parent: str | None = None
    for message in path:
        state = message.state
        if state is MessageState.STREAMING:
            state = MessageState.INTERRUPTED
        copied = replace(message, id=ids[message.id], parent=parent, state=state)
        messages[copied.id] = copied
        parent = copied.id
    return Conversation(
        chat_id, conversation.title, messages, parent, conversation.preset
    )


def _children(conversation: Conversation) -> Mapping[str, list[str]]:
    children: dict[str, list[str]] = defaultdict(list)
    for message in conversation.messages.values():
        if message.parent is not None:
            children[message.parent].append(message.id)
    return children
