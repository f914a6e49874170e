"""What is remembered of models, and what that survives."""

import json
from dataclasses import fields, replace
from datetime import UTC, datetime

import pytest
from hypothesis import given, strategies as st

from app.domain.errors import ErrorCode, UserError
from app.store.library_file import LibraryFile, Record, Remembered

PATH = "/家/模型 😀/q4.gguf"
NOW = datetime(2026, 11, 23, 12, 30, tzinfo=UTC)
FULL = Record(
    name="我的 MOSS",
    ours=True,
    size=9,
    changed=12,
    digests=("0" * 64, "1" * 64),
    origin="fnlp/moss",
    source="/家/checkpoint",
    added=NOW,
    used=NOW,
    speeds=(1.5, 2.0),
    checked=NOW,
)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "家" / "library.json"


@pytest.fixture
def file(path):
    return LibraryFile(path)


def written(path, entries):
    path.parent.mkdir(exist_ok=True)
    text = entries if isinstance(entries, str) else json.dumps(entries)
    path.write_text(text, "utf-8")
    return LibraryFile(path)


def test_without_a_file_nothing_is_remembered(file, path):
    assert file.load() == Remembered()
    assert not path.exists()


def test_everything_is_kept(file, path):
    for each in fields(Record):
        assert getattr(FULL, each.name) != getattr(Record(), each.name)
    file = written(path, {"folders": ["/b"]})
    file.change(PATH, lambda _old: FULL)
    file.choose(PATH)
    assert LibraryFile(path).load() == Remembered({PATH: FULL}, ("/b",), PATH)
    file.change(PATH, lambda old: replace(old, name=""))
    assert file.load().records[PATH] == replace(FULL, name="")
    assert [each.name for each in path.parent.iterdir()] == [path.name]


def test_a_model_that_was_moved_is_still_known(file):
    file.change(PATH, lambda _old: FULL)
    file.choose(PATH)
    file.move(PATH, "/new.gguf")
    assert file.load() == Remembered({"/new.gguf": FULL}, default="/new.gguf")
    file.forget("/new.gguf")
    assert file.load().records == {}


def test_a_name_that_is_no_unicode_is_a_name_too(file):
    file.change("/a\udcff.gguf", lambda _old: FULL)
    assert file.load().records == {"/a\udcff.gguf": FULL}


def test_a_field_that_does_not_fit_costs_itself_and_stays(path):
    entries = {
        "models": {
            PATH: {"name": 7, "speeds": [1, 2.5], "used": "yesterday", "new": [1]},
            "/b": "what",
        },
        "folders": ["/x", 5],
        "default": ["/b"],
        "later": {"a": 1},
    }
    file = written(path, entries)
    found = file.load()
    assert found.records == {PATH: Record(speeds=(1.0, 2.5))}
    assert found.folders == ("/x",)
    assert found.problems == (
        f"{PATH}: name",
        f"{PATH}: used",
        "/b",
        "folders",
        "default",
    )
    file.change(PATH, lambda old: replace(old, size=5))
    kept = json.loads(path.read_text())
    entries["models"][PATH]["size"] = 5
    assert kept == entries
    file.change("/b", lambda old: replace(old, size=6))
    kept = json.loads(path.read_text())
    assert kept["models"]["/b"] == {"size": 6}
    assert kept["damaged"] == [{"/b": "what"}]


def test_a_broken_file_is_kept_beside_the_new_one(path):
    for number, text in enumerate(('{"models": {', "[1]", '"text"', "\x00")):
        file = written(path, text)
        assert file.load() == Remembered(broken=True)
        assert path.read_text("utf-8") == text
        file.change(PATH, lambda _old: FULL)
        assert file.load().records == {PATH: FULL}
        names = sorted(each.name for each in path.parent.iterdir())
        assert len(names) == number + 2
    kept = {each.read_text("utf-8") for each in path.parent.glob("*.broken*")}
    assert kept == {'{"models": {', "[1]", '"text"', "\x00"}


def test_a_table_that_is_none_is_kept_too(path):
    file = written(path, {"models": [1], "damaged": 3})
    assert file.load().problems == ("models",)
    file.change(PATH, lambda _old: FULL)
    assert file.load().records == {PATH: FULL}
    assert json.loads(path.read_text())["damaged"] == [3, [1]]


def test_a_file_that_cannot_be_written_is_said(tmp_path):
    (tmp_path / "folder").write_text("no folder")
    file = LibraryFile(tmp_path / "folder" / "library.json")
    with pytest.raises(UserError) as caught:
        file.choose(PATH)
    assert caught.value.code is ErrorCode.FILE_NOT_WRITTEN


JSON = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["models", "folders", "default", "name", "size", "damaged"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(JSON)
def test_whatever_stands_there_a_change_is_kept(tmp_path_factory, entries):
    path = tmp_path_factory.mktemp("any") / "library.json"
    file = written(path, entries)
    before = file.load()
    file.change(PATH, lambda _old: FULL)
    after = file.load()
    assert after.records == {**before.records, PATH: FULL}
    assert (after.folders, after.default) == (before.folders, before.default)
