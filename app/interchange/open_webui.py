"""Open WebUI's export of chats as JSON: one, or a list of them.

`chat.history` has `messages` by id (`parentId`, `childrenIds`, `role`, `content`,
`timestamp` in seconds, `model`) and `currentId`, the end of the path that is shown.
`title`, `created_at`, `updated_at` and `pinned` stand beside `chat` or in it. A model's
thoughts are in its content as `<details type="reasoning">…</details>`.
"""

import re
from collections.abc import Mapping
from datetime import datetime
from html import unescape
from typing import Final

from app.domain.conversation import MessageState
from app.domain.feedback import Rating
from app.interchange import fields
from app.interchange.findings import FoundChat, Program
from app.interchange.foreign import ROLES, Chat, Said, found, line

_BEGIN: Final = re.compile(r'<details type="reasoning"[^<>]{0,200}>\n?')
_END: Final = "</details>"
_SUMMARY: Final = re.compile(r"\A<summary>[^<>]{0,200}</summary>\n?")
_QUOTE: Final = re.compile(r"^> ?", re.MULTILINE)
_RATINGS: Final = {1: Rating.UP, -1: Rating.DOWN}


def matches(value: Mapping[str, object]) -> bool:
    """Whether a JSON object is one of Open WebUI's chats."""
    chat = fields.mapping(value.get("chat"))
    history = fields.mapping(chat.get("history"))
    return isinstance(history.get("messages"), dict) or (
        isinstance(chat.get("messages"), list)
    )


def read(value: Mapping[str, object], place: str, now: datetime) -> FoundChat:
    """Reads one chat.

    Args:
        value: An object that `matches`.
        place: Where it stands, for a chat without an id.
        now: The time of what has none.
    """
    inner = fields.mapping(value.get("chat"))
    history = fields.mapping(inner.get("history"))
    nodes = fields.mapping(history.get("messages"))
    said = [_said(str(key), fields.mapping(node)) for key, node in nodes.items()]
    if not said:
        listed = enumerate(fields.entries(inner.get("messages")))
        said = line(_said(str(key), fields.mapping(node)) for key, node in listed)
    began = fields.moment(value.get("created_at"))
    chat = Chat(
        Program.OPEN_WEBUI,
        fields.key(value.get("id")) or fields.key(inner.get("id")) or place,
        fields.name(value.get("title")) or fields.name(inner.get("title")),
        said,
        created=began or fields.moment(inner.get("timestamp")),
        updated=fields.moment(value.get("updated_at")),
        leaf=fields.key(history.get("currentId")),
        pinned=value.get("pinned") is True,
    )
    return found(chat, now)


def _said(key: str, message: Mapping[str, object]) -> Said:
    text, thoughts = _split(_content(message.get("content")))
    unfinished = message.get("done") is False
    rating = fields.mapping(message.get("annotation")).get("rating")
    return Said(
        key,
        fields.key(message.get("parentId")),
        ROLES.get(fields.text(message.get("role"))),
        text,
        thoughts,
        fields.moment(message.get("timestamp")),
        fields.name(message.get("modelName")) or fields.name(message.get("model")),
        MessageState.INTERRUPTED if unfinished else MessageState.COMPLETE,
        _RATINGS.get(rating) if isinstance(rating, int) else None,
    )


def _content(content: object) -> str:
    if isinstance(content, str):
        return fields.text(content)
    parts = map(fields.mapping, fields.entries(content))
    return "\n\n".join(filter(None, (fields.text(part.get("text")) for part in parts)))


def _split(content: str) -> tuple[str, str]:
    """What was said, and what was thought."""
    begin = _BEGIN.search(content)
    end = -1 if begin is None else content.find(_END, begin.end())
    if begin is None or end < 0:
        return content, ""
    thoughts = _SUMMARY.sub("", content[begin.end() : end])
    thoughts = unescape(_QUOTE.sub("", thoughts)).strip()
    rest = content[: begin.start()] + content[end + len(_END) :]
    return rest.strip(), thoughts
