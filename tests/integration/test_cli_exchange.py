"""`moss export` and `moss import` as a script calls them."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.unit.interchange import samples
from tests.unit.interchange.samples import as_json, zipped

ROOT = Path(__file__).parents[2]


def moss(home, *arguments):
    return subprocess.run(
        [sys.executable, "-m", "app", *map(str, arguments)],
        check=False,
        capture_output=True,
        text=True,
        encoding="utf-8",
        cwd=ROOT,
        env={**os.environ, "MOSS_HOME": str(home)},
    )


@pytest.fixture
def home(tmp_path):
    """A user who has one chat of ChatGPT's and one of Claude's."""
    file = tmp_path / "export.zip"
    both = [samples.chatgpt(), samples.claude(), "no chat"]
    file.write_bytes(zipped({"conversations.json": as_json(both)}))
    done = moss(tmp_path / "home", "import", file)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == (
        "Imported chats: 2, with 6 messages. They come from: ChatGPT, Claude\n"
        "This chat could not be read and was left out: conversations.json 3\n"
    )
    return tmp_path / "home"


def test_chats_go_from_one_user_to_another(home, tmp_path):
    first, second = tmp_path / "a.json", tmp_path / "b.json"
    assert moss(home, "export", first).stdout == "Exported chats: 2\n"
    assert moss(tmp_path / "other", "import", first).returncode == 0
    assert moss(tmp_path / "other", "export", second).returncode == 0
    assert first.read_bytes() == second.read_bytes()


def test_a_chat_is_exported_by_its_title(home, tmp_path):
    file = tmp_path / "poem.md"
    assert moss(home, "export", "--chat", "poem", file).returncode == 0
    text = file.read_text(encoding="utf-8")
    assert text.startswith("# Poem\n\n## You · 2025-05-01 ")
    assert "Cat or dog" not in text
    missing = moss(home, "export", "--chat", "no such chat", file)
    assert missing.returncode == 1
    assert "not there any more: 1" in missing.stdout


def test_what_cannot_be_done_is_said(home, tmp_path):
    (tmp_path / "x").write_bytes(b"\x00" * 100)
    for arguments, words in (
        (("import", tmp_path / "x"), "No chats of a program that is known here"),
        (("import", tmp_path / "nothing"), "This file cannot be read"),
        (("export", tmp_path / "x" / "y.json"), "could not be exported"),
    ):
        done = moss(home, *arguments)
        assert (done.returncode, done.stdout) == (1, "")
        assert words in done.stderr
