"""GPT4All's chats: `gpt4all-….chat`, one a file, versions 1 to 12.

A `QDataStream`: a magic number, a version, when the chat began in seconds, its id, its
name, and more that depends on the version; up to version 10 with what the model had
read, which is passed over; then the items, `Prompt: ` and `Response: ` in turn. From
version 12 on a response may have items of its own: texts, calls of tools, thoughts.
Source: `chat.cpp`, `chatllm.cpp`, `chatmodel.h` and `chatmodel.cpp` of GPT4All 3.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from app.domain.conversation import MessageState, Role
from app.domain.feedback import Rating
from app.interchange import fields
from app.interchange.findings import Finding, Flaw, FoundChat, Program
from app.interchange.foreign import Chat, Said, found, line
from app.interchange.limits import MOST_MESSAGES
from app.interchange.qt_stream import QtStream, StreamError

ENDING: Final = ".chat"
_MAGIC: Final = bytes.fromhex("f5d553cc")
_NEWEST: Final = 12
_ROLES: Final = {"Prompt: ": Role.USER, "Response: ": Role.ASSISTANT}
_DEEPEST: Final = 8
"""Items within items; the program itself makes three."""


@dataclass(slots=True)
class _Item:
    """A prompt, a response or a part of one."""

    name: str = ""
    value: str = ""
    stopped: bool = False
    rating: Rating | None = None
    parts: list["_Item"] = field(default_factory=list)

    def texts(self, *, thinking: bool) -> list[str]:
        """What the item and its parts say, or what the model thought."""
        own = self.value if (self.name == "Think: ") is thinking else ""
        if self.name in {"ToolCall: ", "ToolResponse: "}:
            own = ""
        parts = [text for part in self.parts for text in part.texts(thinking=thinking)]
        return [*parts, *filter(None, [own])]


def matches(data: bytes) -> bool:
    """Whether a file is one of GPT4All's."""
    return data.startswith(_MAGIC)


def read(data: bytes, place: str, now: datetime) -> FoundChat | Finding:
    """Reads a chat; of a damaged one the messages that come before the damage.

    Args:
        data: A file that `matches`.
        place: Its name.
        now: The time of a chat that has none.
    """
    stream = QtStream(data)
    items: list[_Item] = []
    damaged = 0
    try:
        stream.skip(len(_MAGIC))
        version = stream.int32()
        if not 1 <= version <= _NEWEST:
            return Finding(Flaw.NEWER, place)
        created, identity, title = stream.int64(), stream.text(), stream.text()
        _pass_over_state(stream, version)
        count = stream.int32()
    except StreamError:
        return Finding(Flaw.CHAT, place)
    try:
        for _ in range(min(count, MOST_MESSAGES)):
            items.append(_item(stream, version))  # noqa: PERF401 -- kept up to a damage
    except StreamError:
        damaged = count - len(items)
    chat = Chat(
        Program.GPT4ALL,
        identity or place,
        fields.name(title),
        line(_said(number, item) for number, item in enumerate(items)),
        created=fields.moment(created),
        lost=damaged,
    )
    return found(chat, now)


def _said(number: int, item: _Item) -> Said:
    return Said(
        str(number),
        None,
        _ROLES.get(item.name),
        fields.text("".join(item.texts(thinking=False))),
        fields.text("\n\n".join(item.texts(thinking=True)).strip()),
        state=MessageState.STOPPED if item.stopped else MessageState.COMPLETE,
        rating=item.rating,
    )


def _pass_over_state(stream: QtStream, version: int) -> None:
    """The user's name, the model, collections of documents, and what it had read."""
    stream.text()
    stream.text()
    if version >= 3:  # noqa: PLR2004 -- here and below: versions of the format
        stream.texts()
    if version >= 11:  # noqa: PLR2004
        return
    has_state = version < 6 or stream.flag()  # noqa: PLR2004
    if version >= 2:  # noqa: PLR2004
        stream.skip(8)  # kind of model, version of its state
    stream.text()
    stream.text()
    stream.skip(4)  # tokens
    if not has_state:
        return
    words = 1 + (version < 4) + (version >= 7)  # noqa: PLR2004
    stream.skip(4 * words)
    if version < 9:  # noqa: PLR2004
        stream.skip(4 * stream.int64())
    stream.skip(4 * stream.int64())
    stream.blob()


def _item(stream: QtStream, version: int) -> _Item:
    if version < 12:  # noqa: PLR2004
        stream.int32()
    item = _Item(stream.text(), stream.text())
    if version < 10:  # noqa: PLR2004
        stream.text()
    stream.text()
    stream.flag()
    item.stopped = stream.flag()
    up, down = stream.flag(), stream.flag()
    item.rating = Rating.UP if up else Rating.DOWN if down else None
    if version >= 11 and item.name == "Response: ":  # noqa: PLR2004
        stream.flag()
    _pass_over_sources(stream, version)
    if version >= 12:  # noqa: PLR2004
        item.parts = stream.repeated(stream.int64(), lambda: _part(stream, 1))
    return item


def _pass_over_sources(stream: QtStream, version: int) -> None:
    """Passages of documents, and attached files."""
    if version >= 8:  # noqa: PLR2004
        stream.repeated(stream.int64(), lambda: _pass_over_source(stream))
    elif version >= 3:  # noqa: PLR2004
        stream.text()
        stream.texts()
    if version >= 10:  # noqa: PLR2004
        stream.repeated(stream.int64(), lambda: (stream.blob(), stream.blob()))


def _pass_over_source(stream: QtStream) -> None:
    for _ in range(7):
        stream.text()
    stream.skip(12)  # page, first line, last line


def _part(stream: QtStream, depth: int) -> _Item:
    if depth > _DEEPEST:
        message = "items within items"
        raise StreamError(message)
    item = _Item(stream.text(), stream.text())
    if item.name == "ToolCall: ":
        stream.text()
        stream.repeated(stream.int64(), lambda: _pass_over_parameter(stream))
        stream.text()
        stream.skip(4)
        stream.text()
    elif item.name == "Think: ":
        stream.skip(4)  # milliseconds
    item.parts = stream.repeated(stream.int64(), lambda: _part(stream, depth + 1))
    return item


def _pass_over_parameter(stream: QtStream) -> None:
    stream.text()
    stream.skip(4)
    stream.variant()
