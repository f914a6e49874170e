"""ChatGPT's export: `conversations.json`, alone or in the ZIP archive.

A list of conversations. `mapping` is a tree of nodes by id, each with `parent`,
`children` and perhaps a `message`: `author.role`, `create_time` in seconds,
`content.content_type` with `parts`, `text` or `thoughts`, `status`, and `metadata`
with `model_slug` and `is_visually_hidden_from_conversation`. `current_node` is the end
of the path that is shown. A message to somebody but `all` (`recipient`) calls a tool.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Final

from app.domain.conversation import MessageState, Role
from app.interchange import fields
from app.interchange.findings import FoundChat, Program
from app.interchange.foreign import ROLES, Chat, Said, found

_PICTURE: Final = "[image]"
"""What stands for a picture: its file is not part of what is imported."""
_STATES: Final = {"in_progress": MessageState.INTERRUPTED}


def matches(value: Mapping[str, object]) -> bool:
    """Whether a JSON object is one of ChatGPT's conversations."""
    return isinstance(value.get("mapping"), dict)


def read(value: Mapping[str, object], place: str, now: datetime) -> FoundChat:
    """Reads one conversation.

    Args:
        value: An object that `matches`.
        place: Where it stands, for a conversation without an id.
        now: The time of what has none.
    """
    nodes = fields.mapping(value.get("mapping"))
    said = [_said(str(key), fields.mapping(node)) for key, node in nodes.items()]
    known = fields.key(value.get("conversation_id")) or fields.key(value.get("id"))
    chat = Chat(
        Program.CHATGPT,
        known or place,
        fields.name(value.get("title")),
        said,
        created=fields.moment(value.get("create_time")),
        updated=fields.moment(value.get("update_time")),
        leaf=fields.key(value.get("current_node")),
    )
    return found(chat, now)


def _said(key: str, node: Mapping[str, object]) -> Said:
    message = fields.mapping(node.get("message"))
    parent = fields.key(node.get("parent"))
    metadata = fields.mapping(message.get("metadata"))
    role = ROLES.get(fields.text(fields.mapping(message.get("author")).get("role")))
    hidden = metadata.get("is_visually_hidden_from_conversation") is True
    to_tool = role is Role.ASSISTANT and message.get("recipient", "all") != "all"
    if role is None or hidden or to_tool:
        return Said(key, parent, None)
    content = fields.mapping(message.get("content"))
    thoughts = "\n\n".join(filter(None, _thoughts(content)))
    return Said(
        key,
        parent,
        role,
        "" if thoughts else _text(content),
        thoughts,
        fields.moment(message.get("create_time")),
        fields.name(metadata.get("model_slug")),
        _STATES.get(fields.text(message.get("status")), MessageState.COMPLETE),
    )


def _thoughts(content: Mapping[str, object]) -> Iterator[str]:
    if content.get("content_type") == "thoughts":
        for thought in fields.entries(content.get("thoughts")):
            yield fields.text(fields.mapping(thought).get("content"))


def _text(content: Mapping[str, object]) -> str:
    match content.get("content_type"):
        case "text" | "multimodal_text" | None:
            parts = map(_part, fields.entries(content.get("parts")))
            return "\n\n".join(filter(None, parts)) or fields.text(content.get("text"))
        case "code" | "execution_output":
            code = fields.text(content.get("text"))
            return f"```\n{code}\n```" if code else ""
        case _:
            return ""


def _part(part: object) -> str:
    content = fields.mapping(part)
    if fields.text(content.get("content_type")) == "image_asset_pointer":
        return _PICTURE
    return fields.text(part) or fields.text(content.get("text"))
