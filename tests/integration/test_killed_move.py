"""A model that is moved to another disk while the mover is killed: SIGKILL, anywhere.

`/dev/shm` is another disk than the folder for temporary files on most systems with
Linux; elsewhere the move is a rename, and is killed all the same.
"""

import hashlib
import os
import random
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

import pytest

from app.catalogue import library_move, library_worker
from tests.conftest import ROOT

KILLS = int(os.environ.get("MOSS_TEST_KILLED_MOVES", "6"))
SHARED = Path("/dev/shm")  # noqa: S108 -- where Linux has a disk in memory
SIZE = 12 << 20


@pytest.fixture
def disk():
    if not SHARED.is_dir():
        pytest.skip("there is no /dev/shm")
    folder = Path(tempfile.mkdtemp(prefix="moss-disk-", dir=SHARED))
    yield folder
    shutil.rmtree(folder)


def digests(folder):
    return {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.glob("*.gguf")
    }


def test_each_file_is_whole_on_one_disk_or_the_other(tmp_path, disk):
    chance = random.Random(20261123)
    parts = {
        f"m-{number:05}-of-00002.gguf": chance.randbytes(SIZE) for number in (1, 2)
    }
    whole = {name: hashlib.sha256(data).hexdigest() for name, data in parts.items()}
    home, ends = tmp_path / "模型 😀", {"old": 0, "new": 0}
    home.mkdir()
    longest = 0.0
    for turn in range(KILLS + 1):
        for name, data in parts.items():
            (home / name).write_bytes(data)
            (disk / name).unlink(missing_ok=True)
        files = [str(home / name) for name in parts]
        command = (*library_worker.command_line(), library_worker.MOVE, str(home))
        with subprocess.Popen(
            (*command, str(disk), *files),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=ROOT,
        ) as process:
            begin = time.monotonic()
            process.stdout.readline()
            if turn:
                end = chance.uniform(0, longest)
                try:
                    process.wait(end)
                except subprocess.TimeoutExpired:
                    process.kill()
            else:
                process.wait()
                longest = time.monotonic() - begin
        # Before anything is settled there is a whole one of each.
        found = [*digests(home).items(), *digests(disk).items()]
        assert set(found) >= set(whole.items())
        library_move.settle(home)
        assert sorted((digests(home), digests(disk)), key=len) == [{}, whole]
        assert not [path for path in disk.iterdir() if path.suffix != ".gguf"]
        ends["new" if digests(disk) else "old"] += 1
    assert ends["new"] >= 1
    assert sum(ends.values()) == KILLS + 1
