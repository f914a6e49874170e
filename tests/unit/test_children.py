"""Every child of the program is reached from source and from a frozen build."""

import ast
import re
import subprocess
import sys

import pytest

from app import children
from app.catalogue.downloads import client as downloader
from app.children import Child
from app.engine import client
from app.plugins import kinds
from app.plugins.documents import command as indexer, reader_process
from app.services import conversion
from tests.conftest import ROOT

ENTRIES = [*ROOT.glob("app/*/**/__main__.py"), ROOT / "converter/__main__.py"]
MAIN = '\nif __name__ == "__main__":\n'
NO_INPUT = {
    Child.ENGINE: ["--backend", "echo"],
    Child.TOOLS: ["--kind", "compute"],
    Child.DOCUMENTS: ["read"],
    Child.TYPESETTING: [],
    Child.CONVERTER: ["--version"],
    Child.DOWNLOADS: [],
    Child.LIBRARY: ["--help"],
    Child.BANDWIDTH: [],
}
"""What makes a child end by itself where its standard input is empty."""


def started(command):
    return subprocess.run(
        command, stdin=subprocess.DEVNULL, capture_output=True, cwd=ROOT, check=False
    )


def shape(output):
    """The beginning of what is said, without numbers, which may be measured."""
    return re.sub(rb"\d+", b"0", output)[:8]


@pytest.fixture
def frozen(monkeypatch):
    monkeypatch.setattr(sys, "frozen", True, raising=False)


def test_every_package_and_module_that_can_be_run_is_a_child():
    packages = {".".join(path.relative_to(ROOT).parent.parts) for path in ENTRIES}
    modules = {
        ".".join(path.relative_to(ROOT).with_suffix("").parts)
        for path in ROOT.glob("app/*/**/*.py")
        if path.name != "__main__.py" and MAIN in path.read_text("utf-8")
    }
    assert {child.value for child in Child} == packages | modules


def test_the_program_itself_is_started_both_ways(monkeypatch):
    assert children.program("--version")[1:] == ("-m", "app", "--version")
    assert started(children.program("--version")).returncode == 0
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    assert children.program("doctor") == (sys.executable, "doctor")


def test_options_are_different():
    assert len({child.option for child in Child}) == len(Child)


@pytest.mark.parametrize("child", Child)
def test_a_child_starts_from_source(child):
    done = started(children.command_line(child, *NO_INPUT[child]))
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("child", Child)
def test_a_child_starts_as_in_a_frozen_build(child, monkeypatch):
    source = started(children.command_line(child, *NO_INPUT[child]))
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    executable, *arguments = children.command_line(child, *NO_INPUT[child])
    assert executable == sys.executable
    done = started([sys.executable, "-m", "app", *arguments])
    assert done.returncode == 0, done.stderr
    assert shape(done.stdout) == shape(source.stdout)


def test_whoever_starts_a_child_asks_here(frozen, tmp_path):
    commands = [
        client.command_line(),
        kinds.command_line(),
        indexer.command_line(tmp_path),
        reader_process.command_line(),
        downloader.command_line(),
        conversion.arriving(tmp_path, tmp_path / "x.gguf", ""),
    ]
    assert [children.named([*command[1:]]) for command in commands] == [
        Child.ENGINE,
        Child.TOOLS,
        Child.DOCUMENTS,
        Child.DOCUMENTS,
        Child.DOWNLOADS,
        Child.CONVERTER,
    ]


def test_arguments_of_the_program_name_no_child():
    assert children.named([]) is None
    assert children.named(["--cli"]) is None
    assert children.named(["doctor", "--engine"]) is None


def test_one_module_asks_whether_the_build_is_frozen():
    asking = {
        path.relative_to(ROOT).as_posix()
        for folder in ("app", "converter")
        for path in ROOT.glob(f"{folder}/**/*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and node.value in {"frozen", "_MEIPASS"}
    }
    # The converter shares no code with the program.
    assert asking == {"app/frozen.py", "converter/evaluation_process.py"}
