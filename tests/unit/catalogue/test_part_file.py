"""A file that grows, is hashed meanwhile, and gets its name when it is right."""

import errno
import hashlib
import random

import pytest

from app.catalogue.downloads import journal, manifest
from app.catalogue.downloads.part_file import PartFile, WrongContentsError
from app.catalogue.downloads.values import Digest, RemoteFile

DATA = random.Random(0).randbytes(3_000_000)
GIT = hashlib.sha1(b"blob %d\0" % len(DATA) + DATA, usedforsecurity=False).hexdigest()
KINDS = [
    (Digest.SHA256, hashlib.sha256(DATA).hexdigest()),
    (Digest.GIT, GIT),
    (Digest.NONE, ""),
]
FILE = RemoteFile("sub/w.gguf", len(DATA), *KINDS[0])


@pytest.mark.parametrize(("digest", "known"), KINDS)
def test_it_gets_its_name_when_it_is_right(tmp_path, digest, known):
    file = RemoteFile("w.gguf", len(DATA), digest, known)
    with PartFile(tmp_path, file) as part:
        for at in range(0, len(DATA), 70_000):
            part.write(DATA[at : at + 70_000])
        assert not (tmp_path / "w.gguf").exists()
        part.finish()
    assert [path.name for path in tmp_path.iterdir()] == ["w.gguf"]
    assert (tmp_path / "w.gguf").read_bytes() == DATA


@pytest.mark.parametrize(
    "data", [DATA[:-1], DATA + b"x", DATA[:-1] + b"\0", b"", DATA[1:] + DATA[:1]]
)
def test_it_gets_none_when_it_is_wrong(tmp_path, data):
    with PartFile(tmp_path, FILE) as part:
        part.write(data)
        with pytest.raises(WrongContentsError):
            part.finish()
    assert not (tmp_path / FILE.path).exists()


def test_what_is_there_is_hashed_again_when_it_goes_on(tmp_path):
    with PartFile(tmp_path, FILE) as part:
        part.comes_from("https://x/y", '"one"')
        part.write(DATA[:1_234_567])
    with PartFile(tmp_path, FILE) as part:
        assert (part.length, part.etag) == (1_234_567, '"one"')
        part.write(DATA[1_234_567:])
        part.finish()
    assert (tmp_path / FILE.path).read_bytes() == DATA


def test_bytes_that_the_disk_has_not_confirmed_do_not_count(tmp_path):
    with PartFile(tmp_path, FILE) as part:
        part.write(DATA[:1000])
    path = manifest.part_of(tmp_path, FILE.path)
    with path.open("ab") as file:
        file.write(b"\0" * 5000)
    with PartFile(tmp_path, FILE) as part:
        assert part.length == 1000
        assert path.stat().st_size == 1000


def test_bytes_that_have_gone_do_not_count_either(tmp_path):
    with PartFile(tmp_path, FILE) as part:
        part.write(DATA[:1000])
    manifest.part_of(tmp_path, FILE.path).write_bytes(DATA[:300])
    with PartFile(tmp_path, FILE) as part:
        assert part.length == 300


def test_bytes_of_another_version_do_not_count(tmp_path):
    with PartFile(tmp_path, FILE) as part:
        part.write(DATA[:1000])
    with PartFile(tmp_path, RemoteFile(FILE.path, 999, Digest.SHA256, "0")) as part:
        assert part.length == 0


def test_it_can_begin_anew(tmp_path):
    with PartFile(tmp_path, FILE) as part:
        part.comes_from("https://x/y", '"one"')
        part.write(b"wrong" * 300_000)
        part.restart()
        assert (part.length, part.etag) == (0, "")
        assert not manifest.journal_of(tmp_path, FILE.path).exists()
        part.write(DATA)
        part.finish()
    assert (tmp_path / FILE.path).read_bytes() == DATA


def test_a_full_disk_gives_up_some_bytes_for_the_journal(tmp_path, monkeypatch):
    saved = journal.save

    def full(path, found):
        if found.kept > 900_000:
            raise OSError(errno.ENOSPC, "No space left on device")
        saved(path, found)

    monkeypatch.setattr(journal, "save", full)
    with PartFile(tmp_path, FILE) as part:
        part.write(DATA[:1_000_000])
    with PartFile(tmp_path, FILE) as part:
        assert part.length == 1_000_000 - 128 * 1024
        part.write(DATA[part.length :])
        monkeypatch.setattr(journal, "save", saved)
        part.finish()
    assert (tmp_path / FILE.path).read_bytes() == DATA


@pytest.mark.parametrize(
    "text", ["", "{}", "[", '{"size": 3, "hash": "", "kept": 7}', '{"size": "x"}']
)
def test_a_journal_that_makes_no_sense_is_none(tmp_path, text):
    (tmp_path / "j").write_text(text)
    assert journal.load(tmp_path / "j") is None
