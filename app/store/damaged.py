"""Reading a chat around the pages that are damaged."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from app.domain.conversation import Conversation
from app.domain.errors import ErrorCode, UserError
from app.store.database import Database, Row
from app.store.message_rows import COLUMNS

_COLUMNS: Final = ", ".join(COLUMNS)
_OF_CHAT: Final = "conversation = ? AND trashed IS NULL"
_MOST_NUMBERS: Final = 200_000
"""Records that are tried one by one; it takes some 20 µs each."""


def message_rows(database: Database, conversation_id: str) -> tuple[list[Row], int]:
    """A chat's records, and how many are known to be on damaged pages.

    The index finds them. Where it is damaged, all records are looked through.
    """
    for place in ("messages", "messages NOT INDEXED"):
        try:
            return database.rows(
                f"SELECT {_COLUMNS} FROM {place} WHERE {_OF_CHAT} ORDER BY key",  # noqa: S608
                conversation_id,
            ), 0
        except UserError as error:
            _require_damage(error)
    try:
        # The index has the numbers, even where the records are lost.
        keys = database.rows(
            "SELECT key FROM messages WHERE conversation = ? ORDER BY key",
            conversation_id,
        )
    except UserError as error:
        _require_damage(error)
    else:
        return _one_by_one(database, conversation_id, (key for (key,) in keys))
    rows, _ = _one_by_one(database, conversation_id, range(1, _last(database) + 1))
    # Whose the others were is not known; that there were some is.
    return rows, 1


def head(database: Database, conversation_id: str) -> Row | None:
    """A chat's title, leaf and preset; None where there is none of that id."""
    query = "SELECT title, leaf, preset FROM {} WHERE id = ?"
    try:
        rows = database.rows(query.format("conversations"), conversation_id)
    except UserError as error:
        _require_damage(error)
        place = "conversations NOT INDEXED"
        rows = database.rows(query.format(place), conversation_id)
    return rows[0] if rows else None


def rows_or_none(database: Database, query: str, *values: object) -> list[Row]:
    """What a query finds; nothing where it meets damage, which others report.

    For what goes with a chat and must not hide it.
    """
    try:
        return database.rows(query, *values)
    except UserError as error:
        _require_damage(error)
        return []


def mended(conversation: Conversation) -> Conversation:
    """A chat of which records are missing, joined together so that the rest is shown.

    What followed a lost message follows the one that came before it.
    """
    messages = dict(conversation.messages)
    last: str | None = None
    for message in conversation.messages.values():
        if message.parent is not None and message.parent not in messages:
            messages[message.id] = replace(message, parent=last)
        last = message.id
    leaf = conversation.leaf
    if leaf not in messages:
        leaf = last
    return replace(conversation, messages=messages, leaf=leaf)


def _one_by_one(
    database: Database, conversation_id: str, keys: Iterable[int]
) -> tuple[list[Row], int]:
    rows: list[Row] = []
    unreadable = 0
    for key in keys:
        try:
            rows += database.rows(
                f"SELECT {_COLUMNS} FROM messages WHERE key = ? AND {_OF_CHAT}",  # noqa: S608
                key,
                conversation_id,
            )
        except UserError:
            unreadable += 1
    return rows, unreadable


def _last(database: Database) -> int:
    """The highest number of a record that may be worth a try."""
    try:
        [(last,)] = database.rows("SELECT max(key) FROM messages")
    except UserError:
        return _MOST_NUMBERS
    return min(int(last or 0), _MOST_NUMBERS)


def _require_damage(error: UserError) -> None:
    if error.code is not ErrorCode.ARCHIVE_UNREADABLE:
        raise error
