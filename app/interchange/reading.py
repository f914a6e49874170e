"""Finds out whose file it is, by what it holds, and reads it.

In a ZIP archive or a folder every file is looked at whose name ends like a chat's, so
an export may be given as it came.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from pathlib import PurePosixPath
from typing import Final

from app.domain.errors import ErrorCode, UserError
from app.interchange import (
    chatgpt,
    claude,
    fields,
    gpt4all,
    jan,
    lm_studio,
    moss_json,
    open_webui,
)
from app.interchange.bundle import Bundle, TooLargeError, UnreadableError
from app.interchange.findings import Finding, Flaw, Found, FoundChat
from app.interchange.json_values import Broken, values
from app.interchange.limits import MOST_CHATS

_ENDINGS: Final = (".json", ".jsonl", gpt4all.ENDING)
_Reader = Callable[[Mapping[str, object], str, datetime], FoundChat]
_READERS: Final[tuple[tuple[Callable[[Mapping[str, object]], bool], _Reader], ...]] = (
    (chatgpt.matches, chatgpt.read),
    (claude.matches, claude.read),
    (open_webui.matches, open_webui.read),
    (lm_studio.matches, lm_studio.read),
)


def read(bundle: Bundle, now: datetime) -> Iterator[Found]:
    """Chats and pictures of files, and what of them could not be read.

    Args:
        bundle: The files.
        now: The time of messages that have none.

    Raises:
        UserError: `IMPORT_UNKNOWN` where there is no chat of a known program,
            `IMPORT_NEWER` for a single file of ours that is newer.
    """
    names = bundle.names()
    single = len(names) == 1
    chosen = names if single else [n for n in names if n.lower().endswith(_ENDINGS)]
    chats = 0
    known = False
    for name in chosen:
        about_chats = True
        for found in _of_file(bundle, name, now=now, single=single):
            if isinstance(found, Finding) and found.flaw is Flaw.UNKNOWN:
                about_chats = False
            else:
                yield found
            if isinstance(found, FoundChat):
                chats += 1
                if chats == MOST_CHATS:
                    yield Finding(Flaw.TOO_MANY, name)
                    return
        known = known or about_chats
    if not known:
        raise UserError(ErrorCode.IMPORT_UNKNOWN, ", ".join(names[:1]))


def _of_file(
    bundle: Bundle, name: str, *, now: datetime, single: bool
) -> Iterator[Found]:
    """What one file has; `Flaw.UNKNOWN` for one that is not about chats."""
    try:
        data = bundle.read(name)
    except UnreadableError as error:
        if single:
            raise
        large = isinstance(error, TooLargeError)
        yield Finding(Flaw.TOO_LARGE if large else Flaw.CHAT, name)
        return
    try:
        yield from _of_data(bundle, name, data=data, now=now)
    except UserError as error:
        if single or error.code is not ErrorCode.IMPORT_NEWER:
            raise
        yield Finding(Flaw.NEWER, name)


def _of_data(
    bundle: Bundle, name: str, *, data: bytes, now: datetime
) -> Iterator[Found]:
    if gpt4all.matches(data):
        yield _checked(gpt4all.read(data, name, now))
    elif moss_json.is_ours(data):
        yield from moss_json.read(data, name)
    elif PurePosixPath(name).name == jan.MESSAGES:
        yield _checked(_thread(bundle, name, data=data, now=now))
    else:
        yield from _of_values(data, name, now)


def _thread(
    bundle: Bundle, name: str, *, data: bytes, now: datetime
) -> FoundChat | Finding:
    messages = [m for m in values(data) if not isinstance(m, Broken)]
    place = PurePosixPath(name)
    beside = place.with_name(jan.THREAD).as_posix()
    thread: Mapping[str, object] = {}
    if beside in bundle.names():
        try:
            thread = fields.mapping(next(values(bundle.read(beside)), None))
        except UnreadableError:
            thread = {}
    if not thread and not any(jan.matches(fields.mapping(m)) for m in messages):
        return Finding(Flaw.UNKNOWN, name)
    return jan.read(thread, messages, place=place.parent.name, now=now)


def _of_values(data: bytes, name: str, now: datetime) -> Iterator[Found]:
    """The chats of a JSON file, each of which may be another program's."""
    others: list[Finding] = []
    known = False
    for number, value in enumerate(values(data), 1):
        place = f"{name} {number}"
        reader = _reader(value)
        if reader is not None:
            known = True
            yield from others
            others.clear()
            yield _checked(reader(fields.mapping(value), place, now))
        elif len(others) < MOST_CHATS:
            flaw = Flaw.ENDS_EARLY if isinstance(value, Broken) else Flaw.CHAT
            others.append(Finding(flaw, place))
    if known:
        yield from others
    else:
        yield Finding(Flaw.UNKNOWN, name)


def _reader(value: object) -> _Reader | None:
    fits = fields.mapping(value)
    return next((reader for matches, reader in _READERS if matches(fits)), None)


def _checked(found: FoundChat | Finding) -> FoundChat | Finding:
    """The chat, if there is a message in it."""
    if isinstance(found, FoundChat) and not found.chat.conversation.messages:
        return Finding(Flaw.EMPTY, found.chat.conversation.title)
    return found
