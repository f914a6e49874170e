"""The settings file: any settings come back, and damage costs no more than it must."""

import json
from dataclasses import fields, replace
from pathlib import Path
from random import Random

import pytest
from hypothesis import (
    HealthCheck,
    given,
    settings as hypothesis_settings,
    strategies as st,
)

from app.domain.generation import Sampling
from app.domain.permissions import Permission
from app.domain.tools import Tool
from app.store.declaring import Declaration, Form
from app.store.settings import DECLARATIONS, Settings
from app.store.settings_file import SettingsFile
from tests.hostile.damage import TEXTS

LINES = st.text(st.characters(exclude_categories=("C", "Z")), min_size=1, max_size=40)
FINITE = st.floats(allow_nan=False, allow_infinity=False)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | FINITE | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner),
    max_leaves=5,
)
"""What JSON can hold."""


def values(declaration: Declaration) -> st.SearchStrategy:
    """Every value that a setting accepts."""
    low, high = declaration.bounds.low, declaration.bounds.high
    match declaration.form:
        case Form.SWITCH:
            found = st.booleans()
        case Form.CHOICE:
            found = st.sampled_from(declaration.choices)
        case Form.NUMBER | Form.LAYERS:
            found = st.integers(low, high)
        case Form.PARTS:
            part = st.floats(low, high)
            found = st.lists(part, min_size=1).filter(lambda parts: sum(parts) > 0)
            found = found.map(tuple) | st.just(())
        case Form.ADDRESS:
            host = LINES.filter(lambda text: not set("@/") & set(text))
            found = host.map(lambda text: f"https://{text}/v1") | st.just("")
        case Form.FOLDER:
            found = LINES | st.just("")
    return found | st.none() if declaration.optional else found


SETTINGS = st.builds(
    Settings,
    **{key: values(declaration) for key, declaration in DECLARATIONS.items()},
    tools=st.frozensets(st.sampled_from(Tool)),
    permissions=st.dictionaries(st.text(), st.sampled_from(Permission)),
    tool_values=st.dictionaries(st.text(), st.dictionaries(st.text(), JSON)),
    sampling=st.builds(
        Sampling,
        temperature=FINITE,
        top_p=FINITE,
        top_k=st.integers(0, 2**31),
        repetition_penalty=FINITE,
        seed=st.none() | st.integers(0, 2**63),
        max_tokens=st.integers(1, 2**31),
    ),
    model_path=st.text(),
    closed_folders=st.frozensets(st.text()),
    window_geometry=st.text(),
)
QUICK = hypothesis_settings(
    max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@given(SETTINGS)
@QUICK
def test_any_settings_come_back(tmp_path: Path, chosen: Settings) -> None:
    path = tmp_path / "settings.json"
    path.unlink(missing_ok=True)
    SettingsFile(path).save(chosen)
    reading = SettingsFile(path).read()
    assert reading.settings == chosen
    assert reading.whole


@given(SETTINGS, SETTINGS, st.dictionaries(st.text(), JSON))
@QUICK
def test_one_after_the_other(
    tmp_path: Path, first: Settings, second: Settings, later: dict[str, object]
) -> None:
    path = tmp_path / "settings.json"
    names = {field.name for field in fields(Settings)}
    unknown = {name: value for name, value in later.items() if name not in names}
    path.write_text(json.dumps(unknown), encoding="utf-8")
    file = SettingsFile(path)
    assert set(file.read().unknown) == set(unknown)
    file.save(first)
    file.save(second)
    reading = SettingsFile(path).read()
    assert reading.settings == second
    entries = json.loads(path.read_text(encoding="utf-8"))
    assert {name: entries[name] for name in unknown} == unknown


@given(SETTINGS, SETTINGS)
@QUICK
def test_two_windows_write_what_each_has_changed(
    tmp_path: Path, one: Settings, two: Settings
) -> None:
    path = tmp_path / "settings.json"
    path.unlink(missing_ok=True)
    first, second = SettingsFile(path), SettingsFile(path)
    first.read(), second.read()
    first.save(one)
    second.save(two)
    default, found = Settings(), SettingsFile(path).load()
    for field in fields(Settings):
        mine, theirs, kept, usual = (
            getattr(each, field.name) for each in (two, one, found, default)
        )
        assert kept == (theirs if mine == usual else mine)


@pytest.mark.parametrize("key", DECLARATIONS)
def test_defaults_and_choices_are_accepted(key: str) -> None:
    declaration = DECLARATIONS[key]
    assert declaration.accepts(declaration.default)
    assert all(map(declaration.accepts, declaration.choices))


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("zoom", 59),
        ("zoom", 301),
        ("zoom", -1),
        ("threads", 0),
        ("context", 10),
        ("card_parts", [0, 0]),
        ("card_parts", [-1, 2]),
        ("hub_address", "huggingface.co"),
        ("hub_address", "ftp://a"),
        ("hub_address", "https://"),
        ("hub_address", "https://me:secret@host"),
        ("hub_address", "https://a b"),
        ("models_folder", "two\nlines"),
        ("models_folder", "x" * 100_000),
        ("compact", 1),
        ("threads", "4"),
        ("kv_type", "f32"),
        ("mapped", "no"),
    ],
)
def test_what_is_out_of_bounds_is_ignored_and_said(
    tmp_path: Path, key: str, value: object
) -> None:
    path = tmp_path / "settings.json"
    path.write_text(json.dumps({key: value, "zoom_": 1, "theme": "dark"}))
    if key == "zoom":
        path.write_text(json.dumps({"zoom_": 1, "theme": "dark", key: value}))
    reading = SettingsFile(path).read()
    assert reading.ignored == (key,)
    assert reading.unknown == ("zoom_",)
    assert getattr(reading.settings, key) == DECLARATIONS[key].default
    assert reading.settings.theme.value == "dark"


