"""The log of what tools did."""

import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from app.domain.activity import CallRecord, RequestRecord
from app.domain.tools import ToolFailure
from app.store.database import Database
from app.store.migrations import m001_initial
from app.store.tool_log import ToolLog

NOW = datetime(2026, 11, 22, 20, 43, tzinfo=UTC)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    with Database(tmp_path / "chats.sqlite3") as database:
        yield database


def call(number: int, tool: str = "web") -> CallRecord:
    when = NOW + timedelta(seconds=number)
    return CallRecord(when, tool, f'Search("{number}")', ToolFailure.REFUSED, 0.25)


def test_calls_come_back_newest_first(database: Database) -> None:
    log = ToolLog(database)
    calls = [call(1), call(2, "documents"), CallRecord(NOW, "web", "", None, 1.0)]
    for record in calls:
        log.add_call(record)
    assert log.calls() == tuple(reversed(calls))
    assert log.calls("web") == (calls[2], calls[0])
    assert log.calls(most=1) == (calls[2],)


def test_requests_are_completed(database: Database) -> None:
    log = ToolLog(database)
    record = RequestRecord(NOW, "web", "a.org", "results")
    first, second = log.add_request(record), log.add_request(record)
    log.end_request(first, size=5, outcome="HTTP 200", seconds=0.5)
    assert second != first
    ended = RequestRecord(NOW, "web", "a.org", "results", 5, "HTTP 200", 0.5)
    assert log.requests() == (record, ended)
    assert log.requests("other") == ()


def test_the_oldest_make_room(database: Database) -> None:
    log = ToolLog(database, most=3)
    for number in range(10):
        log.add_call(call(number))
        log.add_request(RequestRecord(NOW, "web", f"{number}.org", "results"))
    assert [record.command[8] for record in log.calls()] == ["9", "8", "7"]
    assert [record.host[0] for record in log.requests()] == ["9", "8", "7"]


def test_long_and_broken_texts(database: Database) -> None:
    log = ToolLog(database)
    log.add_call(CallRecord(NOW, "web", "a\ud800" * 1000))
    [record] = log.calls()
    assert record.command == "a?" * 250


def test_clearing(database: Database) -> None:
    log = ToolLog(database)
    log.add_call(call(1))
    log.add_request(RequestRecord(NOW, "web", "a.org", "results"))
    log.clear()
    assert (log.calls(), log.requests()) == ((), ())


def test_a_reason_of_a_newer_program(database: Database) -> None:
    log = ToolLog(database)
    log.add_call(call(1))
    with database.transaction():
        database.execute("UPDATE tool_calls SET failure = 'boredom'")
    assert log.calls()[0].failure is ToolFailure.INTERNAL


def test_an_older_archive_gets_a_log(tmp_path: Path) -> None:
    path = tmp_path / "chats.sqlite3"
    connection = sqlite3.connect(path)
    for statement in m001_initial.STATEMENTS:
        connection.execute(statement)
    connection.execute("PRAGMA application_id = 0x4D4F5353")
    connection.execute("PRAGMA user_version = 1")
    connection.execute(
        """
        INSERT INTO conversations (id, title, created, updated) VALUES ('a', 'A', 1, 1)
        """
    )
    connection.commit()
    connection.close()
    with Database(path) as database:
        ToolLog(database).add_call(call(1))
        assert database.rows("SELECT title FROM conversations") == [("A",)]
