"""Chats as plain text: the path that is shown, with names and times."""

from collections.abc import Iterable, Iterator

from app.domain.archived import ArchivedChat
from app.domain.attachments import written
from app.domain.conversation import Message
from app.interchange.labels import Labels, call_lines


def pieces(chats: Iterable[ArchivedChat], labels: Labels) -> Iterator[bytes]:
    """The file, a chat at a time, in UTF-8."""
    for number, chat in enumerate(chats):
        gap = "\n\n" if number else ""
        yield (gap + _chat(chat, labels)).encode("utf-8", "replace")


def _chat(chat: ArchivedChat, labels: Labels) -> str:
    title = labels.title(chat.conversation.title)
    blocks = [f"{title}\n{'=' * len(title)}"]
    blocks += (_message(message, labels) for message in chat.conversation.path())
    return "\n\n".join(blocks) + "\n"


def _message(message: Message, labels: Labels) -> str:
    lines = [f"{labels.name(message)} ({labels.time(message.created)}):"]
    lines += (f"[{line}]" for line in call_lines(message.calls))
    lines.append(written(message.text, message.attachments))
    return "\n".join(lines)
