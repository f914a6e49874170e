"""The rows of the list of chats, put together from what the archive has. No Qt here."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import Enum, auto
from itertools import groupby

from app.domain.conversation import ConversationSummary, Role
from app.domain.excerpt import Excerpt
from app.store.search import Hit


class Period(Enum):
    """The groups of chats by their day."""

    TODAY = auto()
    YESTERDAY = auto()
    WEEK = auto()
    OLDER = auto()


class Kind(Enum):
    """What a row is; headings and notes cannot be chosen."""

    HEADING = auto()
    NOTE = auto()
    FOLDER = auto()
    CHAT = auto()
    HIT = auto()


@dataclass(frozen=True, slots=True)
class Row:
    """One row.

    Attributes:
        kind: What it is.
        text: What it says.
        chat: Id of its chat; empty where it has none.
        message: Id of the message of a hit.
        folder: The folder that it is or lies in; empty for none.
        pinned: Whether its chat stays at the top.
        closed: Whether a folder's chats are hidden.
        count: How many chats a folder has.
        marks: Where in the text is what was looked for.
        role: Who wrote the message of a hit.
        inside: Whether it stands under a folder.
    """

    kind: Kind
    text: str
    chat: str = ""
    message: str = ""
    folder: str = ""
    pinned: bool = False
    closed: bool = False
    count: int = 0
    marks: tuple[tuple[int, int], ...] = ()
    role: Role | None = None
    inside: bool = False


@dataclass(frozen=True, slots=True)
class Headings:
    """The list's own words in the language of the moment.

    Attributes:
        pinned: Above the chats that stay at the top.
        periods: Above the chats of a period.
        untitled: A chat without a title.
        nothing: Where nothing was found.
        trash: Above what is in the trash.
        empty: Where the trash has nothing.
    """

    pinned: str
    periods: Mapping[Period, str]
    untitled: str
    nothing: str
    trash: str
    empty: str


def period_of(moment: datetime, today: date) -> Period:
    """Which group a chat belongs to, by the local calendar."""
    days = today - moment.astimezone().date()
    if days <= timedelta(0):
        return Period.TODAY
    if days == timedelta(1):
        return Period.YESTERDAY
    return Period.WEEK if days < timedelta(7) else Period.OLDER


def chat_rows(
    chats: Sequence[ConversationSummary],
    *,
    today: date,
    closed: Collection[str],
    words: Headings,
) -> tuple[Row, ...]:
    """Pinned chats, then folders, then all others by their day.

    Args:
        chats: The chats, the newest first.
        today: Decides on their groups.
        closed: The folders whose chats are hidden.
        words: The list's own words.
    """
    pinned = [chat for chat in chats if chat.pinned]
    folders: dict[str, list[ConversationSummary]] = defaultdict(list)
    for chat in chats:
        if chat.folder and not chat.pinned:
            folders[chat.folder].append(chat)
    rows: list[Row] = []
    if pinned:
        rows.append(Row(Kind.HEADING, words.pinned, pinned=True))
        rows += [_chat(chat, words) for chat in pinned]
    for name in sorted(folders, key=lambda name: (name.casefold(), name)):
        rows += _folder(name, folders[name], closed=name in closed, words=words)
    others = [chat for chat in chats if not (chat.pinned or chat.folder)]
    for period, group in groupby(others, lambda chat: period_of(chat.updated, today)):
        rows.append(Row(Kind.HEADING, words.periods[period]))
        rows += [_chat(chat, words) for chat in group]
    return tuple(rows)


def hit_rows(hits: Sequence[Hit], words: Headings) -> tuple[Row, ...]:
    """Chats with what was found in each below it, in the order of their first hits."""
    chats: dict[str, list[Hit]] = defaultdict(list)
    for hit in hits:
        chats[hit.conversation].append(hit)
    if not chats:
        return (Row(Kind.NOTE, words.nothing),)
    return tuple(row for found in chats.values() for row in _found(found, words))


def trash_rows(
    chats: Sequence[ConversationSummary], words: Headings
) -> tuple[Row, ...]:
    """What is in the trash, as it comes."""
    if not chats:
        return (Row(Kind.NOTE, words.empty),)
    heading = Row(Kind.HEADING, words.trash)
    return (heading, *(_chat(chat, words) for chat in chats))


def _folder(
    name: str, chats: Sequence[ConversationSummary], *, closed: bool, words: Headings
) -> Iterator[Row]:
    yield Row(Kind.FOLDER, name, folder=name, closed=closed, count=len(chats))
    if not closed:
        for chat in chats:
            yield _chat(chat, words, inside=True)


def _chat(chat: ConversationSummary, words: Headings, *, inside: bool = False) -> Row:
    return Row(
        Kind.CHAT,
        chat.title or words.untitled,
        chat.id,
        folder=chat.folder,
        pinned=chat.pinned,
        inside=inside,
    )


def _found(hits: Sequence[Hit], words: Headings) -> Iterator[Row]:
    """A chat and its messages, of which the first hit may be the title itself."""
    first = hits[0]
    title = Excerpt(first.title or words.untitled) if first.message else first.excerpt
    yield Row(Kind.CHAT, title.text, first.conversation, marks=title.marks)
    for hit in hits:
        if hit.message:
            yield Row(
                Kind.HIT,
                hit.excerpt.text,
                hit.conversation,
                hit.message,
                marks=hit.excerpt.marks,
                role=hit.role,
            )
