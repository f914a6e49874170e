"""Chats as Markdown: the path that is shown, with names and times.

Messages are Markdown already, and stand there as they were written. A line of an equals
sign or a hash in one may look like a heading of the file: that is what it is.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Final

from app.domain.archived import ArchivedChat
from app.domain.attachments import written
from app.domain.conversation import Message
from app.interchange.labels import Labels, call_lines

_MEANING: Final = re.compile(r"([\\`*_\[\]<>#|~$])")
_FENCE: Final = re.compile(r"^ {0,3}(`{3,}|~{3,})", re.MULTILINE)


def pieces(chats: Iterable[ArchivedChat], labels: Labels) -> Iterator[bytes]:
    """The file, a chat at a time, in UTF-8."""
    for number, chat in enumerate(chats):
        gap = "\n---\n\n" if number else ""
        yield (gap + _chat(chat, labels)).encode("utf-8", "replace")


def _chat(chat: ArchivedChat, labels: Labels) -> str:
    blocks = [f"# {_plain(labels.title(chat.conversation.title))}"]
    for message in chat.conversation.path():
        blocks += _blocks(message, labels)
    return "\n\n".join(blocks) + "\n"


def _blocks(message: Message, labels: Labels) -> Iterator[str]:
    yield f"## {_plain(labels.name(message))} · {labels.time(message.created)}"
    if message.thoughts.strip():
        yield _quoted(f"*{labels.thoughts}*\n\n{message.thoughts.strip()}")
    for line in call_lines(message.calls):
        yield _code(line)
    for attachment in message.attachments:
        yield written("", (attachment,))
    if message.text.strip():
        yield _closed(message.text.strip("\n"))


def _plain(text: str) -> str:
    """A text in which nothing means anything to Markdown."""
    return _MEANING.sub(r"\\\1", text)


def _quoted(text: str) -> str:
    return "\n".join(f"> {line}".rstrip() for line in text.splitlines())


def _code(line: str) -> str:
    """A line of code between more backticks than it has in a row."""
    longest = max(map(len, re.findall("`+", line)), default=0)
    ticks = "`" * (longest + 1)
    pad = " " if longest else ""
    return f"{ticks}{pad}{line}{pad}{ticks}"


def _closed(text: str) -> str:
    """A text whose last fence is closed, for what follows is no code."""
    fence = ""
    for match in _FENCE.finditer(text):
        mark = match[1]
        if not fence:
            fence = mark
        elif mark[0] == fence[0] and len(mark) >= len(fence):
            rest = text[match.end() :].partition("\n")[0]
            fence = fence if rest.strip() else ""
    return f"{text}\n{fence}" if fence else text
