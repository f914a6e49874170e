"""llama.cpp in a process of its own, as a verification asks it."""

import os
import signal
import subprocess
import sys

import numpy as np
import pytest

from converter import evaluation_process
from converter.__main__ import main
from converter.errors import EvaluationError
from converter.evaluation_process import LogitsReader, tokenize
from converter.sample_text import SAMPLE_TEXT
from tests import llama
from tests.checkpoints import Shape, write_checkpoint

# More tokens than llama.cpp computes at once, and more logits than a pipe holds.
SHAPE = Shape(width=64, layers=1, heads=4, rotary=16, context=512)
TOKENS = np.random.default_rng(0).integers(0, SHAPE.vocabulary, 300).tolist()


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    root = tmp_path_factory.mktemp("模型 and more 🙂")
    folder = write_checkpoint(root / "moss", shape=SHAPE)
    assert main([str(folder), str(root / "moss.gguf"), "--type", "F16"]) == 0
    return root / "moss.gguf"


def reader(model, tokens=TOKENS, vocabulary=SHAPE.vocabulary):
    return LogitsReader(model, tokens, vocabulary=vocabulary, threads=2)


def test_tokens(model):
    with llama.loaded(model, vocabulary_only=True) as loaded:
        expected = llama.tokenize(loaded, SAMPLE_TEXT, special=False)
    assert tokenize(model, SAMPLE_TEXT) == expected


def test_a_text_with_markers_is_only_text(model):
    with llama.loaded(model, vocabulary_only=True) as loaded:
        expected = llama.tokenize(loaded, "a<eom>", special=False)
    assert tokenize(model, "a<eom>") == expected
    assert len(expected) > 2


def test_logits(model):
    with reader(model) as logits:
        logits.wait()
        found = np.concatenate([logits.read(1), logits.read(290), logits.read(9)])
        logits.check_end()
    np.testing.assert_allclose(found, llama.logits(model, TOKENS), atol=2e-3)


def test_a_relative_path_is_that_of_this_process(model, monkeypatch):
    monkeypatch.chdir(model.parent)
    assert tokenize(model.relative_to(model.parent), "a")


def test_a_file_that_llama_cpp_cannot_load(tmp_path):
    path = tmp_path / "moss.gguf"
    path.write_bytes(b"GGUF" + bytes(100))
    with pytest.raises(EvaluationError, match=r"moss\.gguf: llama\.cpp failed .*load"):
        tokenize(path, "a")
    with (
        reader(path) as logits,
        pytest.raises(EvaluationError, match=r"cannot load the file\); .*--no-logits"),
    ):
        logits.wait()


@pytest.mark.parametrize("difference", [-1, 1])
def test_another_number_of_logits_than_there_are_tokens(model, difference):
    def read():
        with reader(model, vocabulary=SHAPE.vocabulary + difference) as logits:
            logits.read(len(TOKENS))
            logits.check_end()

    with pytest.raises(EvaluationError, match="another number of logits"):
        read()


def test_tokens_that_the_model_does_not_have(model):
    with (
        reader(model, tokens=[1, SHAPE.vocabulary]) as logits,
        pytest.raises(EvaluationError, match=r"cannot compute the tokens"),
    ):
        logits.wait()


@pytest.mark.skipif(sys.platform == "win32", reason="no signals")
def test_a_crash_is_an_error_like_any_other(model):
    with reader(model) as logits:
        logits.read(1)
        # It cannot have ended: the pipe holds only a part of what it has to say.
        os.kill(logits._process._process.pid, signal.SIGSEGV)
        with pytest.raises(EvaluationError, match=r"llama\.cpp crashed \(SIGSEGV\)"):
            logits.read(len(TOKENS) - 1)


def test_leaving_early_ends_the_process(model):
    with reader(model) as logits:
        logits.read(1)
        process = logits._process._process
        assert process.poll() is None
    assert process.poll() is not None


def test_a_program_that_does_not_start(model, monkeypatch, tmp_path):
    missing = str(tmp_path / "moss")
    monkeypatch.setattr(evaluation_process, "_program", lambda: (missing,))
    with pytest.raises(EvaluationError, match=r"cannot be started"):
        tokenize(model, "a")


def test_a_program_that_reads_nothing(model, monkeypatch):
    words = "import sys; sys.exit('no such module')"
    program = (sys.executable, "-c", words)
    monkeypatch.setattr(evaluation_process, "_program", lambda: program)
    with pytest.raises(EvaluationError, match=r"exit code 1: no such module"):
        tokenize(model, "a")


def test_a_frozen_build_starts_itself(monkeypatch):
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    assert evaluation_process._program() == (sys.executable, "--convert")


def test_the_entry_of_a_frozen_build_evaluates(model):
    command = [sys.executable, "-m", "app", "--convert", "--evaluate", "tokens", model]
    result = subprocess.run(command, input=b"a", capture_output=True, check=True)
    assert np.frombuffer(result.stdout, np.int32).tolist() == tokenize(model, "a")


def test_wrong_tasks_are_refused(model):
    command = [sys.executable, "-m", "converter", "--evaluate", "dance", model]
    result = subprocess.run(command, input=b"", capture_output=True, check=False)
    assert result.returncode == 2
