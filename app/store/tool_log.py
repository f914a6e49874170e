"""The log of what tools did; the oldest records make room for new ones."""

from contextlib import suppress
from typing import Final

from app.domain.activity import CallRecord, RequestRecord
from app.domain.tools import ToolFailure
from app.store.database import Database, Row
from app.store.moments import moment, stamp, storable

MOST_RECORDS: Final = 2000
"""Of each kind; with the longest texts that is less than 3 MB."""
_LONGEST: Final = 500
"""Characters of a text in the log."""


class ToolLog:
    """The log of one archive.

    Every method may raise `UserError` where file or disk do not allow it.

    Args:
        database: The archive.
        most: How many records of each kind are kept.
    """

    def __init__(self, database: Database, *, most: int = MOST_RECORDS) -> None:
        self._database = database
        self._most = most

    def add_call(self, record: CallRecord) -> None:
        """Keeps what became of a command."""
        with self._database.transaction(durable=False):
            self._database.execute(
                """
                INSERT INTO tool_calls (began, tool, command, failure, seconds)
                VALUES (?, ?, ?, ?, ?)
                """,
                stamp(record.when),
                _short(record.tool),
                _short(record.command),
                None if record.failure is None else record.failure.value,
                record.seconds,
            )
            self._forget("tool_calls")

    def add_request(self, record: RequestRecord) -> int:
        """Keeps a request; returns a key with which `end_request` completes it."""
        with self._database.transaction(durable=False):
            [(key,)] = self._database.rows(
                """
                INSERT INTO tool_requests
                    (began, tool, host, purpose, size, outcome, seconds)
                VALUES (?, ?, ?, ?, ?, ?, ?) RETURNING key
                """,
                stamp(record.when),
                _short(record.tool),
                _short(record.host),
                _short(record.purpose),
                record.size,
                _short(record.outcome),
                record.seconds,
            )
            self._forget("tool_requests")
        return int(key)

    def end_request(self, key: int, *, size: int, outcome: str, seconds: float) -> None:
        """Completes a request."""
        with self._database.transaction(durable=False):
            self._database.execute(
                """
                UPDATE tool_requests SET size = ?, outcome = ?, seconds = ?
                WHERE key = ?
                """,
                size,
                _short(outcome),
                seconds,
                key,
            )

    def calls(
        self, tool: str | None = None, *, most: int = 100
    ) -> tuple[CallRecord, ...]:
        """The last calls, newest first; with `tool` those of one tool."""
        rows = self._database.rows(
            """
            SELECT began, tool, command, failure, seconds FROM tool_calls
            WHERE ?1 IS NULL OR tool = ?1 ORDER BY key DESC LIMIT ?2
            """,
            tool,
            most,
        )
        return tuple(map(_call, rows))

    def requests(
        self, tool: str | None = None, *, most: int = 100
    ) -> tuple[RequestRecord, ...]:
        """The last requests, newest first; with `tool` those of one tool."""
        rows = self._database.rows(
            """
            SELECT began, tool, host, purpose, size, outcome, seconds
            FROM tool_requests
            WHERE ?1 IS NULL OR tool = ?1 ORDER BY key DESC LIMIT ?2
            """,
            tool,
            most,
        )
        return tuple(RequestRecord(moment(began), *rest) for began, *rest in rows)

    def clear(self) -> None:
        """Forgets everything."""
        with self._database.transaction():
            self._database.execute("DELETE FROM tool_calls")
            self._database.execute("DELETE FROM tool_requests")

    def _forget(self, table: str) -> None:
        """Deletes the oldest records of a table beyond the bound."""
        self._database.execute(
            f"DELETE FROM {table} WHERE key <= (SELECT max(key) FROM {table}) - ?",  # noqa: S608 -- one of two names
            self._most,
        )


def _call(row: Row) -> CallRecord:
    began, tool, command, failure, seconds = row
    known: ToolFailure | None = None
    if failure is not None:
        known = ToolFailure.INTERNAL
        with suppress(ValueError):
            known = ToolFailure(failure)
    return CallRecord(moment(began), tool, command, known, seconds)


def _short(text: str) -> str:
    return storable(text[:_LONGEST])
