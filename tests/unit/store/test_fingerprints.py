"""Hashes of model files."""

import hashlib
import os

from app.store.fingerprints import Fingerprints


def go_on():
    return False


def test_a_file_is_read_once_and_remembered(tmp_path):
    file = tmp_path / "模型.gguf"
    file.write_bytes(b"weights" * 400_000)
    known = Fingerprints(tmp_path / "cache" / "fingerprints.json")
    assert known.known(file) == ""
    expected = hashlib.sha256(file.read_bytes()).hexdigest()
    assert known.compute(file, go_on) == expected
    again = Fingerprints(tmp_path / "cache" / "fingerprints.json")
    assert again.known(file) == expected
    assert [p.name for p in (tmp_path / "cache").iterdir()] == ["fingerprints.json"]


def test_another_size_or_time_is_another_file(tmp_path):
    file = tmp_path / "m.gguf"
    file.write_bytes(b"one")
    known = Fingerprints(tmp_path / "f.json")
    known.compute(file, go_on)
    os.utime(file, ns=(1, 1))
    assert known.known(file) == ""
    known.compute(file, go_on)
    file.write_bytes(b"two and more")
    os.utime(file, ns=(1, 1))
    assert known.known(file) == ""


def test_what_changes_while_it_is_read_has_no_hash(tmp_path):
    file = tmp_path / "m.gguf"
    file.write_bytes(b"one")

    def change():
        file.write_bytes(b"other")
        return False

    known = Fingerprints(tmp_path / "f.json")
    assert known.compute(file, change) == ""
    assert known.known(file) == ""


def test_who_gives_up_knows_nothing(tmp_path):
    file = tmp_path / "m.gguf"
    file.write_bytes(b"one")
    known = Fingerprints(tmp_path / "f.json")
    assert known.compute(file, lambda: True) == ""
    assert known.compute(tmp_path / "missing", go_on) == ""
    assert known.known(tmp_path / "missing") == ""


def test_a_damaged_cache_is_ignored_and_one_that_cannot_be_written_too(tmp_path):
    for content in (b"\xff", b"[1]", b'{"a": 1}', b"[" * 100_000):
        (tmp_path / "f.json").write_bytes(content)
        assert Fingerprints(tmp_path / "f.json").known(tmp_path) == ""
    file = tmp_path / "m.gguf"
    file.write_bytes(b"one")
    nowhere = Fingerprints(file / "f.json")
    assert nowhere.compute(file, go_on) == nowhere.known(file) != ""


def test_the_oldest_are_forgotten(tmp_path):
    known = Fingerprints(tmp_path / "f.json")
    for number in range(70):
        (tmp_path / str(number)).touch()
        known.compute(tmp_path / str(number), go_on)
    assert known.known(tmp_path / "5") == ""
    assert known.known(tmp_path / "6") != ""
