"""`moss tools`: what there is, what may run, and what ran."""

import os
import subprocess
import sys

import pytest

from tests.conftest import ROOT
from tests.fakes.extensions import GOOD, RAISES, install

pytestmark = pytest.mark.e2e


@pytest.fixture
def moss(home, tmp_path):
    site = tmp_path / "site"
    install(site, "wiki", GOOD)
    install(site, "broken", RAISES)
    path = os.pathsep.join([str(site), str(ROOT)])

    def run(*arguments):
        return subprocess.run(
            [sys.executable, "-m", "app", *arguments],
            check=False,
            capture_output=True,
            encoding="utf-8",
            env={**os.environ, "PYTHONPATH": path, "MOSS_HOME": str(home)},
            cwd=ROOT,
        )

    return run


def test_tools_are_listed_and_permitted(moss):
    listed = moss("tools")
    assert listed.returncode == 0
    assert "answers Calculate, within 5 seconds; may run: always" in listed.stdout
    assert "wiki: wiki 1.2" in listed.stdout
    assert listed.stdout.count("started once you allow it") == 2
    assert moss("tools", "--set", "wiki=always").returncode == 0
    assert moss("tools", "--set", "broken=ask").returncode == 0
    listed = moss("tools")
    assert "answers Search, within 20 seconds; may run: always" in listed.stdout
    assert "It cannot be used: ImportError: libwiki is too old" in listed.stdout


@pytest.mark.parametrize("choice", ["wiki", "wiki=often", "nothing=ask"])
def test_what_is_no_permission(moss, choice):
    ended = moss("tools", "--set", choice)
    assert ended.returncode == 2
    for name in ("calculate", "documents", "solve", "text_to_image", "wiki"):
        assert name in ended.stderr


def test_the_log_is_printed(moss, home):
    assert moss("tools", "--log").stdout == ""
    assert moss("--cli").returncode == 0
    listed = moss("tools", "--log")
    assert 'calculate  Calculate("37*48")' in listed.stdout
    assert listed.stdout.rstrip().endswith("done")
