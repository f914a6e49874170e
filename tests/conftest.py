"""Fixtures that several kinds of tests share."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import settings

# How long an example takes says more of the machine than of the program.
settings.register_profile("project", deadline=None)
settings.load_profile("project")
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def demo_gguf(tmp_path_factory) -> Path:
    """The bundled demo model, converted as the program converts it."""
    target = tmp_path_factory.mktemp("models") / "demo.gguf"
    checkpoint = ROOT / "resources" / "demo"
    subprocess.run(
        [sys.executable, "-m", "converter", checkpoint, target, "--type", "F16"],
        check=True,
        cwd=ROOT,
        capture_output=True,
    )
    return target


@pytest.fixture
def home(tmp_path, monkeypatch) -> Path:
    """A user's folder that nobody has used yet, with a name that needs Unicode."""
    folder = tmp_path / "家 é 😀"
    monkeypatch.setenv("MOSS_HOME", str(folder))
    return folder
