r"""Our own file: everything there is of chats, without loss.

UTF-8 JSON, one chat a line, so that many chats stream out and what a torn file still
has can be found::

    {"format":"moss-desktop-chats","version":1,"chats":[
    {"id":"…","title":"…","created":"2026-05-01T12:00:00Z",…,"messages":[…]},
    {"id":"…",…}
    ],"pictures":{
    "9f86…0a08.png":"iVBORw0…"
    }}

A message is `app.domain.conversation.Message` field by field, as msgspec writes it.
Pictures are under their files' names, which are their SHA-256, as Base64. The same
chats in the same order give the same bytes.
"""

import base64
import codecs
import re
from binascii import Error as Base64Error
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from typing import Final

import msgspec

from app.domain.archived import ArchivedChat
from app.domain.conversation import Conversation, Message, MessageState
from app.domain.errors import ErrorCode, UserError
from app.domain.presets import Preset
from app.interchange.findings import (
    Finding,
    Flaw,
    Found,
    FoundChat,
    FoundPicture,
    Program,
)
from app.interchange.limits import (
    MOST_MESSAGES,
    MOST_PICTURE,
    MOST_TITLE,
    MOST_VALUE,
)
from app.interchange.trees import Node, tree

FORMAT: Final = "moss-desktop-chats"
VERSION: Final = 1
PICTURE_NAME: Final = re.compile(r"[0-9a-f]{64}\.(?:png|jpg)")
"""What the name of a picture's file looks like."""
_HEAD: Final = f'{{"format":"{FORMAT}","version":{VERSION},"chats":['.encode()
_OPENING: Final = re.compile(
    rb'\{"format":"moss-desktop-chats","version":([0-9]{1,9}),"chats":\[\n'
)
_PICTURES: Final = b'],"pictures":{'
_MARK: Final = codecs.BOM_UTF8
"""Which some editors put before a file."""
_NEAR: Final = 4096
"""Bytes at either end of a file in which its format is named."""

Pictures = Callable[[str], bytes | None]
"""What the picture of a name holds; None where there is none."""


class _Head(msgspec.Struct):
    format: str
    version: int


class _Chat(msgspec.Struct):
    id: str
    title: str
    created: datetime
    updated: datetime
    folder: str = ""
    pinned: bool = False
    leaf: str | None = None
    preset: Preset | None = None
    messages: tuple[Message, ...] = ()


class _RawChat(msgspec.Struct):
    id: str
    created: datetime
    updated: datetime
    title: str = ""
    folder: str = ""
    pinned: bool = False
    leaf: str | None = None
    preset: msgspec.Raw = msgspec.Raw(b"null")
    messages: tuple[msgspec.Raw, ...] = ()


class _File(_Head):
    chats: tuple[msgspec.Raw, ...] = ()
    pictures: dict[str, msgspec.Raw] = {}


class _Link(msgspec.Struct):
    """What is needed of a message that cannot be read: its place in the tree."""

    id: str
    parent: str | None = None


_encode: Final = msgspec.json.Encoder().encode
_file: Final = msgspec.json.Decoder(_File).decode
_head: Final = msgspec.json.Decoder(_Head).decode
_chat: Final = msgspec.json.Decoder(_RawChat).decode
_message: Final = msgspec.json.Decoder(Message).decode
_PRESETS: Final[msgspec.json.Decoder[Preset | None]] = msgspec.json.Decoder(
    Preset | None
)
_link: Final = msgspec.json.Decoder(_Link).decode
_text: Final = msgspec.json.Decoder(str).decode


def pieces(chats: Iterable[ArchivedChat], pictures: Pictures) -> Iterator[bytes]:
    """The file, a chat or a picture at a time.

    Args:
        chats: In the order in which they shall be there.
        pictures: Where pictures are; one that is not there is left out.
    """
    names: dict[str, None] = {}
    start = _HEAD + b"\n"
    for chat in chats:
        names |= dict.fromkeys(_picture_names(chat.conversation))
        yield start + _encode(_record(chat))
        start = b",\n"
    yield (start if start[:1] == b"{" else b"\n") + _PICTURES
    start = b"\n"
    for name in names:
        data = pictures(name)
        if data is not None:
            yield start + f'"{name}":"{base64.b64encode(data).decode()}"'.encode()
            start = b",\n"
    yield b"\n}}\n"


def _record(chat: ArchivedChat) -> _Chat:
    conversation = _tidy(chat.conversation)
    return _Chat(
        id=conversation.id,
        title=conversation.title,
        created=chat.created,
        updated=chat.updated,
        folder=chat.folder,
        pinned=chat.pinned,
        leaf=conversation.leaf,
        preset=conversation.preset,
        messages=tuple(conversation.messages.values()),
    )


def _picture_names(conversation: Conversation) -> Iterator[str]:
    for message in conversation.messages.values():
        for call in message.calls:
            # Only calls of tools that make pictures know the field.
            name = str(getattr(call, "picture", ""))
            if PICTURE_NAME.fullmatch(name):
                yield name


