"""The presets' file: what goes in comes out, and what is strange there stays."""

import json

import pytest

from app.domain.errors import ErrorCode, UserError
from app.domain.generation import Sampling
from app.domain.presets import Preset
from app.store.presets import PresetFile, Presets

PIRATE = Preset("Pirate 海盗", "Talk like one.", Sampling(1.2, top_k=0, seed=7))
SHORT = Preset("Short", "Be short.")
BOTH = Presets((PIRATE, SHORT), "Short")


@pytest.fixture
def path(tmp_path):
    return tmp_path / "new folder" / "presets.json"


def test_without_a_file_there_are_none(path):
    assert PresetFile(path).load() == Presets()
    assert Presets().for_new_chats is None


def test_what_goes_in_comes_out(path):
    PresetFile(path).save(BOTH)
    assert PresetFile(path).load() == BOTH
    assert BOTH.for_new_chats == SHORT
    assert Presets((PIRATE,), "gone").for_new_chats is None
    assert [each.name for each in path.parent.iterdir()] == ["presets.json"]


def test_what_a_newer_program_wrote_is_kept(path):
    PresetFile(path).save(BOTH)
    entries = json.loads(path.read_text("utf-8"))
    entries["colour"] = "red"
    entries["presets"][0]["icon"] = "ship"
    entries["presets"][0]["sampling"]["dry"] = 0.5
    entries["presets"] += [{"name": 7}, "what?", {"instruction": "nameless"}]
    path.write_text(json.dumps(entries), "utf-8")
    assert PresetFile(path).load() == BOTH
    PresetFile(path).save(Presets((PIRATE,)))
    entries = json.loads(path.read_text("utf-8"))
    assert entries["colour"] == "red"
    assert entries["presets"][0]["icon"] == "ship"
    assert entries["presets"][0]["sampling"]["dry"] == 0.5
    assert entries["presets"][1:] == [
        {"name": 7},
        "what?",
        {"instruction": "nameless"},
    ]
    assert PresetFile(path).load() == Presets((PIRATE,))


def test_a_name_that_is_there_twice_counts_once(path):
    path.parent.mkdir()
    twice = [{"name": "a", "instruction": "1"}, {"name": "a", "instruction": "2"}]
    path.write_text(json.dumps({"presets": twice, "new_chats": 1}), "utf-8")
    assert PresetFile(path).load() == Presets((Preset("a", "1"),))


@pytest.mark.parametrize("damage", [b"{", b"\xff\xfe", b"[1]", b'{"presets": 3}'])
def test_a_broken_file_is_kept_beside(path, damage):
    path.parent.mkdir()
    path.write_bytes(damage)
    assert PresetFile(path).load() == Presets()
    PresetFile(path).save(BOTH)
    assert PresetFile(path).load() == BOTH
    broken = path.with_name("presets.json.broken")
    assert not broken.exists() or broken.read_bytes() == damage
    assert broken.exists() is not damage.startswith(b'{"')


def test_a_folder_that_cannot_be_written_is_said(tmp_path):
    blocked = tmp_path / "file"
    blocked.write_bytes(b"")
    with pytest.raises(UserError) as caught:
        PresetFile(blocked / "presets.json").save(BOTH)
    assert caught.value.code is ErrorCode.ARCHIVE_READ_ONLY
