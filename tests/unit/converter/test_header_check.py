import json

import pytest

from converter.__main__ import main
from converter.gguf_model import read_gguf
from converter.header_check import check_header
from converter.source import open_source
from tests.checkpoints import write_checkpoint


@pytest.fixture
def folder(tmp_path):
    return write_checkpoint(tmp_path / "moss")


@pytest.fixture
def header(folder, tmp_path):
    path = tmp_path / "moss.gguf"
    assert main([str(folder), str(path), "--type", "F16"]) == 0
    return dict(read_gguf(path).header)


def findings(folder, header):
    found = check_header(open_source(folder), header)
    return {finding.subject: finding.problem for finding in found}


def change_json(path, change):
    contents = json.loads(path.read_text("utf-8"))
    change(contents)
    path.write_text(json.dumps(contents), "utf-8")


def test_nothing_is_wrong_with_what_was_just_made(folder, header):
    assert findings(folder, header) == {}


def test_names_and_origins_do_not_matter(folder, header):
    header["general.name"] = "another"
    header["general.license"] = "mit"
    header["tokenizer.chat_template"] = "{{ messages }}"
    header["quantize.imatrix.file"] = "some.gguf"
    assert findings(folder, header) == {}


@pytest.mark.parametrize(
    ("key", "value", "problem"),
    [
        ("general.architecture", "llama", "it is 'llama' instead of 'phi2'"),
        ("phi2.attention.head_count", 5, "it is 5 instead of 4"),
        ("phi2.attention.head_count", "4", "it is '4' instead of 4"),
        ("tokenizer.ggml.pre", "qwen2", "it is 'qwen2' instead of 'gpt-2'"),
        ("tokenizer.ggml.add_bos_token", True, "it is True instead of False"),
        ("tokenizer.ggml.tokens", "a", "it is 'a' instead of 544 elements"),
        ("tokenizer.ggml.merges", ["a b"], "it has 1 elements instead of 223"),
    ],
)
def test_another_value(folder, header, *, key, value, problem):
    header[key] = value
    assert findings(folder, header) == {key: problem}


def test_one_token_of_many(folder, header):
    tokens = header["tokenizer.ggml.tokens"]
    header["tokenizer.ggml.tokens"] = [*tokens[:7], "x", *tokens[8:]]
    (problem,) = findings(folder, header).values()
    assert problem == (
        f"1 of 544 elements differ; number 7 is 'x' instead of {tokens[7]!r}"
    )


def test_long_values_are_cut(folder, header):
    header["tokenizer.ggml.pre"] = "long" * 1000
    (problem,) = findings(folder, header).values()
    assert len(problem) < 120


def test_a_value_that_is_missing(folder, header):
    del header["phi2.rope.dimension_count"]
    assert findings(folder, header) == {
        "phi2.rope.dimension_count": "it is missing in the header"
    }


def test_a_value_too_many_changes_what_is_computed(folder, header):
    header["phi2.rope.scaling.type"] = "yarn"
    assert list(findings(folder, header)) == ["phi2.rope.scaling.type"]


def test_another_epsilon_in_the_checkpoint(folder, header):
    change_json(
        folder / "config.json", lambda config: config.update(layer_norm_epsilon=1e-6)
    )
    assert list(findings(folder, header)) == ["phi2.attention.layer_norm_epsilon"]


def test_another_tokenizer_in_the_checkpoint(folder, header):
    def exchange(ids):
        ids["A"], ids["B"] = ids["B"], ids["A"]

    change_json(folder / "vocab.json", exchange)
    (problem,) = findings(folder, header).values()
    assert problem.startswith("2 of 544 elements differ")
