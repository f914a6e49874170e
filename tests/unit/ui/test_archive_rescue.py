"""What the user is offered when the archive cannot be read at the start."""

import re
from datetime import UTC, date, datetime

import pytest

from app.domain.conversation import Message, Role
from app.store.backups import Backups
from app.store.conversations import ConversationStore
from app.store.database import Database
from app.ui.archive_rescue import ArchiveRescue
from app.ui.backups_dialog import BackupsDialog

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)


@pytest.fixture
def archive(tmp_path):
    path = tmp_path / "聊天 chats.sqlite3"
    with Database(path) as database:
        store = ConversationStore(database)
        for chat in "ab":
            store.create(chat, f"chat {chat}", NOON)
            for number in range(40):
                text = f"{number} 你好 " * 60
                message = Message(f"{chat}{number}", None, Role.USER, text, NOON)
                store.save_message(chat, message)
    return path


@pytest.fixture
def backups(archive, tmp_path):
    return Backups(archive, tmp_path / "backups")


@pytest.fixture
def ask(archive, backups, qtbot):
    def make():
        rescue = ArchiveRescue(archive, backups)
        qtbot.addWidget(rescue)
        rescue.show()
        return rescue

    return make


def damage(path):
    """Three fifths of the file, as a disk may leave it."""
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) * 3 // 5])
    return path.read_bytes()


def titles(path):
    with Database(path) as database:
        return {chat.title for chat in ConversationStore(database).summaries()}


def asides(archive):
    return list(archive.parent.glob("*-damaged-*.sqlite3"))


def test_what_can_be_read_is_saved_and_counted(archive, ask, qtbot):
    before = damage(archive)
    rescue = ask()
    assert str(archive) in rescue.text.text()
    assert not rescue.restore.isVisible()
    rescue.save.click()
    assert not rescue.save.isEnabled()
    rescue.reject()
    assert rescue.isVisible()
    qtbot.waitUntil(rescue.go_on.isVisible)
    [aside] = asides(archive)
    assert aside.read_bytes() == before
    assert str(aside) in rescue.text.text()
    assert "Saved: 2 chats with " in rescue.text.text()
    numbers = re.search(r"with (\d+) .* read: (\d+)", rescue.text.text())
    saved, lost = map(int, numbers.groups())
    assert saved + lost == 80
    with qtbot.waitSignal(rescue.accepted):
        rescue.go_on.click()
    assert titles(archive) == {"chat a", "chat b"}


def test_a_backup_takes_its_place(archive, backups, ask, qtbot):
    backups.make(date(2026, 5, 1))
    before = damage(archive)
    rescue = ask()
    assert rescue.restore.isVisible()
    with qtbot.waitSignal(rescue.accepted):
        rescue.restore.click()
    assert titles(archive) == {"chat a", "chat b"}
    [aside] = backups.put_aside()
    assert aside.read_bytes() == before


def test_where_nothing_can_be_read_one_can_begin_anew(archive, ask, qtbot):
    archive.write_bytes(b"not a database" * 1000)
    rescue = ask()
    assert not rescue.anew.isVisible()
    rescue.save.click()
    qtbot.waitUntil(rescue.anew.isVisible)
    assert archive.read_bytes() == b"not a database" * 1000
    with qtbot.waitSignal(rescue.accepted):
        rescue.anew.click()
    assert not archive.exists()
    [aside] = asides(archive)
    assert aside.read_bytes() == b"not a database" * 1000


def test_a_damaged_backup_is_said_and_nothing_changes(archive, backups, ask, qtbot):
    made = backups.make(date(2026, 5, 1))
    made.path.write_bytes(made.path.read_bytes()[:9000])
    before = damage(archive)
    rescue = ask()
    rescue.restore.click()
    qtbot.waitUntil(rescue.restore.isEnabled)
    assert archive.read_bytes() == before
    assert rescue.isVisible()


def test_the_dialog_lists_copies_by_day_and_size(archive, backups, qtbot):
    for day in (1, 2):
        backups.make(date(2026, 5, day))
    dialog = BackupsDialog(backups.all())
    qtbot.addWidget(dialog)
    first = dialog.backups.item(0).text()
    assert first.startswith("2026-05-02  ·  ")
    assert first.endswith("B")
    dialog.backups.setCurrentRow(1)
    assert dialog.backups.chosen == backups.all()[1].path


def test_without_copies_there_is_nothing_to_choose(qtbot):
    dialog = BackupsDialog(())
    qtbot.addWidget(dialog)
    assert dialog.backups.chosen is None
