"""An archive that cannot be written, but can be read."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

import pytest

from app.domain.conversation import Message, Role
from app.store.conversations import ConversationStore
from app.store.database import Database
from tests.hostile import disks

ROOT = Path(__file__).parents[2]
NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)

# Reads what there is as somebody who may not write, then tries to.
READ = """
import json, os, sys
from datetime import UTC, datetime
from pathlib import Path
from app.domain.errors import UserError
from app.store.conversations import ConversationStore
from app.store.opening import open_archive

if sys.argv[2] == "nobody":
    os.setgid(65534)
    os.setuid(65534)
database = open_archive(Path(sys.argv[1]))
store = ConversationStore(database)
[chat] = store.summaries()
texts = [m.text for m in store.load(chat.id).conversation.path()]
hits = [hit.message for hit in store.find("鲸")]
refused = ""
try:
    store.rename(chat.id, "other")
except UserError as error:
    refused = error.code
locked = database.locked and database.locked.code
database.close()
print(json.dumps([locked, refused, chat.title, texts, hits]))
"""


EXPORT = """
import os, sys
from app import __main__ as moss
from app.cli import exchange
# Who exports may not be able to read Python's own modules, which are imported late.
from app.interchange import html, markdown, moss_json, plain_text, preferences, training

os.setgid(65534)
os.setuid(65534)
sys.exit(moss.main())
"""


def read(path: Path, user: str = "nobody", prefix: tuple[str, ...] = ()) -> list:
    done = subprocess.run(
        [*prefix, sys.executable, "-c", READ, str(path), user],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        check=True,
    )
    return json.loads(done.stdout)


LOCKED = ["archive_read_only", "archive_read_only", "kept", ["Hello", "蓝鲸"], ["b"]]


def write(path: Path) -> None:
    with Database(path) as database:
        fill(database)


def fill(database: Database) -> None:
    store = ConversationStore(database)
    store.create("c", "kept", NOON)
    store.save_message("c", Message("a", None, Role.USER, "Hello", NOON))
    store.save_message("c", Message("b", "a", Role.ASSISTANT, "蓝鲸", NOON))


@pytest.fixture
def shared():
    """A folder that every user may enter."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        yield Path(name)


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


not_root = pytest.mark.skipif(
    sys.platform == "win32" or os.geteuid() != 0, reason="has to become another user"
)


@not_root
@pytest.mark.parametrize("mode", [0o555, 0o755])
def test_a_closed_archive_in_a_folder_of_another_user(shared, mode):
    write(shared / "chats.sqlite3")
    (shared / "chats.sqlite3").chmod(0o444)
    shared.chmod(mode)
    before = contents(shared)
    assert read(shared / "chats.sqlite3") == LOCKED
    assert contents(shared) == before


@not_root
def test_a_file_that_may_not_be_written_in_a_folder_that_may(shared):
    write(shared / "chats.sqlite3")
    (shared / "chats.sqlite3").chmod(0o444)
    shared.chmod(0o777)
    before = (shared / "chats.sqlite3").read_bytes()
    assert read(shared / "chats.sqlite3") == LOCKED
    assert (shared / "chats.sqlite3").read_bytes() == before


@not_root
def test_what_was_not_closed_is_read_from_a_copy(shared, tmp_path):
    with Database(tmp_path / "open.sqlite3") as database:
        fill(database)
        # As after a crash, copied to another place without the shared memory.
        for ending in ("", "-wal"):
            name = shared / f"chats.sqlite3{ending}"
            shutil.copyfile(tmp_path / f"open.sqlite3{ending}", name)
    assert (shared / "chats.sqlite3-wal").stat().st_size > 0
    before = contents(shared)
    assert read(shared / "chats.sqlite3") == LOCKED
    assert contents(shared) == before


@not_root
def test_an_archive_of_an_older_version_is_read_from_a_copy(shared):
    path = shared / "chats.sqlite3"
    with Database(path) as database:
        fill(database)
        with database.transaction():
            # The last version added it.
            database.execute("DROP TRIGGER no_draft_files_without_chat")
            database.execute("DROP TABLE draft_files")
            database.execute("ALTER TABLE conversations DROP COLUMN preset")
            database.execute("ALTER TABLE messages DROP COLUMN attachments")
            database.execute("PRAGMA user_version = 3")
    before = contents(shared)
    assert read(path) == LOCKED
    assert contents(shared) == before


@pytest.mark.skipif(disks.prefix() is None, reason="may not mount")
def test_a_file_system_that_is_read_only(shared):
    write(shared / "chats.sqlite3")
    mount = f'mount --bind "{shared}" "{shared}" && mount -o remount,ro,bind "{shared}"'
    prefix = (*disks.prefix(), "sh", "-c", f'{mount} && exec "$@"', "sh")
    assert read(shared / "chats.sqlite3", "root", prefix) == LOCKED


@not_root
def test_the_terminal_exports_what_it_cannot_write(shared):
    write(shared / "chats.sqlite3")
    (shared / "chats.sqlite3").chmod(0o444)
    shared.chmod(0o555)
    target = Path(tempfile.mkdtemp())
    target.chmod(0o777)
    done = subprocess.run(
        [sys.executable, "-c", EXPORT, "export", str(target / "chats.md")],
        cwd=ROOT,
        env={**os.environ, "MOSS_HOME": str(shared)},
        check=False,
    )
    assert done.returncode == 0
    assert "蓝鲸" in (target / "chats.md").read_text()
    shutil.rmtree(target)


@pytest.mark.skipif(disks.prefix() is None, reason="may not mount")
def test_a_disk_without_any_room(shared):
    write(shared / "chats.sqlite3")
    size = (shared / "chats.sqlite3").stat().st_size
    disk = shared / "disk"
    disk.mkdir()
    fill_up = (
        f'mount -t tmpfs -o size={size + 4096} none "{disk}" && '
        f'cp "{shared}/chats.sqlite3" "{disk}" && '
        f'(cat /dev/zero > "{disk}/other" 2>/dev/null; exec "$@")'
    )
    prefix = (*disks.prefix(), "sh", "-c", fill_up, "sh")
    answer = read(disk / "chats.sqlite3", "root", prefix)
    assert answer == ["disk_full", "disk_full", *LOCKED[2:]]


def test_it_can_be_written_again(tmp_path, monkeypatch):
    path = tmp_path / "chats.sqlite3"
    write(path)
    may = os.access
    monkeypatch.setattr(os, "access", lambda *_: False)
    database = Database(path, or_read=True)
    store = ConversationStore(database)
    assert database.locked is not None
    assert [m.text for m in store.load("c").conversation.path()] == ["Hello", "蓝鲸"]
    monkeypatch.setattr(os, "access", may)
    database.unlock()
    assert database.locked is None
    store.rename("c", "other")
    assert [chat.title for chat in store.summaries()] == ["other"]
    database.close()
