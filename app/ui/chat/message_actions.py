"""What can be done with a message, and what of it makes sense just now.

The widgets of a message report what the user wants as values: a `Wish`, a `Resend` or
a `Judge`.
"""

from dataclasses import dataclass
from enum import Enum, auto
from typing import Final

from PySide6.QtCore import QCoreApplication

from app.domain.attachments import Attachment
from app.domain.conversation import Message, MessageState, Role
from app.domain.feedback import Feedback, Rating


class MessageAction(Enum):
    """Something that can be done with a message, in the order of a menu."""

    RESUME = auto()
    COPY_TEXT = auto()
    COPY_MARKDOWN = auto()
    EDIT = auto()
    REGENERATE = auto()
    CHOOSE = auto()
    COMPARE = auto()
    PREVIOUS = auto()
    NEXT = auto()
    PRAISE = auto()
    BLAME = auto()
    REMARK = auto()
    PIN = auto()
    UNPIN = auto()
    FORK = auto()
    COPY_PICTURE = auto()
    SAVE_PICTURE = auto()
    PRINT = auto()
    ABOUT = auto()
    PROMPT = auto()
    DELETE = auto()


GROUPS: Final = (
    (MessageAction.RESUME,),
    (MessageAction.COPY_TEXT, MessageAction.COPY_MARKDOWN),
    (
        MessageAction.EDIT,
        MessageAction.REGENERATE,
        MessageAction.CHOOSE,
        MessageAction.COMPARE,
        MessageAction.PREVIOUS,
        MessageAction.NEXT,
    ),
    (MessageAction.PRAISE, MessageAction.BLAME, MessageAction.REMARK),
    (
        MessageAction.PIN,
        MessageAction.UNPIN,
        MessageAction.FORK,
        MessageAction.ABOUT,
        MessageAction.PROMPT,
    ),
    (
        MessageAction.COPY_PICTURE,
        MessageAction.SAVE_PICTURE,
        MessageAction.PRINT,
    ),
    (MessageAction.DELETE,),
)
"""The same between the separators of a menu."""
ICONS: Final = {
    MessageAction.RESUME: "resume",
    MessageAction.COPY_TEXT: "copy",
    MessageAction.COPY_MARKDOWN: "copy",
    MessageAction.EDIT: "edit",
    MessageAction.REGENERATE: "again",
    MessageAction.CHOOSE: "compare",
    MessageAction.COMPARE: "compare",
    MessageAction.PREVIOUS: "chevron-left",
    MessageAction.NEXT: "chevron-right",
    MessageAction.PRAISE: "thumb-up",
    MessageAction.BLAME: "thumb-down",
    MessageAction.REMARK: "edit",
    MessageAction.PIN: "pin",
    MessageAction.UNPIN: "pin",
    MessageAction.FORK: "fork",
    MessageAction.ABOUT: "info",
    MessageAction.PROMPT: "info",
    MessageAction.COPY_PICTURE: "image",
    MessageAction.SAVE_PICTURE: "save",
    MessageAction.PRINT: "print",
    MessageAction.DELETE: "trash",
}
_SHARED: Final = (
    MessageAction.COPY_PICTURE,
    MessageAction.SAVE_PICTURE,
    MessageAction.PRINT,
)
RATINGS: Final = {
    MessageAction.PRAISE: Rating.UP,
    MessageAction.BLAME: Rating.DOWN,
}


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a message stands among the others.

    Attributes:
        number: Which of its versions it is, from 1.
        versions: How many there are.
        last: Whether nothing follows it in what is shown.
    """

    number: int = 1
    versions: int = 1
    last: bool = False


@dataclass(frozen=True, slots=True)
class Wish:
    """The user wants something done with a message."""

    message: str
    action: MessageAction


@dataclass(frozen=True, slots=True)
class Resend:
    """The user has written something else in a message's place.

    Attributes:
        message: Its id.
        text: What is to be asked there.
        attachments: The files of the message that are to go along again.
    """

    message: str
    text: str
    attachments: tuple[Attachment, ...] = ()


@dataclass(frozen=True, slots=True)
class Judge:
    """The user thinks something of a reply."""

    message: str
    feedback: Feedback


Intent = Wish | Resend | Judge


def possible(message: Message, standing: Standing) -> frozenset[MessageAction]:
    """What can be done with a message; nothing while it is written."""
    if message.state is MessageState.STREAMING:
        return frozenset()
    found = {MessageAction.FORK, MessageAction.DELETE}
    found.add(MessageAction.UNPIN if message.pinned else MessageAction.PIN)
    if message.text:
        found |= {MessageAction.COPY_MARKDOWN, *_SHARED}
    if standing.number > 1:
        found.add(MessageAction.PREVIOUS)
    if standing.number < standing.versions:
        found.add(MessageAction.NEXT)
    if message.role is Role.USER:
        found.add(MessageAction.EDIT)
    else:
        found |= _possible_with_reply(message, standing)
    return frozenset(found)


def _possible_with_reply(message: Message, standing: Standing) -> set[MessageAction]:
    found = {MessageAction.REGENERATE, MessageAction.ABOUT}
    if message.text:
        found |= {MessageAction.COPY_TEXT, MessageAction.CHOOSE, *RATINGS}
        found.add(MessageAction.PROMPT)
        if standing.versions > 1:
            found.add(MessageAction.COMPARE)
    if message.feedback.rating is not None:
        found.add(MessageAction.REMARK)
    if standing.last and message.state is not MessageState.COMPLETE:
        found.add(MessageAction.RESUME)
    return found


def title(action: MessageAction, message: Message) -> str:
    """What an action is called, in the language of the moment."""
    translate = QCoreApplication.translate
    if action is MessageAction.COPY_MARKDOWN and message.role is Role.USER:
        return translate("MessageActions", "Copy")
    return {
        MessageAction.RESUME: translate("MessageActions", "Resume this reply"),
        MessageAction.COPY_TEXT: translate("MessageActions", "Copy as text"),
        MessageAction.COPY_MARKDOWN: translate("MessageActions", "Copy as Markdown"),
        MessageAction.EDIT: translate("MessageActions", "Edit and send again"),
        MessageAction.REGENERATE: translate("MessageActions", "Write another version"),
        MessageAction.CHOOSE: translate(
            "MessageActions", "Let me choose between two versions…"
        ),
        MessageAction.COMPARE: translate("MessageActions", "Compare two versions…"),
        MessageAction.PREVIOUS: translate("MessageActions", "Previous version"),
        MessageAction.NEXT: translate("MessageActions", "Next version"),
        MessageAction.PRAISE: translate("MessageActions", "Good reply"),
        MessageAction.BLAME: translate("MessageActions", "Bad reply"),
        MessageAction.REMARK: translate("MessageActions", "Remark…"),
        MessageAction.PIN: translate("MessageActions", "Keep in the model's view"),
        MessageAction.UNPIN: translate("MessageActions", "No longer keep in view"),
        MessageAction.FORK: translate("MessageActions", "Continue in a new chat"),
        MessageAction.ABOUT: translate("MessageActions", "About this reply…"),
        MessageAction.PROMPT: translate("MessageActions", "Show the exact prompt…"),
        MessageAction.COPY_PICTURE: translate("MessageActions", "Copy as picture"),
        MessageAction.SAVE_PICTURE: translate("MessageActions", "Save as picture…"),
        MessageAction.PRINT: translate("MessageActions", "Print…"),
        MessageAction.DELETE: translate("MessageActions", "Delete from here on"),
    }[action]