def test_only_what_differs_is_written_and_a_reset_takes_it_out(tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    file = SettingsFile(path)
    file.save(replace(Settings(), zoom=150, sampling=Sampling(top_k=7)))
    text = path.read_text(encoding="utf-8")
    assert json.loads(text) == {"zoom": 150, "sampling": {"top_k": 7}}
    file.save(replace(file.load(), zoom=100))
    assert json.loads(path.read_text("utf-8")) == {"sampling": {"top_k": 7}}


def test_a_name_that_is_no_unicode_costs_itself_alone(tmp_path: Path) -> None:
    file = SettingsFile(tmp_path / "settings.json")
    file.save(replace(Settings(), zoom=150, model_path="/a\udcff.gguf"))
    assert file.load() == replace(Settings(), zoom=150)


def test_an_editor_may_put_a_mark_before_the_text(tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    path.write_text('{"zoom": 120}', encoding="utf-8-sig")
    assert SettingsFile(path).read().settings.zoom == 120


def test_a_file_that_nobody_wrote_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    path.write_bytes(b'{"zoom": 120}' + b" " * (1 << 22))
    assert SettingsFile(path).read().broken


def test_a_folder_in_its_place(tmp_path: Path) -> None:
    assert SettingsFile(tmp_path).read().broken


def test_every_broken_content_has_its_own_copy_and_only_one(tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    file = SettingsFile(path)
    copies = []
    for text in ("{", "[", "{", "[", "("):
        path.write_text(text)
        copies.append(file.keep_copy())
        assert copies[-1].read_text() == text
    assert copies[0] == copies[2]
    assert copies[1] == copies[3]
    assert len({copy.name for copy in copies}) == 3


WHOLE = {
    **{key: declaration.default for key, declaration in DECLARATIONS.items()},
    "zoom": 150,
    "theme": "dark",
    "tools": ["Search"],
    "permissions": {"web": "ask"},
    "tool_values": {"documents": {"folders": ["/家"]}},
    "sampling": {"temperature": 0.1, "top_k": 3},
    "model_path": "/模型/moss.gguf",
}


def damaged(seed: int) -> bytes:
    """A settings file that something happened to."""
    source = Random(seed)
    entries = dict(WHOLE)
    data = json.dumps(entries, ensure_ascii=False, indent=2).encode()
    match source.randrange(5):
        case 0:
            for _ in range(source.randint(1, 6)):
                strange = (*TEXTS, None, [], {}, 1e308, -1, 2**63, True, [[]])
                entries[source.choice(list(entries))] = source.choice(strange)
            return json.dumps(entries).encode()
        case 1:
            return data[: source.randrange(len(data))]
        case 2:
            changed = bytearray(data)
            for _ in range(source.randint(1, 8)):
                changed[source.randrange(len(changed))] ^= 1 << source.randrange(8)
            return bytes(changed)
        case 3:
            start, end = sorted(source.sample(range(len(data)), 2))
            return data[:start] + data[end:]
        case _:
            return source.randbytes(source.randrange(200))


@pytest.mark.parametrize("seed", range(200))
def test_damage_costs_what_is_damaged_and_a_copy_stays(
    tmp_path: Path, seed: int
) -> None:
    path = tmp_path / "settings.json"
    content = damaged(seed)
    path.write_bytes(content)
    file = SettingsFile(path)
    reading = file.read()
    assert all(
        declaration.accepts(getattr(reading.settings, key))
        for key, declaration in DECLARATIONS.items()
    )
    file.save(replace(reading.settings, window_geometry="AAAA"))
    copies = [copy.read_bytes() for copy in tmp_path.glob("settings.json.broken*")]
    assert copies == ([content] if reading.broken or reading.ignored else [])
    again = SettingsFile(path).read()
    assert again.settings == replace(reading.settings, window_geometry="AAAA")
    assert not again.broken
    assert not again.ignored
    assert again.unknown == reading.unknown
