"""Opening an archive: what the user can mend is told apart from our own bugs."""

import sqlite3
from datetime import UTC, datetime
from pathlib import Path

import pytest

from app.domain.errors import ErrorCode, UserError
from app.store import database as module
from app.store.conversations import ConversationStore
from app.store.database import Database
from app.store.migrations import MIGRATIONS

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)


def refused(path: Path) -> ErrorCode:
    with pytest.raises(UserError) as caught:
        Database(path)
    assert str(path.name) in caught.value.detail
    return caught.value.code


def test_a_new_archive_has_the_present_version(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b" / "archive.db"
    with Database(path) as database:
        assert database.rows("PRAGMA user_version") == [(len(MIGRATIONS),)]
        assert database.rows("PRAGMA journal_mode") == [("wal",)]
        assert database.rows("PRAGMA foreign_keys") == [(1,)]
    Database(path).close()
    assert [file.name for file in path.parent.iterdir()] == ["archive.db"]


@pytest.mark.parametrize(
    "content", [b"not a database, but a text", b"SQLite format 3\0" + b"\xff" * 5000]
)
def test_what_is_no_archive_is_left_as_it_is(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "archive.db"
    path.write_bytes(content)
    assert refused(path) is ErrorCode.ARCHIVE_UNREADABLE
    assert path.read_bytes() == content


def test_a_database_of_another_program_is_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "archive.db"
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE messages (id)")
    connection.close()
    before = path.read_bytes()
    assert refused(path) is ErrorCode.ARCHIVE_UNREADABLE
    assert path.read_bytes() == before


def test_a_newer_archive_is_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "archive.db"
    Database(path).close()
    connection = sqlite3.connect(path)
    connection.execute(f"PRAGMA user_version = {len(MIGRATIONS) + 1}")
    connection.close()
    before = path.read_bytes()
    assert refused(path) is ErrorCode.ARCHIVE_NEWER
    assert path.read_bytes() == before


def test_a_truncated_archive(tmp_path: Path) -> None:
    path = tmp_path / "archive.db"
    Database(path).close()
    path.write_bytes(path.read_bytes()[:3000])
    assert refused(path) is ErrorCode.ARCHIVE_UNREADABLE


def test_a_folder_in_its_place(tmp_path: Path) -> None:
    path = tmp_path / "archive.db"
    path.mkdir()
    assert refused(path) is ErrorCode.ARCHIVE_UNREADABLE


def test_a_file_where_its_folder_should_be(tmp_path: Path) -> None:
    (tmp_path / "folder").write_text("")
    with pytest.raises(UserError) as caught:
        Database(tmp_path / "folder" / "archive.db")
    assert caught.value.code is ErrorCode.ARCHIVE_READ_ONLY


def test_a_migration_that_fails_leaves_the_last_version(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "archive.db"
    Database(path).close()
    broken = (*MIGRATIONS, ("CREATE TABLE extra (id)", "CREATE nonsense"))
    monkeypatch.setattr(module, "MIGRATIONS", broken)
    with pytest.raises(sqlite3.OperationalError, match="nonsense"):
        Database(path)
    monkeypatch.undo()
    with Database(path) as database:
        assert database.rows("PRAGMA user_version") == [(len(MIGRATIONS),)]
        assert database.rows("SELECT * FROM sqlite_schema WHERE name = 'extra'") == []


def test_a_migration_keeps_what_is_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "archive.db"
    with Database(path) as database, database.transaction():
        database.execute("INSERT INTO drafts VALUES ('a', 'text')")
    more = (*MIGRATIONS, ("ALTER TABLE drafts ADD COLUMN extra TEXT",))
    monkeypatch.setattr(module, "MIGRATIONS", more)
    with Database(path) as database:
        assert database.rows("SELECT * FROM drafts") == [("a", "text", None)]
    monkeypatch.undo()
    assert refused(path) is ErrorCode.ARCHIVE_NEWER


def test_a_transaction_is_kept_whole_or_not_at_all(tmp_path: Path) -> None:
    with Database(tmp_path / "archive.db") as database:
        with pytest.raises(sqlite3.IntegrityError):
            _write_twice(database)
        assert database.rows("SELECT * FROM drafts") == []
        with database.transaction(durable=False):
            database.execute("INSERT INTO drafts VALUES ('a', 'text')")
        assert database.rows("SELECT * FROM drafts") == [("a", "text")]


def _write_twice(database: Database) -> None:
    with database.transaction():
        database.execute("INSERT INTO drafts VALUES ('a', 'text')")
        database.execute("INSERT INTO drafts VALUES ('a', 'again')")


def test_damaged_text_is_shown_as_far_as_it_goes(tmp_path: Path) -> None:
    with Database(tmp_path / "archive.db") as database:
        with database.transaction():
            database.execute("INSERT INTO drafts VALUES ('a', 'whole')")
            damaged = "INSERT INTO drafts VALUES ('b', CAST(x'61ff62' AS TEXT))"
            database.execute(damaged)
        everything = "SELECT text FROM drafts ORDER BY conversation"
        for _ in range(2):
            assert database.rows(everything) == [("whole",), ("a\ufffdb",)]
        assert database.rows("SELECT 'x'") == [("x",)]


def test_a_wrong_statement_is_a_bug_of_ours(tmp_path: Path) -> None:
    database = Database(tmp_path / "archive.db")
    with pytest.raises(sqlite3.OperationalError):
        database.rows("SELECT nothing FROM nowhere")
    database.close()
    with pytest.raises(sqlite3.ProgrammingError):
        database.rows("SELECT 1")


def test_another_program_holds_the_archive(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "BUSY_SECONDS", 0.0)
    path = tmp_path / "archive.db"
    with Database(path) as one, Database(path) as two:
        with one.transaction():
            one.execute("INSERT INTO drafts VALUES ('a', 'text')")
            assert two.rows("SELECT * FROM drafts") == []
            with pytest.raises(UserError) as caught, two.transaction():
                pass
        assert caught.value.code is ErrorCode.ARCHIVE_BUSY
        assert two.rows("SELECT * FROM drafts") == [("a", "text")]


def test_a_full_disk(tmp_path: Path) -> None:
    with Database(tmp_path / "archive.db") as database:
        (pages,) = database.rows("PRAGMA page_count")[0]
        database.rows(f"PRAGMA max_page_count = {pages + 2}")
        with pytest.raises(UserError) as caught, database.transaction():
            database.execute("INSERT INTO drafts VALUES ('a', ?)", "x" * 100_000)
        assert caught.value.code is ErrorCode.DISK_FULL
        assert database.rows("SELECT * FROM drafts") == []


def test_the_file_can_be_another_one_afterwards(tmp_path: Path) -> None:
    path, other = tmp_path / "a.db", tmp_path / "b.db"
    with Database(other) as database:
        ConversationStore(database).create("b", "other", NOON)
    with Database(path) as database:
        store = ConversationStore(database)
        store.create("a", "mine", NOON)
        with database.released():
            assert [p.name for p in tmp_path.iterdir() if "wal" in p.name] == []
            other.replace(path)
        assert [chat.title for chat in store.summaries()] == ["other"]


def test_a_file_that_another_connection_has_stays_open(
    tmp_path: Path,
) -> None:
    path = tmp_path / "a.db"
    with Database(path) as database, Database(path) as other:
        with pytest.raises(UserError) as caught, database.released():
            pytest.fail("it was released")
        assert caught.value.code is ErrorCode.ARCHIVE_BUSY
        for connection in (database, other):
            ConversationStore(connection).create(str(id(connection)), "", NOON)
        assert len(ConversationStore(database).summaries()) == 2
