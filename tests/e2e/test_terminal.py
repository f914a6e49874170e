"""`moss` in a terminal, in a pipe, and for one question: real processes throughout."""

import json
import subprocess
import sys

import pytest

from tests.conftest import ROOT

pytestmark = [pytest.mark.e2e, pytest.mark.model]


def moss(*arguments, stdin=""):
    return subprocess.run(
        [sys.executable, "-m", "app", *map(str, arguments)],
        input=stdin,
        capture_output=True,
        encoding="utf-8",
        cwd=ROOT,
        check=False,
    )


def test_each_line_of_a_pipe_is_answered(home, demo_gguf):
    done = moss("--cli", "--model", demo_gguf, stdin="What is 12+30?\n\n你好\n")
    assert done.returncode == 0, done.stderr
    assert "> What is 12+30?" in done.stdout
    assert "Calculate(\"12+30\") => '42'" in done.stdout
    assert "> 你好" in done.stdout
    assert "MOSS" in done.stdout.partition("你好")[2]


def test_an_empty_pipe_gets_the_sample_question(home):
    done = moss("--cli")
    assert done.returncode == 0, done.stderr
    assert "> What is 37*48?" in done.stdout
    assert "1776" in done.stdout


def test_one_question_as_json(home, demo_gguf):
    done = moss("--model", demo_gguf, "--prompt", "Solve 3x - 7 = 2x + 5", "--json")
    assert done.returncode == 0, done.stderr
    reply = json.loads(done.stdout)
    [command] = reply["commands"]
    assert command["name"] == "Solve"
    assert command["result"].startswith("x = 12")
    assert "12" in reply["answer"]
    assert reply["thoughts"]
    assert reply["results"].startswith('Solve("')
    assert reply["tokens"]["prompt"] > reply["tokens"]["generated"] > 0
    assert reply["seconds"]["generate"] > 0
    assert reply["state"] == "complete"
    assert not (home / "chats.sqlite3").exists()


def test_a_missing_model_is_one_sentence(home, tmp_path):
    done = moss("--prompt", "Hello", "--model", tmp_path / "no such 文件.gguf")
    assert done.returncode == 1
    assert done.stdout == ""
    assert len(done.stderr.strip().splitlines()) == 1
    assert "no such 文件.gguf" in done.stderr
    assert "Traceback" not in done.stderr


def test_help_and_version():
    assert "--prompt" in moss("--help").stdout
    assert moss("--version").stdout.startswith("moss ")


def test_a_pipe_speaks_utf_8_in_every_locale(home, demo_gguf, monkeypatch):
    monkeypatch.setenv("LC_ALL", "en_US.ISO-8859-1")
    monkeypatch.setenv("PYTHONIOENCODING", "ascii")
    command = [sys.executable, "-m", "app", "--cli", "--model", str(demo_gguf)]
    done = subprocess.run(
        command,
        input="你好\n\xff\n".encode() + b"\xff\n",
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "> 你好" in done.stdout.decode()
