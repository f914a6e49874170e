"""Models are moved and deleted: nothing is lost, wherever it breaks off."""

import errno
import shutil
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest

from app.catalogue import library_hash, library_move, library_trash
from app.catalogue.library_hash import StoppedError
from app.catalogue.library_lock import locked
from app.catalogue.library_trash import Trash
from app.domain.errors import ErrorCode, UserError

NOW = datetime(2026, 11, 23, tzinfo=UTC)
PARTS = {
    "模型 😀-00001-of-00002.gguf": b"one" * 999,
    "模型 😀-00002-of-00002.gguf": b"two",
}


class Work:
    """Counts, and stops where it is told to."""

    def __init__(self, most=1 << 60):
        self.size = 0
        self.most = most

    def done(self, size):
        self.size += size
        if self.size > self.most:
            raise StoppedError


@pytest.fixture
def home(tmp_path):
    folder = tmp_path / "models"
    folder.mkdir()
    for name, data in PARTS.items():
        (folder / name).write_bytes(data)
    return folder


@pytest.fixture
def files(home):
    return [home / name for name in PARTS]


@pytest.fixture(params=["same disk", "another disk"])
def disk(request, tmp_path, monkeypatch):
    """A folder on the same disk or, as the program sees it, on another one."""
    same = request.param == "same disk"
    monkeypatch.setattr(library_move, "_same_disk", lambda *_: same)
    return tmp_path / "disk" / "大", same


def contents(folder):
    return {
        path.name: path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and path.name.startswith("模型")
    }


def nothing_is_left(*folders):
    for folder in folders:
        for path in folder.rglob("*"):
            left = path.name.endswith((".moving", ".json", ".new"))
            assert path.is_dir() or not left, path


def test_a_model_is_moved(home, files, disk):
    before = files[0].stat().st_mtime_ns
    work = Work()
    disk, same = disk
    moved = library_move.move(files, disk, home=home, work=work)
    assert moved == tuple(disk / name for name in PARTS)
    assert contents(disk) == PARTS
    assert contents(home) == {}
    assert moved[0].stat().st_mtime_ns == before
    assert work.size == (0 if same else 2 * sum(map(len, PARTS.values())))
    nothing_is_left(home, disk)


def test_a_stopped_move_leaves_everything_as_it_was(home, files, tmp_path, monkeypatch):
    disk = tmp_path / "disk"
    monkeypatch.setattr(library_move, "_same_disk", lambda *_: False, raising=True)
    for most in range(0, 6000, 500):
        with pytest.raises(StoppedError):
            library_move.move(files, disk, home=home, work=Work(most))
        assert contents(home) == PARTS
        assert contents(disk) == {}
        nothing_is_left(home, disk)


def test_a_copy_that_differs_is_not_believed(home, files, tmp_path, monkeypatch):
    monkeypatch.setattr(library_move, "_same_disk", lambda *_: False)
    real = library_hash.copy

    def copy(source, target, work):
        digest = real(source, target, work)
        target.write_bytes(target.read_bytes()[:-1] + b"!")
        return digest

    monkeypatch.setattr(library_move, "copy", copy)
    with pytest.raises(UserError) as caught:
        library_move.move(files, tmp_path / "disk", home=home, work=Work())
    assert caught.value.code is ErrorCode.LIBRARY_COPY_DIFFERS
    assert contents(home) == PARTS
    assert contents(tmp_path / "disk") == {}
    nothing_is_left(home, tmp_path / "disk")


def test_a_name_that_is_taken_is_left_alone(home, files, disk):
    disk, _ = disk
    disk.mkdir(parents=True)
    (disk / files[1].name).write_bytes(b"another")
    with pytest.raises(UserError) as caught:
        library_move.move(files, disk, home=home, work=Work())
    assert caught.value.code is ErrorCode.LIBRARY_TAKEN
    assert contents(disk) == {files[1].name: b"another"}
    assert contents(home) == PARTS


def test_room_is_looked_for_first(home, files, tmp_path, monkeypatch):
    monkeypatch.setattr(library_move, "_same_disk", lambda *_: False)
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=1000))
    with pytest.raises(UserError) as caught:
        library_move.move(files, tmp_path / "disk", home=home, work=Work())
    assert caught.value.code is ErrorCode.LIBRARY_DISK_FULL
    assert contents(home) == PARTS


def test_a_disk_that_fills_up_meanwhile_is_said(home, files, tmp_path, monkeypatch):
    monkeypatch.setattr(library_move, "_same_disk", lambda *_: False)

    def copy(source, target, work):
        target.write_bytes(b"half")
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(library_move, "copy", copy)
    with pytest.raises(UserError) as caught:
        library_move.move(files, tmp_path / "disk", home=home, work=Work())
    assert caught.value.code is ErrorCode.LIBRARY_DISK_FULL
    assert contents(home) == PARTS
    nothing_is_left(home, tmp_path / "disk")


def test_one_at_a_time(home, files, tmp_path):
    disk = tmp_path / "disk"
    with (
        locked(home / library_move.FOLDER / "lock"),
        pytest.raises(UserError) as caught,
    ):
        library_move.move(files, disk, home=home, work=Work())
    assert caught.value.code is ErrorCode.LIBRARY_BUSY
    assert contents(home) == PARTS


class KilledError(BaseException):
    """Stands for the end of the process: nothing of ours runs after it."""


CALLS = ("rename", "unlink", "rmdir", "mkdir", "replace")


