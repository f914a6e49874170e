"""`moss doctor`: the real program, the real engine, the demo model."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.fakes import tiny_gguf

pytestmark = [pytest.mark.e2e, pytest.mark.model]


def doctor(*arguments):
    return subprocess.run(
        [sys.executable, "-m", "app", "doctor", *map(str, arguments)],
        capture_output=True,
        encoding="utf-8",
        cwd=ROOT,
        check=False,
    )


def test_it_says_what_is_there_what_fits_and_how_fast_it_is(home, demo_gguf):
    done = doctor("--model", demo_gguf)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("llama.cpp (llama-cpp-python ")
    assert "\n  CPU" in done.stdout
    for kind in ("Q4_0", "Q4_K_M", "Q8_0"):
        assert f"\n  MOSS 16B {kind}: " in done.stdout
    assert "\nMeasured: MOSS demo F16\n" in done.stdout
    assert "(20)" in done.stdout
    assert done.stderr == ""


def test_nothing_in_it_is_private(home, tmp_path):
    path = tmp_path / "my secret 模型.gguf"
    tiny_gguf.write(path)
    # A log as a program that was run by somebody with a name has left it.
    line = f"2026-11-22 10:00:00,000 ERROR app: cannot read {path}\n"
    home.mkdir(parents=True)
    (home / "moss.log").write_text(line, "utf-8")
    done = doctor("--json", "--model", path)
    assert done.returncode == 0, done.stderr
    assert "cannot read" in done.stdout
    for private in (str(home), str(tmp_path), str(Path.home()), "secret", "模型"):
        assert private not in done.stdout


def test_programs_can_read_it(home):
    # The first start of all: the demo model is made for it.
    done = doctor("--json")
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    processor = next(item for item in report["devices"] if item["kind"] == "cpu")
    assert 0 < processor["free"] <= processor["total"]
    assert len(report["fits"]) == 3
    assert all(fit["told"] for fit in report["fits"])
    measured = report["benchmark"]
    assert measured["model"] == "MOSS demo"
    assert measured["usage"]["generated_tokens"] == 20
    assert measured["usage"]["generate_seconds"] > 0
    assert measured["placement"]["threads"] >= 1


def test_quickly_nothing_is_measured_and_no_model_made(home):
    done = doctor("--quick", "--json")
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert report["benchmark"] is None
    stored = {item["kind"]: item for item in report["environment"]["storage"]}
    assert stored["models"]["files"] == 0
    assert "On the disk" in doctor("--quick").stdout


def test_without_a_model_the_rest_is_there(home, tmp_path):
    done = doctor("--model", tmp_path / "none.gguf")
    assert done.returncode == 1
    assert "What would fit" in done.stdout
    assert "Measured" not in done.stdout
    assert "not there any more" in done.stderr
    assert "Traceback" not in done.stderr


def test_help():
    assert "--json" in doctor("--help").stdout
