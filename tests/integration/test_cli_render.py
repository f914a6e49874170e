"""`moss render` as a script calls it, with the real tokenizer of the demo model."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from app.__main__ import main

ROOT = Path(__file__).parents[2]

FIELDS = [
    {
        "Human": "<|Human|>: What is <eom>, 37*48?<eoh>\n",
        "Inner Thoughts": "<|Inner Thoughts|>: This needs\na calculation.<eot>\n",
        "Commands": '<|Commands|>: Calculate("37*48")<eoc>\n',
        "Tool Responses": "<|Results|>:\nCalculate(\"37*48\") => '1776'\n<eor>\n",
        "MOSS": "<|MOSS|>: 1776, 你好 <|Human|>: no<eom>\n",
    },
    {
        "Human": "<|Human|>:  a \n<eoh>\n",
        "Inner Thoughts": "<|Inner Thoughts|>: None<eot>\n",
        "Commands": "<|Commands|>: None<eoc>\n",
        "Tool Responses": "<|Results|>: None<eor>\n",
        "MOSS": "<|MOSS|>: b<eom>\n",
    },
]
META = "You are an AI assistant.\n- Inner thoughts: enabled.\n"


def conversation(fields=FIELDS):
    turns = {f"turn_{n}": turn for n, turn in enumerate(fields, 1)}
    return {"meta_instruction": META, "num_turns": len(turns), "chat": turns}


def text_of(fields=FIELDS):
    return META + "".join("".join(turn.values()) for turn in fields)


@pytest.fixture
def moss(capfd):
    """Runs the command in this process: exit code, standard output and error."""

    def run(path, *arguments):
        code = main(["render", str(path), *map(str, arguments)])
        return code, *capfd.readouterr()

    return run


@pytest.fixture
def file(tmp_path):
    def write(value):
        path = tmp_path / "conversation.json"
        text = value if isinstance(value, str) else json.dumps(value)
        path.write_text(text, "utf-8")
        return path

    return write


def test_the_text_is_that_of_the_file(file):
    done = subprocess.run(
        [sys.executable, "-m", "app", "render", file(conversation())],
        capture_output=True,
        cwd=ROOT,
        check=True,
    )
    assert done.stdout.decode() == text_of()


def test_an_sft_conversation(file, moss):
    fields = [{key: turn[key] for key in ("Human", "MOSS")} for turn in FIELDS]
    assert moss(file(conversation(fields))) == (0, text_of(fields), "")


def test_lists_and_lines(file, moss):
    _, text, _ = moss(file([conversation(), conversation()]))
    assert text == text_of() * 2
    lines = "\n".join(json.dumps(conversation()) for _ in range(3))
    _, objects, _ = moss(file(lines), "--json")
    assert [json.loads(line)["text"] for line in objects.splitlines()] == (
        [text_of()] * 3
    )


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "empty"),
        ("nonsense", "neither JSON"),
        ("5", "no object"),
        ("[" * 100_000, "neither JSON"),
        ('{"chat": 5}', "no chat"),
        ('{"chat": {"first": {}}}', "'first'"),
        ('{"chat": {"turn_1": {"MOSS": "a"}}}', "turn_1: no Human"),
        ('[{"chat": {}}, 5]', "conversation 2: no object"),
        ('{"chat": {}}\n{"chat": 5}', "line 2: no chat"),
        ('{"chat": {"turn_1": {"Human": 5}}}', "Human is no text"),
        ('{"chat": {"turn_1": {"Human":"a"}, "turn_2": {"Human":"b"}}}', "no MOSS"),
    ],
)
def test_what_is_no_conversation_is_said(file, moss, content, said):
    code, output, error = moss(file(content))
    assert (code, output) == (1, "")
    assert said in error


def test_a_missing_file_is_said(tmp_path, moss):
    code, _, error = moss(tmp_path / "none.json")
    assert code == 1
    assert "none.json" in error


def test_token_ids(file, moss, demo_gguf):
    # What is said to be `<eoh>` is text.
    fields = [{"Human": "<|Human|>: 你好<eoh>\n", "MOSS": "<|MOSS|>: <eoh><eom>\n"}]
    _, plain, _ = moss(file(conversation(fields)), "--model", demo_gguf)
    text, _, last = plain.rstrip().rpartition("\n")
    assert f"{text}\n" == text_of(fields)
    added = json.loads((ROOT / "resources/demo/added_tokens.json").read_text("utf-8"))
    controls = [token for token in json.loads(last) if token >= added["<eoh>"]]
    assert controls == [added["<eoh>"], added["<eom>"]]


def test_a_model_that_is_none(file, moss, tmp_path):
    path = tmp_path / "no.gguf"
    path.write_bytes(b"GGUF")
    code, output, error = moss(file(conversation()), "--model", path, "--json")
    assert (code, output) == (1, "")
    assert "GGUF" in error
