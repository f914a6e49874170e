"""Jan's chats: a folder each, `threads/…/`, with `thread.json` and `messages.jsonl`.

A thread has `id`, `title`, `created` and `updated` in seconds or milliseconds, and
`metadata` with `is_favorite`. A message a line: `role`, `created_at`, `content` with
parts of `type` `text` (`text.value`) or `reasoning`, `status`, and `metadata` with the
model.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from app.domain.conversation import MessageState
from app.interchange import fields
from app.interchange.findings import FoundChat, Program
from app.interchange.foreign import ROLES, Chat, Said, found, line

THREAD: Final = "thread.json"
MESSAGES: Final = "messages.jsonl"
_STATES: Final = {
    "stopped": MessageState.STOPPED,
    "pending": MessageState.INTERRUPTED,
    "error": MessageState.INTERRUPTED,
}


def matches(value: Mapping[str, object]) -> bool:
    """Whether a JSON object is one of Jan's messages."""
    return value.get("object") == "thread.message"


def read(
    thread: Mapping[str, object],
    messages: Sequence[object],
    *,
    place: str,
    now: datetime,
) -> FoundChat:
    """Reads one thread.

    Args:
        thread: What `thread.json` holds; may be empty.
        messages: What the lines of `messages.jsonl` hold.
        place: The folder, for a thread without an id.
        now: The time of what has none.
    """
    whole = [message for message in messages if isinstance(message, dict)]
    said = line(_said(number, message) for number, message in enumerate(whole))
    metadata = fields.mapping(thread.get("metadata"))
    chat = Chat(
        Program.JAN,
        fields.key(thread.get("id")) or place,
        fields.name(thread.get("title")) or fields.name(metadata.get("title")),
        said,
        created=fields.moment(thread.get("created")),
        updated=fields.moment(thread.get("updated")),
        pinned=metadata.get("is_favorite") is True,
        lost=len(messages) - len(whole),
    )
    return found(chat, now)


def _said(number: int, message: Mapping[str, object]) -> Said:
    metadata = fields.mapping(message.get("metadata"))
    model = fields.mapping(metadata.get("assistant")).get("model") or metadata
    name = fields.name(fields.mapping(model).get("id"))
    return Said(
        f"{number}.{fields.key(message.get('id')) or ''}",
        None,
        ROLES.get(fields.text(message.get("role"))),
        _parts(message, "text"),
        _parts(message, "reasoning"),
        fields.moment(message.get("created_at")),
        name or fields.name(metadata.get("modelId")),
        _STATES.get(fields.text(message.get("status")), MessageState.COMPLETE),
    )


def _parts(message: Mapping[str, object], kind: str) -> str:
    content = message.get("content")
    if isinstance(content, str):
        return fields.text(content) if kind == "text" else ""
    texts: list[str] = []
    for part in map(fields.mapping, fields.entries(content)):
        if part.get("type") == kind:
            value = part.get("text")
            texts.append(
                fields.text(fields.mapping(value).get("value")) or fields.text(value)
            )
    return "\n\n".join(filter(None, texts))
