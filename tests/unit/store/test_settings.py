"""The settings file: what it holds, and what it survives."""

import json
from dataclasses import fields, replace
from pathlib import Path

import pytest

from app.domain.errors import ErrorCode, UserError
from app.domain.generation import Sampling
from app.domain.hardware import KvType
from app.domain.permissions import Permission
from app.domain.tools import Tool
from app.store.settings import Language, Mirror, Settings, Theme
from app.store.settings_file import SettingsFile

CHOSEN = Settings(
    load_at_start=False,
    zoom=150,
    compact=True,
    reduced_motion=True,
    gpu_layers=0,
    card_parts=(3.0, 1.0),
    threads=4,
    context=4096,
    kv_type=KvType.Q8_0,
    network=False,
    mirror=Mirror.MODELSCOPE,
    hub_address="http://127.0.0.1:8000/hub",
    download_rate=1024,
    models_folder="/模型 😀",
    state_gigabytes=0,
    trash_days=1,
    backups_kept=30,
    batch=64,
    mapped=False,
    speculation=True,
    language=Language.CHINESE,
    theme=Theme.DARK,
    tools=frozenset({Tool.SEARCH, Tool.TEXT_TO_IMAGE}),
    sampling=Sampling(0.0, 0.5, 0, 1.1, 42, 100),
    model_path="/模型/moss.gguf",
    permissions={"web": Permission.ASK, "solve": Permission.NEVER},
    tool_values={"documents": {"folders": ["/家"], "hidden": False}},
    closed_folders=frozenset({"工作 & more"}),
    window_geometry="AdnQywADAAA=",
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "配置" / "settings.json"


def written(path: Path, text: str) -> SettingsFile:
    path.parent.mkdir()
    path.write_text(text, encoding="utf-8")
    return SettingsFile(path)


def test_without_a_file_there_are_defaults(path: Path) -> None:
    assert SettingsFile(path).load() == Settings()
    assert not path.exists()


def test_every_setting_is_kept(path: Path) -> None:
    default = Settings()
    for field in fields(Settings):
        assert getattr(CHOSEN, field.name) != getattr(default, field.name)
    SettingsFile(path).save(CHOSEN)
    assert SettingsFile(path).load() == CHOSEN
    assert [file.name for file in path.parent.iterdir()] == [path.name]


def test_saving_again_replaces(path: Path) -> None:
    file = SettingsFile(path)
    file.save(CHOSEN)
    file.save(replace(CHOSEN, theme=Theme.LIGHT))
    assert file.load().theme is Theme.LIGHT


@pytest.mark.parametrize(
    ("entry", "value"),
    [
        ("language", "klingon"),
        ("theme", 1),
        ("permissions", {"web": "perhaps"}),
        ("tool_values", ["documents"]),
        ("theme", None),
        ("tools", ["Fly"]),
        ("tools", "Search"),
        ("model_path", ["a"]),
        ("sampling", "hot"),
        ("sampling", [1]),
    ],
)
def test_an_entry_that_does_not_fit_costs_one_setting(
    path: Path, entry: str, value: object
) -> None:
    SettingsFile(path).save(CHOSEN)
    entries = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps({**entries, entry: value}), encoding="utf-8")
    default = getattr(Settings(), entry)
    assert SettingsFile(path).load() == replace(CHOSEN, **{entry: default})


def test_a_setting_within_a_setting(path: Path) -> None:
    file = written(path, '{"sampling": {"top_k": 7, "temperature": "hot"}}')
    assert file.load().sampling == Sampling(top_k=7)


def test_what_a_newer_program_wrote_is_kept(path: Path) -> None:
    file = written(path, '{"later": [1], "sampling": {"dry": 0.1, "top_k": 7}}')
    file.save(replace(file.load(), theme=Theme.DARK))
    entries = json.loads(path.read_text(encoding="utf-8"))
    assert entries["later"] == [1]
    assert entries["sampling"]["dry"] == 0.1
    assert entries["sampling"]["top_k"] == 7
    assert entries["theme"] == "dark"


@pytest.mark.parametrize("text", ["", "{", "[]", "null", "\0", "[" * 100_000])
def test_a_broken_file_is_kept_aside(path: Path, text: str) -> None:
    file = written(path, text)
    assert file.load() == Settings()
    file.save(CHOSEN)
    assert file.load() == CHOSEN
    aside = path.with_name("settings.json.broken")
    assert aside.read_text(encoding="utf-8") == text


def test_it_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError) as caught:
        SettingsFile(tmp_path / "file" / "settings.json").save(Settings())
    assert caught.value.code is ErrorCode.ARCHIVE_READ_ONLY


def test_a_write_that_fails_leaves_the_old_file(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = SettingsFile(path)
    file.save(CHOSEN)

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(UserError) as caught:
        file.save(Settings())
    assert caught.value.code is ErrorCode.DISK_FULL
    assert file.load() == CHOSEN
    assert [file.name for file in path.parent.iterdir()] == [path.name]
