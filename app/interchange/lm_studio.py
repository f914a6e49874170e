"""LM Studio's chats: `conversations/….conversation.json`.

`name`, `createdAt` in milliseconds, `pinned`, and `messages` in their order, each with
`versions` and which of them is `currentlySelected`. A version is a `singleStep` with
`content`, or a `multiStep` with `steps`, of which a `contentBlock` has `content` and
perhaps a `style` of `type` `thinking`. Content is a list of parts, those of `type`
`text` with a `text`. The next message follows the version that is selected.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime

from app.interchange import fields
from app.interchange.findings import FoundChat, Program
from app.interchange.foreign import ROLES, Chat, Said, found


def matches(value: Mapping[str, object]) -> bool:
    """Whether a JSON object is one of LM Studio's conversations."""
    messages = list(fields.entries(value.get("messages")))
    return bool(messages) and all(
        isinstance(fields.mapping(message).get("versions"), list)
        for message in messages[:1]
    )


def read(value: Mapping[str, object], place: str, now: datetime) -> FoundChat:
    """Reads one conversation.

    Args:
        value: An object that `matches`.
        place: Where it stands: it has no id but its file's name.
        now: The time of what has none.
    """
    said: list[Said] = []
    above: str | None = None
    lost = 0
    for number, message in enumerate(fields.entries(value.get("messages"))):
        of_message = list(_versions(f"{number}", above, fields.mapping(message)))
        lost += not of_message
        said += of_message
        above = _selected(fields.mapping(message), of_message) or above
    chat = Chat(
        Program.LM_STUDIO,
        place,
        fields.name(value.get("name")),
        said,
        created=fields.moment(value.get("createdAt")),
        updated=fields.moment(value.get("assistantLastMessagedAt")),
        leaf=above,
        pinned=value.get("pinned") is True,
        lost=lost,
    )
    return found(chat, now)


def _selected(message: Mapping[str, object], versions: list[Said]) -> str | None:
    """The key of the version that is shown; None where there are none."""
    chosen = message.get("currentlySelected")
    if not isinstance(chosen, int) or not 0 <= chosen < len(versions):
        chosen = len(versions) - 1
    return versions[chosen].key if versions else None


def _versions(
    key: str, above: str | None, message: Mapping[str, object]
) -> Iterator[Said]:
    for number, entry in enumerate(fields.entries(message.get("versions"))):
        version = fields.mapping(entry)
        sender = fields.mapping(version.get("senderInfo"))
        yield Said(
            f"{key}.{number}",
            above,
            ROLES.get(fields.text(version.get("role"))),
            "\n\n".join(_texts(version, thinking=False)),
            "\n\n".join(_texts(version, thinking=True)),
            model=fields.name(sender.get("senderName")),
        )


def _texts(version: Mapping[str, object], *, thinking: bool) -> Iterator[str]:
    if version.get("type") == "multiStep":
        for step in map(fields.mapping, fields.entries(version.get("steps"))):
            style = fields.mapping(step.get("style")).get("type")
            if step.get("type") == "contentBlock" and (style == "thinking") is thinking:
                yield from _parts(step)
    elif not thinking:
        yield from _parts(version)


def _parts(holder: Mapping[str, object]) -> Iterator[str]:
    for part in map(fields.mapping, fields.entries(holder.get("content"))):
        if part.get("type") == "text" and (text := fields.text(part.get("text"))):
            yield text