def is_ours(data: bytes) -> bool:
    """Whether a file says that it is in this format."""
    name = f'"{FORMAT}"'.encode()
    begin = data[:_NEAR].removeprefix(_MARK).lstrip()
    return begin[:1] == b"{" and (name in begin or name in data[-_NEAR:])


def read(data: bytes, place: str = "") -> Iterator[Found]:
    """Chats and pictures of a file, and what of it is damaged.

    Args:
        data: What the file holds.
        place: Its name.

    Raises:
        UserError: `IMPORT_NEWER` for a file of a newer program.
    """
    data = data.removeprefix(_MARK)
    match = _OPENING.match(data)
    if match is not None:
        _check_version(int(match[1]))
        yield from _lines(data, match.end(), place)
    elif len(data) > MOST_VALUE:
        yield Finding(Flaw.TOO_LARGE, place)
    else:
        yield from _whole(data, place)


def _check_version(version: int) -> None:
    if version > VERSION:
        raise UserError(ErrorCode.IMPORT_NEWER, str(version))


def _lines(data: bytes, start: int, place: str) -> Iterator[Found]:
    """What the lines of a file hold that nobody has laid out anew."""
    number = 0
    in_pictures = False
    while start < len(data):
        end = data.find(b"\n", start)
        end = len(data) if end < 0 else end
        line = data[start:end].removesuffix(b",")
        start = end + 1
        if line == b"}}":
            return
        if line == _PICTURES:
            in_pictures = True
        elif in_pictures:
            yield _picture_line(line)
        else:
            number += 1
            yield _found(line, number)
    yield Finding(Flaw.ENDS_EARLY, place)


def _whole(data: bytes, place: str) -> Iterator[Found]:
    """What a file holds that another program has laid out anew."""
    try:
        _check_version(_head(data).version)
        whole = _file(data)
    except (msgspec.MsgspecError, RecursionError):
        yield Finding(Flaw.ENDS_EARLY, place)
        return
    for number, raw in enumerate(whole.chats, 1):
        yield _found(bytes(raw), number)
    for name, raw in whole.pictures.items():
        yield _picture(name, bytes(raw))


def _found(raw: bytes, number: int) -> FoundChat | Finding:
    if len(raw) > MOST_VALUE:
        return Finding(Flaw.CHAT, str(number))
    try:
        record = _chat(raw)
        created, updated = _utc(record.created), _utc(record.updated)
    except (msgspec.MsgspecError, RecursionError, OverflowError):
        return Finding(Flaw.CHAT, str(number))
    nodes = [_node(raw) for raw in record.messages[:MOST_MESSAGES]]
    known = [node for node in nodes if node is not None]
    messages, leaf = tree(known, record.leaf)
    lost = len(record.messages) - len(messages)
    chat = ArchivedChat(
        Conversation(record.id, record.title, messages, leaf, _preset_of(record)),
        created,
        updated,
        record.folder,
        record.pinned,
    )
    place = record.title or str(number)
    findings = (Finding(Flaw.MESSAGES, place, lost),) if lost else ()
    return FoundChat(chat, Program.MOSS, findings)


def _preset_of(record: _RawChat) -> Preset | None:
    """A chat's preset; one that cannot be read costs nothing else."""
    try:
        return _PRESETS.decode(record.preset)
    except (msgspec.MsgspecError, RecursionError):
        return None


def _node(raw: msgspec.Raw) -> Node | None:
    """A message and its place; without the message where it cannot be read."""
    data = bytes(raw)
    try:
        message = _message(data)
        return Node(message.id, message.parent, _settled(message))
    except (msgspec.MsgspecError, RecursionError, OverflowError):
        pass
    try:
        link = _link(data)
    except (msgspec.MsgspecError, RecursionError):
        return None
    return Node(link.id, link.parent, None)


def _settled(message: Message) -> Message:
    """A message that nobody is writing, its time in UTC."""
    state = message.state
    if state is MessageState.STREAMING:
        state = MessageState.INTERRUPTED
    return replace(message, created=_utc(message.created), state=state)


def _utc(when: datetime) -> datetime:
    """A time in UTC, which is meant where no zone is named."""
    return when.replace(tzinfo=UTC) if when.tzinfo is None else when.astimezone(UTC)


def _tidy(conversation: Conversation) -> Conversation:
    """A conversation as it will be read: no message follows one that is not there."""
    nodes = [Node(m.id, m.parent, m) for m in conversation.messages.values()]
    messages, leaf = tree(nodes, conversation.leaf)
    return replace(conversation, messages=messages, leaf=leaf)


def _picture_line(line: bytes) -> FoundPicture | Finding:
    name, _, raw = line.partition(b":")
    return _picture(name.strip(b'"').decode("utf-8", "replace"), raw)


def _picture(name: str, raw: bytes) -> FoundPicture | Finding:
    try:
        data = base64.b64decode(_text(raw), validate=True)
    except (msgspec.MsgspecError, Base64Error, ValueError):
        return Finding(Flaw.PICTURE, name[:MOST_TITLE])
    right = PICTURE_NAME.fullmatch(name) and name[:64] == sha256(data).hexdigest()
    if not right or len(data) > MOST_PICTURE:
        return Finding(Flaw.PICTURE, name[:MOST_TITLE])
    return FoundPicture(name, data)
