"""What the user preferred, for preference training: JSON Lines.

A line is `{"prompt": […], "chosen": […], "rejected": […]}`, each a list of messages
`{"role": …, "content": …}`: the conversational form that trainers for DPO take. A reply
is chosen over those that the user chose it over, and one with a thumb up over versions
of it with a thumb down.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from app.domain.archived import ArchivedChat
from app.domain.attachments import written
from app.domain.branches import versions
from app.domain.conversation import Conversation, Message, Role
from app.domain.feedback import Rating


def pieces(chats: Iterable[ArchivedChat]) -> Iterator[bytes]:
    """The file, a chat at a time."""
    for chat in chats:
        lines = [_line(*pair) for pair in pairs(chat.conversation)]
        if lines:
            yield "".join(lines).encode("utf-8", "replace")


def pairs(
    conversation: Conversation,
) -> Iterator[tuple[tuple[Message, ...], Message, Message]]:
    """What was asked, the reply that was chosen, and one that was not."""
    for message in conversation.messages.values():
        if message.role is Role.ASSISTANT and message.text:
            path = replace(conversation, leaf=message.parent).path()
            for other in _worse(conversation, message):
                yield path, message, other


def _worse(conversation: Conversation, message: Message) -> Iterator[Message]:
    """Versions of a reply that the user found worse, each once."""
    feedback = message.feedback
    others = versions(conversation, message.id)
    for other in others:
        chosen = other.id in feedback.preferred_over
        thumbs = (
            feedback.rating is Rating.UP and other.feedback.rating is Rating.DOWN
        ) and message.id not in other.feedback.preferred_over
        if other.id != message.id and other.text and (chosen or thumbs):
            yield other


def _line(path: Sequence[Message], chosen: Message, rejected: Message) -> str:
    record = {
        "prompt": [_said(m) for m in path if m.text or m.attachments],
        "chosen": [_said(chosen)],
        "rejected": [_said(rejected)],
    }
    return json.dumps(record, ensure_ascii=False) + "\n"


def _said(message: Message) -> dict[str, str]:
    content = written(message.text, message.attachments)
    return {"role": message.role.value, "content": content}
