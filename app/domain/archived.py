"""A chat with everything that the archive keeps of it."""

from dataclasses import dataclass
from datetime import datetime

from app.domain.conversation import Conversation


@dataclass(frozen=True, slots=True)
class ArchivedChat:
    """A conversation and its place in the list of chats.

    Attributes:
        conversation: The tree of messages.
        created: When it began, in UTC.
        updated: When the last message came, in UTC; that message may be deleted.
        folder: The folder it lies in; empty for none.
        pinned: Whether it stays at the top.
    """

    conversation: Conversation
    created: datetime
    updated: datetime
    folder: str = ""
    pinned: bool = False
