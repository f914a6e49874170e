"""`moss` in a terminal, in a pipe, and for one question: real processes throughout."""

import json
import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.fakes import tiny_gguf
from tests.fakes.engines import Engine
from tests.fakes.tiny_gguf import SURE, TinyModel

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


@pytest.mark.skipif(sys.platform != "linux", reason="limits of Linux")
def test_an_abort_while_loading_is_said_and_something_smaller_is_tried(home, tmp_path):
    # 256 MiB of keys and values find room, the graph behind them does not: ggml aborts.
    wide = TinyModel(
        embedding=256, layers=8, heads=8, context=32768, biases={"<eom>": SURE}
    )
    model = tiny_gguf.write(tmp_path / "long.gguf", wide)
    os.sched_setaffinity(0, {min(allowed := os.sched_getaffinity(0))})
    try:
        with Engine() as engine:
            statm = Path(f"/proc/{engine.process_id}/statm").read_text("ascii")
        most = int(statm.split()[0]) * resource.getpagesize() + 293 * 2**20
        limit = f"--as={most}"
        command = ["prlimit", limit, sys.executable, "-m", "app", "--model", str(model)]
        done = subprocess.run(
            [*command, "--prompt", "Hello"],
            capture_output=True,
            encoding="utf-8",
            cwd=ROOT,
            check=False,
        )
    finally:
        os.sched_setaffinity(0, allowed)
    assert "The engine stopped and is starting again." in done.stderr
    assert "Trying again with 8 bits instead of 16" in done.stderr
    assert "is kept in 8 bits instead of 16, so that it fits." in done.stderr
