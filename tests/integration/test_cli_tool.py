"""`moss tool` as a script calls it."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def moss(*arguments, given=""):
    return subprocess.run(
        [sys.executable, "-m", "app", "tool", *arguments],
        check=False,
        input=given,
        capture_output=True,
        text=True,
        encoding="utf-8",
        cwd=ROOT,
    )


def answers(lines, *arguments):
    done = moss("--jsonl", *arguments, given="".join(f"{line}\n" for line in lines))
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_it_prints_the_results_body():
    done = moss('Calculate("2+2")')
    assert (done.stdout, done.returncode) == ("Calculate(\"2+2\") => '4'\n", 0)
    assert moss("None").stdout == "None\n"
    assert moss(given='Solve("x^2=144")').stdout == (
        'Solve("x^2=144") =>\nx_0 = -12\nx_1 = 12\n'
    )


def test_each_line_is_answered_with_a_line():
    texts = ['Solve("x=1/3"), Calculate("1/0"), Count("a"), 北京("b")', "None", ""]
    first, *nothing = answers([json.dumps(text) for text in texts])
    assert first == {
        "commands": [
            {"name": "Calculate", "argument": "1/0", "result": "No result."},
            {"name": "Solve", "argument": "x=1/3", "result": "x = 0.333333333333333"},
        ],
        "body": "Calculate(\"1/0\") => 'No result.'\n"
        'Solve("x=1/3") =>\nx = 0.333333333333333\n',
    }
    assert nothing == [{"commands": [], "body": "None"}] * 2


@pytest.mark.parametrize(
    ("named", "tools"),
    [
        ("calculate", ["Calculate"]),
        ("Solve, CALCULATE", ["Calculate", "Solve"]),
        ("", []),
    ],
)
def test_the_named_tools_are_enabled(named, tools):
    line = json.dumps('Solve("x=1"), Calculate("2")')
    (found,) = answers([line], "--tools", named)
    assert [command["name"] for command in found["commands"]] == tools


def test_an_unknown_tool_is_an_error_of_usage():
    done = moss("--tools", "calculate,fly", "None")
    assert done.returncode == 2
    assert "no tool is named fly" in done.stderr


NO_TEXTS = [
    "",
    " ",
    "nonsense",
    "5",
    "null",
    '{"text": "None"}',
    '"unfinished',
    "[" * 100_000,
    "\x00",
    "NaN",
]


def test_any_line_is_survived():
    lines = [*NO_TEXTS, r'"\ud800"', r'"Calculate(\"\ud800\")"', '"Calculate(\\"1\\")"']
    found = answers(lines)
    assert len(found) == len(lines)
    assert all(list(answer) == ["error"] for answer in found[: len(NO_TEXTS)])
    assert found[-1]["body"] == "Calculate(\"1\") => '1'\n"


def test_bytes_that_are_no_text_are_survived():
    done = subprocess.run(
        [sys.executable, "-m", "app", "tool", "--jsonl"],
        check=True,
        input=b'"\xff\xfe"\n"Calculate(\\"1\\")"',
        capture_output=True,
        cwd=ROOT,
    )
    error, answer = map(json.loads, done.stdout.splitlines())
    assert "error" in error
    assert answer["body"] == "Calculate(\"1\") => '1'\n"


def test_it_streams_and_starts_a_killed_tool_process_again():
    with subprocess.Popen(
        [sys.executable, "-m", "app", "tool", "--jsonl"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=ROOT,
    ) as process:

        def ask():
            process.stdin.write(b'"Calculate(\\"1+1\\")"\n')
            process.stdin.flush()
            return json.loads(process.stdout.readline())["commands"][0]["result"]

        assert ask() == "2"
        if sys.platform == "linux":
            children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
            os.kill(int(children.read_text().split()[0]), signal.SIGKILL)
        assert ask() == "2"
        process.stdin.close()
    assert process.returncode == 0


def test_a_thousand_lines():
    lines = [json.dumps(f'Calculate("{n}*2"), Solve("x={n}")') for n in range(1000)]
    found = answers(lines)
    assert [int(f["commands"][0]["result"]) for f in found] == list(range(0, 2000, 2))
