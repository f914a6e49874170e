"""Claude's export: `conversations.json`, alone or in the ZIP archive.

A list of conversations: `uuid`, `name`, `created_at` and `updated_at` in ISO 8601, and
`chat_messages` in their order: `sender` (`human` or `assistant`), `text`, and `content`
with blocks of `type` `text`, `thinking`, `tool_use` or `tool_result`. Newer ones have
`parent_message_uuid` in each message. `attachments` have an `extracted_content`, which
the model was given with the message.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Final

from app.domain.conversation import Role
from app.interchange import fields
from app.interchange.findings import FoundChat, Program
from app.interchange.foreign import ROLES, Chat, Said, found, line

_ROOT: Final = "00000000-0000-4000-8000-000000000000"
"""The parent of a first message."""


def matches(value: Mapping[str, object]) -> bool:
    """Whether a JSON object is one of Claude's conversations."""
    return isinstance(value.get("chat_messages"), list)


def read(value: Mapping[str, object], place: str, now: datetime) -> FoundChat:
    """Reads one conversation.

    Args:
        value: An object that `matches`.
        place: Where it stands, for a conversation without an id.
        now: The time of what has none.
    """
    entries = list(fields.entries(value.get("chat_messages")))
    messages = [entry for entry in entries if isinstance(entry, dict)]
    said = [_said(number, message) for number, message in enumerate(messages)]
    if not any(message.get("parent_message_uuid") for message in messages):
        said = line(said)
    chat = Chat(
        Program.CLAUDE,
        fields.key(value.get("uuid")) or place,
        fields.name(value.get("name")),
        said,
        created=fields.moment(value.get("created_at")),
        updated=fields.moment(value.get("updated_at")),
        leaf=fields.key(value.get("current_leaf_message_uuid")),
        pinned=value.get("is_starred") is True,
        lost=len(entries) - len(messages),
    )
    return found(chat, now)


def _said(number: int, message: Mapping[str, object]) -> Said:
    parent = fields.key(message.get("parent_message_uuid"))
    role = ROLES.get(fields.text(message.get("sender")))
    parts = _blocks(message, "text", "text") or fields.text(message.get("text"))
    if role is Role.USER:
        parts = "\n\n".join(filter(None, (parts, *_attachments(message))))
    return Said(
        fields.key(message.get("uuid")) or str(number),
        None if parent == _ROOT else parent,
        role,
        parts,
        _blocks(message, "thinking", "thinking"),
        fields.moment(message.get("created_at")),
        fields.name(message.get("model")),
    )


def _blocks(message: Mapping[str, object], kind: str, field: str) -> str:
    """The texts of the content's blocks of a kind."""
    blocks = map(fields.mapping, fields.entries(message.get("content")))
    texts = [fields.text(b.get(field)) for b in blocks if b.get("type") == kind]
    return "\n\n".join(filter(None, texts))


def _attachments(message: Mapping[str, object]) -> Iterator[str]:
    for attachment in map(fields.mapping, fields.entries(message.get("attachments"))):
        content = fields.text(attachment.get("extracted_content"))
        name = fields.name(attachment.get("file_name"))
        if content:
            yield f"{name}:\n{content}" if name else content