def killed_at(number, monkeypatch, work):
    """Runs until the call of the system with this number; False when it ran through."""
    calls = Counter()
    dead = False

    def guarded(real):
        def call(self, *args, **kwargs):
            nonlocal dead
            calls["all"] += 1
            if dead or calls["all"] == number:
                dead = True
                raise KilledError
            return real(self, *args, **kwargs)

        return call

    with monkeypatch.context() as patch:
        for name in CALLS:
            patch.setattr(Path, name, guarded(getattr(Path, name)))
        try:
            work()
        except KilledError:
            return True
    return False


@pytest.mark.parametrize("same", [True, False])
def test_a_move_that_is_killed_anywhere_is_settled(tmp_path, monkeypatch, same):
    monkeypatch.setattr(library_move, "_same_disk", lambda *_: same)
    ends = Counter()
    for number in range(1, 100):
        home, disk = tmp_path / f"{number} home", tmp_path / f"{number} disk"
        home.mkdir()
        for name, data in PARTS.items():
            (home / name).write_bytes(data)
        files = [home / name for name in PARTS]

        def move(files=files, home=home, disk=disk):
            library_move.move(files, disk, home=home, work=Work())

        killed = killed_at(number, monkeypatch, move)
        # At each moment there is a whole one of each file.
        assert {**contents(home), **contents(disk)} == PARTS
        if killed_at(number % 5 + 1, monkeypatch, lambda home=home: settled(home)):
            assert {**contents(home), **contents(disk)} == PARTS
        library_move.settle(home)
        assert sorted((contents(home), contents(disk)), key=len) == [{}, PARTS]
        nothing_is_left(home, *[disk] * disk.exists())
        ends["new" if contents(disk) else "old"] += 1
        if not killed:
            break
    else:
        pytest.fail("it never ran through")
    assert ends["new"] > 1
    assert ends["old"] > 1


def settled(home):
    library_move.settle(home)


def test_a_journal_that_was_not_written_whole_is_nothing(home):
    place = home / library_move.FOLDER
    place.mkdir()
    (place / "journal.json").write_bytes(b'{"sources": ["/a')
    library_move.settle(home)
    assert not (place / "journal.json").exists()
    assert contents(home) == PARTS


def test_a_deleted_model_comes_back(home, files):
    trash = Trash(home)
    assert trash.items() == ()
    deleted = trash.put("MOSS", files, NOW)
    assert [path.name for path in home.iterdir()] == [library_trash.FOLDER]
    assert trash.items() == (deleted,)
    assert (deleted.name, deleted.files, deleted.deleted) == ("MOSS", tuple(files), NOW)
    assert deleted.size == sum(map(len, PARTS.values()))
    trash.restore(deleted)
    assert {path.name for path in home.iterdir()} == {*PARTS, library_trash.FOLDER}
    assert contents(home) == PARTS
    assert trash.items() == ()
    with pytest.raises(UserError) as caught:
        trash.restore(deleted)
    assert caught.value.code is ErrorCode.MODEL_NOT_FOUND


def test_what_is_there_meanwhile_is_not_overwritten(home, files):
    trash = Trash(home)
    deleted = trash.put("MOSS", files, NOW)
    files[1].write_bytes(b"newer")
    with pytest.raises(UserError) as caught:
        trash.restore(deleted)
    assert caught.value.code is ErrorCode.LIBRARY_TAKEN
    assert files[1].read_bytes() == b"newer"
    assert trash.items() == (deleted,)


def test_an_emptied_trash_gives_the_disk_back(home, files):
    trash = Trash(home)
    trash.empty()
    trash.put("one", files[:1], NOW)
    trash.put("two", files[1:], NOW)
    trash.empty()
    assert trash.items() == ()
    assert contents(home) == {}


def test_a_file_that_cannot_be_deleted_stays(home, files, monkeypatch):
    real = Path.rename

    def rename(path, target):
        if path == files[1]:
            raise PermissionError(errno.EACCES, "in use")
        return real(path, target)

    monkeypatch.setattr(Path, "rename", rename)
    with pytest.raises(UserError) as caught:
        Trash(home).put("MOSS", files, NOW)
    assert caught.value.code is ErrorCode.FILE_NOT_WRITTEN
    assert all(file.exists() for file in files)
    assert Trash(home).items() == ()


@pytest.mark.parametrize("what", ["put", "restore", "empty"])
def test_trash_that_is_killed_anywhere_is_settled(tmp_path, monkeypatch, what):
    for number in range(1, 60):
        home = tmp_path / str(number)
        home.mkdir()
        for name, data in PARTS.items():
            (home / name).write_bytes(data)
        files = [home / name for name in PARTS]
        trash = Trash(home)
        if what == "put":
            work = lambda trash=trash, files=files: trash.put("MOSS", files, NOW)  # noqa: E731
        else:
            deleted = trash.put("MOSS", files, NOW)
            work = (
                trash.empty
                if what == "empty"
                else lambda trash=trash, deleted=deleted: trash.restore(deleted)
            )
        killed = killed_at(number, monkeypatch, work)
        if what != "empty":
            assert contents(home) == PARTS
        trash.settle()
        outside = {name for name in PARTS if (home / name).exists()}
        in_trash = trash.items()
        assert len(in_trash) <= 1
        if in_trash:
            assert not outside
            assert in_trash[0].size == sum(map(len, PARTS.values()))
        elif what != "empty":
            assert outside == set(PARTS)
        if not killed:
            return
    pytest.fail("it never ran through")
