"""Other programs' chats in ours: a tree of questions and answers.

Their ids are not UUIDs of ours, and the same chat may be imported twice: ids are made
out of theirs, so that reading is pure.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256
from typing import Final, TypeGuard

from app.domain.archived import ArchivedChat
from app.domain.conversation import Conversation, Message, MessageState, Role
from app.domain.feedback import Feedback, Rating
from app.interchange import fields
from app.interchange.findings import Finding, Flaw, FoundChat, Program
from app.interchange.limits import MOST_MESSAGES, MOST_TEXT
from app.interchange.trees import Node, newest, tree

_ID_LENGTH: Final = 32
ROLES: Final = {
    "user": Role.USER,
    "human": Role.USER,
    "assistant": Role.ASSISTANT,
}
"""What other programs call who wrote a message; any other is not shown."""


@dataclass(frozen=True, slots=True)
class Said:
    """A message as another program keeps it.

    Attributes:
        key: Its id there.
        parent: The id of what it follows; None for a first one.
        role: Who wrote it; None for instructions, tools and what else is not shown.
        text: What was said.
        thoughts: What the model thought before; may be empty.
        when: When; None where that is not known.
        model: The model's name; may be empty.
        state: Where it stands.
        rating: A thumb.
    """

    key: str
    parent: str | None
    role: Role | None
    text: str = ""
    thoughts: str = ""
    when: datetime | None = None
    model: str = ""
    state: MessageState = MessageState.COMPLETE
    rating: Rating | None = None

    @property
    def is_shown(self) -> bool:
        """Whether somebody said something."""
        return self.role is not None and bool(self.text.strip() or self.thoughts)


@dataclass(frozen=True, slots=True)
class Chat:
    """A chat as another program keeps it.

    Attributes:
        program: Which one.
        key: Its id there, or what else tells it from others.
        title: May be empty.
        said: Its messages.
        created: When it began; None where that is not known.
        updated: When it ended, likewise.
        leaf: The key of the last message that is shown; None for the newest.
        folder: May be empty.
        pinned: Whether it stays at the top of the list.
        lost: Messages that are no such thing.
    """

    program: Program
    key: str
    title: str
    said: Sequence[Said]
    created: datetime | None = None
    updated: datetime | None = None
    leaf: str | None = None
    folder: str = ""
    pinned: bool = False
    lost: int = 0


def line(said: Iterable[Said]) -> list[Said]:
    """Messages that follow one another, whatever their parents are."""
    messages: list[Said] = []
    for message in said:
        above = messages[-1].key if messages else None
        messages.append(replace(message, parent=above))
    return messages


def found(chat: Chat, now: datetime) -> FoundChat:
    """A chat in our form.

    What a model says in several messages, with tools between them, is one answer.

    Args:
        chat: As it was read.
        now: The time of messages and chats that have none.
    """
    said = chat.said[:MOST_MESSAGES]
    began = chat.created or next((s.when for s in said if s.when), None) or now
    nodes = [_node(chat, message, began) for message in said]
    parts, leaf = tree(nodes, chat.leaf)
    joined = _joined(parts)
    messages = {identity: _cut(message) for identity, message in joined.items()}
    while leaf is not None and leaf not in messages:
        leaf = parts[leaf].parent
    times = [message.created for message in messages.values()]
    title = chat.title or fields.title("", (m.text for m in messages.values()))
    conversation = Conversation(
        _identity(chat, ""), title, messages, leaf or newest(messages)
    )
    archived = ArchivedChat(
        conversation,
        began,
        chat.updated or max(times, default=began),
        fields.name(chat.folder),
        chat.pinned,
    )
    lost = chat.lost + max(0, len(chat.said) - MOST_MESSAGES)
    findings: list[Finding] = []
    if lost:
        findings.append(Finding(Flaw.MESSAGES, title, lost))
    if cut := sum(map(_excess, joined.values())):
        findings.append(Finding(Flaw.SHORTENED, title, cut))
    return FoundChat(archived, chat.program, tuple(findings))


def _node(chat: Chat, said: Said, began: datetime) -> Node:
    if said.role is None or not said.is_shown:
        return Node(said.key, said.parent, None)
    message = Message(
        _identity(chat, said.key),
        None,
        said.role,
        said.text,
        said.when or began,
        state=said.state,
        thoughts=said.thoughts,
        model=fields.name(said.model),
        feedback=Feedback(said.rating),
    )
    return Node(said.key, said.parent, message)


def _cut(message: Message) -> Message:
    """A message whose texts are not too long."""
    if not _excess(message):
        return message
    text, thoughts = message.text[:MOST_TEXT], message.thoughts[:MOST_TEXT]
    return replace(message, text=text, thoughts=thoughts)


def _excess(message: Message) -> int:
    """Characters that are too many."""
    texts = (message.text, message.thoughts)
    return sum(max(0, len(text) - MOST_TEXT) for text in texts)


def _identity(chat: Chat, key: str) -> str:
    """A UUID's digits out of another program's ids."""
    parts = (chat.program.value, chat.key, key)
    whole = "\0".join(parts).encode("utf-8", "replace")
    return sha256(whole).hexdigest()[:_ID_LENGTH]


def _joined(messages: Mapping[str, Message]) -> dict[str, Message]:
    """Messages of which an answer in several parts is one, under its first part's id.

    A part is joined to the one before it where nothing else follows that.
    """
    followers = Counter(message.parent for message in messages.values())
    only = {m.parent: m for m in messages.values() if followers[m.parent] == 1}
    firsts: dict[str, str] = {}
    answers: dict[str, list[Message]] = {}
    for message in messages.values():
        above = messages.get(message.parent or "")
        if _is_next_part(message, above) and only.get(message.parent) is message:
            continue
        parts = [message]
        while _is_next_part(part := only.get(parts[-1].id), parts[-1]):
            parts.append(part)
        answers[message.id] = parts
        firsts |= dict.fromkeys((part.id for part in parts), message.id)
    return {
        identity: _whole(parts, firsts.get(parts[0].parent or ""))
        for identity, parts in answers.items()
    }


def _is_next_part(part: Message | None, above: Message | None) -> TypeGuard[Message]:
    if part is None or above is None:
        return False
    return part.role is Role.ASSISTANT and above.role is Role.ASSISTANT


def _whole(parts: Sequence[Message], parent: str | None) -> Message:
    first, last = parts[0], parts[-1]
    return replace(
        first,
        parent=parent,
        text="\n\n".join(part.text for part in parts if part.text),
        thoughts="\n\n".join(part.thoughts for part in parts if part.thoughts),
        model=last.model or first.model,
        state=last.state,
        feedback=last.feedback,
    )
