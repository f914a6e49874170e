"""The program as `make package` builds it: a folder without Python beside it.

`MOSS_TEST_PACKAGE` names its executable; `make package-test` does.
"""

import json
import os
import shutil
import sqlite3
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

from app import __version__

PROGRAM = Path(os.environ.get("MOSS_TEST_PACKAGE", "")).absolute()
pytestmark = [
    pytest.mark.e2e,
    pytest.mark.model,
    pytest.mark.skipif(
        "MOSS_TEST_PACKAGE" not in os.environ,
        reason="MOSS_TEST_PACKAGE names no build; see `make package-test`",
    ),
]
HIDDEN = ("QT_QPA_PLATFORM", "WAYLAND_DISPLAY", "PYTHONPATH", "VIRTUAL_ENV")


@pytest.fixture
def environment(home):
    """That of a user who has no Python and is somewhere else."""
    kept = {name: value for name, value in os.environ.items() if name not in HIDDEN}
    return {**kept, "PATH": "/usr/bin:/bin", "MOSS_HOME": str(home)}


@pytest.fixture
def moss(environment, tmp_path):
    def run(*arguments, program=PROGRAM, **others):
        return subprocess.run(
            [program, *map(str, arguments)],
            env={**environment, **others},
            cwd=tmp_path,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            check=False,
        )

    return run


@pytest.fixture
def elsewhere(tmp_path):
    """The folder again, where its name has spaces and Chinese letters."""
    folder = tmp_path / "我的 程序 é" / "moss"
    shutil.copytree(PROGRAM.parent, folder, symlinks=True)
    return folder


def test_it_says_its_version(moss):
    assert moss("--version").stdout == f"moss {__version__}\n"


def test_every_part_of_it_works(moss):
    done = moss("self-test")
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("ok ") == len(done.stdout.splitlines()) > 5


def test_it_works_under_a_name_with_spaces_and_chinese(moss, elsewhere):
    done = moss("self-test", program=elsewhere / PROGRAM.name)
    assert done.returncode == 0, done.stdout + done.stderr


def test_it_answers_through_the_calculator(moss):
    done = moss("--prompt", "What is 37*48?", "--json")
    reply = json.loads(done.stdout)
    assert "1776" in reply["answer"]
    assert reply["commands"][0]["state"] == "done"


def test_a_link_to_it_is_the_program(moss, tmp_path):
    link = tmp_path / "moss"
    link.symlink_to(PROGRAM)
    done = moss("--prompt", "你好", program=link)
    assert done.returncode == 0, done.stderr


@pytest.fixture
def portable():
    """The engine's libraries, where they are modules."""
    folder = PROGRAM.parent / "_internal/llama_cpp/lib"
    if not list(folder.glob("*ggml-cpu-*")):
        pytest.skip("llama.cpp is built for this processor only")
    return folder


@pytest.mark.usefixtures("portable")
def test_without_the_best_variant_the_next_is_taken(moss, elsewhere):
    def features():
        done = moss("doctor", "--json", program=elsewhere / PROGRAM.name)
        assert done.returncode == 0, done.stderr  # it has measured, so it works
        return set(json.loads(done.stdout)["features"])

    def keep(*variants):
        for path in (elsewhere / "_internal/llama_cpp/lib").glob("*ggml-cpu-*"):
            if path.stem.rpartition("-")[2] not in variants:
                path.unlink()

    best = features()
    if "AVX2" not in best:
        pytest.skip("this processor has no AVX2")
    keep("haswell", "sandybridge", "x64")
    with_avx2 = features()
    assert "AVX2" in with_avx2
    assert "AVX512" not in with_avx2
    keep("sandybridge", "x64")
    assert "AVX" in features()
    assert "AVX2" not in features()
    keep("x64")
    assert "AVX" not in features()


@pytest.mark.usefixtures("portable")
def test_a_module_in_the_users_folder_is_found(moss, home):
    folder = home / "backends" / version("llama-cpp-python")
    folder.mkdir(parents=True)
    real = os.environ.get("MOSS_TEST_MODULES")
    if real:
        for path in Path(real).iterdir():
            (folder / path.name).symlink_to(path)
    else:
        (folder / "libggml-cuda.so").write_bytes(b"not a library")
    report = json.loads(moss("doctor", "--json").stdout)
    modules = {module["name"]: module for module in report["modules"]}
    assert bool(modules["CUDA"]["problem"]) is (real is None)


@pytest.mark.skipif(
    not (shutil.which("Xvfb") and shutil.which("xdotool")),
    reason="needs Xvfb and xdotool",
)
def test_the_window_answers(environment, display, home, qtbot):
    desktop = {**environment, "DISPLAY": display}
    process = subprocess.Popen([PROGRAM], env=desktop, cwd="/", stderr=subprocess.PIPE)

    def xdotool(*arguments):
        command = ["xdotool", *arguments]
        return subprocess.run(command, env=desktop, check=True, capture_output=True)

    def rows(query):
        try:
            with sqlite3.connect(home / "chats.sqlite3") as archive:
                return archive.execute(query).fetchall()
        except sqlite3.OperationalError:
            return []

    try:
        found = xdotool("search", "--sync", "--onlyvisible", "--name", "MOSS Desktop")
        window = found.stdout.split()[-1].decode()
        xdotool("mousemove", "--window", window, "540", "650", "click", "1")
        xdotool("type", "What is 37*48?")

        def answered():
            if not rows("SELECT 1 FROM messages"):
                xdotool("key", "Return")
            return bool(rows("SELECT 1 FROM messages WHERE usage IS NOT NULL"))

        qtbot.waitUntil(answered, timeout=120_000)
        assert "1776" in rows("SELECT text FROM messages ORDER BY key")[1][0]
    finally:
        process.terminate()
        said = process.communicate(timeout=60)[1].decode()
    assert process.returncode == 0, said
    assert "Traceback" not in said


def test_nothing_in_it_is_of_this_computer():
    """No file that runs looks for libraries where it was built."""
    if sys.platform != "linux":
        pytest.skip("reads ELF files")
    there = {path.name for path in PROGRAM.parent.rglob("*")}
    assert {"LICENCES.txt", "libllama.so"} <= there
    for path in PROGRAM.parent.rglob("*.so*"):
        if path.is_symlink():
            assert not path.readlink().is_absolute(), path
