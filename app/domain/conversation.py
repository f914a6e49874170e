"""A conversation: a tree of messages, of which one path is shown.

Messages are immutable values; editing or regenerating adds a sibling and moves the
path, so nothing is ever overwritten.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from app.domain.attachments import Attachment
from app.domain.feedback import Feedback, Provenance
from app.domain.generation import Usage
from app.domain.presets import Preset
from app.domain.tools import ToolCall


class Role(StrEnum):
    """Who wrote a message."""

    USER = "user"
    ASSISTANT = "assistant"


class MessageState(StrEnum):
    """Where a message stands.

    `CUT` is a reply that reached the longest length or the end of the context window.
    `STREAMING` in the archive after a restart means that the program died while the
    message was written; it is then shown like `INTERRUPTED`.
    """

    STREAMING = "streaming"
    COMPLETE = "complete"
    CUT = "cut"
    STOPPED = "stopped"
    INTERRUPTED = "interrupted"


@dataclass(frozen=True, slots=True)
class Message:
    """One message.

    Attributes:
        id: A UUID's 32 hexadecimal digits.
        parent: The message it follows; None for a conversation's first.
        role: Who wrote it.
        text: The question, or the answer.
        created: When, in UTC.
        state: Where it stands; a user's message is always complete.
        thoughts: MOSS's inner thoughts before the answer; may be empty.
        commands: The commands field as the model wrote it; may be empty. For a model
            that is not MOSS a note of where its calls were (see `rounds`).
        calls: The commands that were run, and their results.
        model: Name of the model that wrote it; empty for a user's message.
        usage: What it cost; None until it is finished.
        pinned: Whether the model sees it however long the chat becomes.
        feedback: What the user thinks of it.
        provenance: What made it; None for a user's message and for older replies.
        attachments: Files that go along with a user's message.
    """

    id: str
    parent: str | None
    role: Role
    text: str
    created: datetime
    state: MessageState = MessageState.COMPLETE
    thoughts: str = ""
    commands: str = ""
    calls: tuple[ToolCall, ...] = ()
    model: str = ""
    usage: Usage | None = None
    pinned: bool = False
    feedback: Feedback = field(default_factory=Feedback)
    provenance: Provenance | None = None
    attachments: tuple[Attachment, ...] = ()


@dataclass(frozen=True, slots=True)
class ConversationSummary:
    """What a list of chats shows.

    Attributes:
        id: A UUID's 32 hexadecimal digits.
        title: Empty until the first message is there.
        updated: When the last message came, in UTC.
        folder: The folder it lies in; empty for none.
        pinned: Whether it stays at the top.
    """

    id: str
    title: str
    updated: datetime
    folder: str = ""
    pinned: bool = False


@dataclass(frozen=True, slots=True)
class Conversation:
    """A tree of messages and the leaf whose path is shown.

    Attributes:
        id: A UUID's 32 hexadecimal digits.
        title: What the list of chats shows.
        messages: All messages by id.
        leaf: The last message of the path that is shown; None when empty.
        preset: How its replies are written; None for what holds where a chat says
            nothing.
    """

    id: str
    title: str = ""
    messages: Mapping[str, Message] = field(default_factory=dict)
    leaf: str | None = None
    preset: Preset | None = None

    def path(self) -> tuple[Message, ...]:
        """The messages from the first to the leaf.

        A parent that is missing (an unreadable record) ends the walk, so that what
        can be read is shown.
        """
        messages: list[Message] = []
        seen: set[str] = set()
        cursor = self.leaf
        while cursor is not None and cursor not in seen:
            seen.add(cursor)
            message = self.messages.get(cursor)
            if message is None:
                break
            messages.append(message)
            cursor = message.parent
        return tuple(reversed(messages))

    def with_message(self, message: Message) -> "Conversation":
        """The conversation with `message` added or replaced, and as the leaf."""
        return replace(
            self, messages={**self.messages, message.id: message}, leaf=message.id
        )


TITLE_LENGTH = 30


def title_from(texts: Iterable[str]) -> str:
    """A title from the first text that has any: one line of at most 30 characters."""
    for text in texts:
        line = " ".join(text.split())
        if line:
            shortened = line[:TITLE_LENGTH].rstrip()
            return shortened if len(line) <= TITLE_LENGTH else f"{shortened}…"
    return ""
