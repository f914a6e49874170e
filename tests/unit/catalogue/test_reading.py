"""The catalogue that ships, and the user's own over it."""

from pathlib import Path

import pytest
from hypothesis import given, settings, strategies as st

from app.catalogue.entries import Kind, ModelForm, Site
from app.catalogue.reading import load
from app.paths import find

SHIPPED = find().resources / "catalogue.toml"
NONE = Path("/nowhere/catalogue.toml")
MOSS = [
    "moss-moon-003-base",
    "moss-moon-003-sft",
    "moss-moon-003-sft-int4",
    "moss-moon-003-sft-int8",
    "moss-moon-003-sft-plugin",
    "moss-moon-003-sft-plugin-int4",
    "moss-moon-003-sft-plugin-int8",
]
WHOLE = """
[[model]]
id = "mine"
title = "Mine"
kind = "gguf"
form = "chat"
hugging_face = "me/mine"
parameters = 1
size = 2
licence = { name = "MIT" }
"""


def with_own(tmp_path, text):
    own = tmp_path / "catalogue.toml"
    own.write_bytes(text if isinstance(text, bytes) else text.encode())
    return load(SHIPPED, own)


def test_what_ships_is_sound():
    found = load(SHIPPED, NONE)
    assert not found.problems
    moss = sorted(e.id for e in found.entries if e.id.startswith("moss"))
    assert moss == MOSS
    for entry in found.entries:
        assert entry.licence.name
        assert entry.summary.keys() == {"en", "zh"}
        assert (entry.kind is Kind.GGUF) == bool(entry.file)
        if entry.id in MOSS:
            assert entry.repository(Site.HUGGING_FACE) == f"fnlp/{entry.id}"
            assert entry.licence.name == "AGPL-3.0-only"
            assert entry.licence.terms.keys() == {"en", "zh"}
            # Three sizes of weights were published.
            assert entry.size == {16: 33.6e9, 4: 10.8e9, 8: 18.5e9}[entry.bits]
            assert entry.form is {
                "base": ModelForm.BASE,
                "plugin": ModelForm.PLUGIN,
            }.get(entry.id.split("-int")[0].split("-")[-1], ModelForm.SFT)
    assert any({"zh", "en"} <= {*e.languages} and e.size < 1e9 for e in found.entries)


def test_a_model_is_found_by_any_of_its_names():
    found = load(SHIPPED, NONE)
    by_id = found.find("moss-moon-003-sft")
    assert by_id is found.find("FNLP/moss-moon-003-sft")
    assert by_id is found.find("AI-ModelScope/moss-moon-003-sft")
    assert found.find("") is None


def test_own_models_come_to_it(tmp_path):
    found = with_own(tmp_path, WHOLE)
    assert not found.problems
    assert found.entries[-1].title == "Mine"


def test_own_fields_go_over_it_and_models_can_be_hidden(tmp_path):
    found = with_own(
        tmp_path,
        '[[model]]\nid = "moss-moon-003-sft"\nhugging_face = "me/mirror"\n'
        '[[model]]\nid = "moss-moon-003-base"\nhidden = true\n',
    )
    assert not found.problems
    entry = found.find("moss-moon-003-sft")
    assert entry is not None
    assert entry.hugging_face == "me/mirror"
    assert entry.parameters == 16_700_000_000
    assert found.find("moss-moon-003-base") is None


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[[model]\n", "Expected"),
        (b"\xff\xfe", "decode"),
        ("model = 3", "array of tables"),
        ("[[model]]\nid = 3", "no id"),
        ("[[model]]\nid = '../x'", "no id"),
        ("model = [1]", "no id"),
        ("[[model]]\nid = 'new'", "required"),
        (WHOLE.replace("gguf", "exe"), "exe"),
        (WHOLE.replace("size = 2", "size = -2"), "greater than zero"),
        (WHOLE.replace("size = 2", "size = 'big'"), "size"),
        (WHOLE.replace('hugging_face = "me/mine"', ""), "where it is"),
        (WHOLE.replace("me/mine", "../../mine"), "OWNER/NAME"),
        (WHOLE.replace("me/mine", "me/mine:q4_0"), "OWNER/NAME"),
        (b"#" * 2_000_000, "more than"),
    ],
)
def test_what_does_not_fit_is_said_and_skipped(tmp_path, text, said):
    found = with_own(tmp_path, text)
    (problem,) = found.problems
    assert said in problem.reason
    assert found.entries == load(SHIPPED, NONE).entries


def test_a_broken_change_leaves_the_shipped_model(tmp_path):
    found = with_own(tmp_path, '[[model]]\nid = "moss-moon-003-sft"\nsize = 0\n')
    assert len(found.problems) == 1
    assert found.entries == load(SHIPPED, NONE).entries


@settings(max_examples=100)
@given(st.data())
def test_a_damaged_file_costs_its_entries_and_no_more(tmp_path_factory, data):
    text = bytearray((WHOLE * 2).encode())
    for _ in range(data.draw(st.integers(1, 5))):
        text[data.draw(st.integers(0, len(text) - 1))] = data.draw(st.integers(0, 255))
    found = with_own(tmp_path_factory.mktemp("own"), bytes(text))
    assert {*MOSS} <= {entry.id for entry in found.entries}
