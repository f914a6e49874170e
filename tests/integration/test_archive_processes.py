"""The archive under processes that die, and under several at once."""

import os
import signal
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from app.domain.conversation import MessageState
from app.store.conversations import ConversationStore
from app.store.database import Database

ROOT = Path(__file__).parents[2]
NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)

# Streams replies forever and prints the length of the text after each save.
STREAM = """
import sys
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from app.domain.conversation import Message, MessageState, Role
from app.store.conversations import ConversationStore
from app.store.database import Database

path, chat, rounds = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
store = ConversationStore(Database(path))
store.create(chat, "对话", datetime.now(UTC))
parent = None
for number in range(rounds) if rounds else count():
    text = ""
    for step in range(20):
        text += f"第{step}个字😀 "
        state = MessageState.COMPLETE if step == 19 else MessageState.STREAMING
        identity = f"{chat}-{number:06}"
        message = Message(
            identity, parent, Role.ASSISTANT, text, datetime.now(UTC), state
        )
        store.save_message(chat, message)
        print(number, len(text), flush=True)
    parent = message.id
"""


def start(script: str, *arguments: str | Path) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-c", script, *map(str, arguments)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )


def read_saves(process: "subprocess.Popen[str]", saves: int) -> Iterator[list[int]]:
    assert process.stdout is not None
    for _ in range(saves):
        yield [int(word) for word in process.stdout.readline().split()]


@pytest.mark.skipif(sys.platform == "win32", reason="needs SIGKILL")
@pytest.mark.parametrize("saves", [1, 2, 19, 20, 21, 57, 233])
def test_killed_while_streaming(tmp_path: Path, saves: int) -> None:
    path = tmp_path / "archive.db"
    with start(STREAM, path, "c", 0) as process:
        *_, (number, length) = read_saves(process, saves)
        process.send_signal(signal.SIGKILL)
    with Database(path) as database:
        assert database.rows("PRAGMA integrity_check") == [("ok",)]
        loaded = ConversationStore(database).load("c")
    assert loaded is not None
    assert loaded.unreadable == 0
    messages = list(loaded.conversation.messages.values())
    assert len(loaded.conversation.path()) == len(messages)
    # What was reported as saved is there; the process may have saved more since.
    assert (len(messages) - 1, len(messages[-1].text)) >= (number, length)
    whole = {MessageState.COMPLETE}
    assert {message.state for message in messages[:-1]} <= whole
    assert messages[-1].state in {MessageState.COMPLETE, MessageState.INTERRUPTED}


def test_two_processes_write_to_one_archive(tmp_path: Path) -> None:
    path = tmp_path / "archive.db"
    # The file is new to all of them: one makes it, the others wait.
    processes = [start(STREAM, path, name, 5) for name in "abc"]
    with Database(path) as database:
        for process in processes:
            process.communicate()
        assert [process.returncode for process in processes] == [0, 0, 0]
        store = ConversationStore(database)
        assert sorted(summary.id for summary in store.summaries()) == ["a", "b", "c"]
        for name in "abc":
            loaded = store.load(name)
            assert loaded is not None
            assert len(loaded.conversation.path()) == 5
        assert database.rows("PRAGMA integrity_check") == [("ok",)]


# Says which `ErrorCode` opening the archive or creating a conversation gives.
OPEN = """
import os, sys
from datetime import UTC, datetime
from pathlib import Path
from app.domain.errors import UserError
from app.store.conversations import ConversationStore
from app.store.database import Database

if os.geteuid() == 0:
    os.setgid(65534)
    os.setuid(65534)
try:
    with Database(Path(sys.argv[1])) as database:
        ConversationStore(database).create("new", "", datetime.now(UTC))
except UserError as error:
    print(error.code.value)
else:
    print("no error")
"""


@pytest.fixture
def shared() -> Iterator[Path]:
    """A folder that every user may enter."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        yield Path(name)


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX permissions")
@pytest.mark.parametrize("there", [False, True])
def test_a_folder_that_cannot_be_written(shared: Path, *, there: bool) -> None:
    path = shared / "archive.db"
    if there:
        Database(path).close()
    before = path.read_bytes() if there else None
    shared.chmod(0o555)
    with start(OPEN, path) as process:
        answer, _ = process.communicate()
    shared.chmod(0o755)
    assert answer.strip() == "archive_read_only"
    assert (path.read_bytes() if path.exists() else None) == before


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX permissions")
def test_a_file_that_cannot_be_written(shared: Path) -> None:
    path = shared / "archive.db"
    Database(path).close()
    path.chmod(0o444)
    shared.chmod(0o777)
    with start(OPEN, path) as process:
        answer, _ = process.communicate()
    assert answer.strip() == "archive_read_only"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs Linux")
def test_no_folder_can_be_made() -> None:
    with start(OPEN, "/proc/moss/archive.db") as process:
        answer, _ = process.communicate()
    assert answer.strip() == "archive_read_only"


def test_a_damaged_page_hides_only_its_own_records(tmp_path: Path) -> None:
    path = tmp_path / "archive.db"
    with start(STREAM, path, "c", 60) as process:
        process.communicate()
    with sqlite3.connect(path) as connection:
        (size,) = connection.execute("PRAGMA page_size").fetchone()
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
    connection.close()
    whole = path.read_bytes()
    shown = []
    for page in range(1, pages):
        kind = whole[page * size]
        # Leaves of the messages' own tree: kind 0x0D, with what no other has.
        if kind != 0x0D or b"assistant" not in whole[page * size :][:size]:
            continue
        damaged = bytearray(whole)
        damaged[page * size : page * size + 8] = os.urandom(8)
        damaged[page * size] = 0xFF
        path.write_bytes(damaged)
        with Database(path) as database:
            loaded = ConversationStore(database).load("c")
        assert loaded is not None
        assert loaded.unreadable > 0
        assert len(loaded.conversation.messages) + loaded.unreadable == 60
        shown.append(len(loaded.conversation.messages))
    assert shown
    assert min(shown) > 0
