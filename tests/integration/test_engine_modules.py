"""Libraries that bring ggml its devices: the real engine process.

Two tests need builds that no set-up makes; CONTRIBUTING.md says how to make them:

* `MOSS_TEST_DL_PYTHON`: a Python whose llama-cpp-python is built with
  `GGML_BACKEND_DL` and `GGML_CPU_ALL_VARIANTS`
* `MOSS_TEST_MODULES`: a folder with `libggml-cuda.so` of the same llama.cpp
"""

import os
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

from app.domain.hardware import DeviceKind
from app.engine.client import EngineClient
from app.engine.protocol import Loaded
from tests.fakes import tiny_gguf
from tests.fakes.engines import GREEDY, Engine

pytestmark = pytest.mark.model

VERSION = version("llama-cpp-python")
DL_PYTHON = os.environ.get("MOSS_TEST_DL_PYTHON", "")
MODULES = os.environ.get("MOSS_TEST_MODULES", "")
needs_dl = pytest.mark.skipif(
    not DL_PYTHON, reason="MOSS_TEST_DL_PYTHON names no build with GGML_BACKEND_DL"
)
needs_modules = pytest.mark.skipif(
    not MODULES, reason="MOSS_TEST_MODULES names no folder with a CUDA module"
)


def library(kind):
    return f"ggml-{kind}.dll" if sys.platform == "win32" else f"libggml-{kind}.so"


@pytest.fixture
def modules(tmp_path):
    """The user's folder, with the one for this version."""
    folder = tmp_path / "模块"
    (folder / VERSION).mkdir(parents=True)
    return folder


@pytest.fixture
def tiny(tmp_path):
    return tiny_gguf.write(tmp_path / "tiny.gguf")


def answers(engine, model):
    """Whether the processor is in charge and the engine writes."""
    loaded = engine.load(model)
    assert isinstance(loaded, Loaded)
    assert loaded.model.device == "CPU"
    return engine.generate("abc", GREEDY).usage.generated_tokens == 8


def kinds(engine):
    return {module.name: module for module in engine.hello.modules}


def test_an_ordinary_build_needs_no_module(tiny, tmp_path):
    with Engine("--modules", str(tmp_path / "none")) as engine:
        assert all(not module.problem for module in engine.hello.modules)
        assert answers(engine, tiny)


def test_a_library_that_cannot_be_loaded_is_named_with_the_reason(modules, tiny):
    (modules / VERSION / library("cuda")).write_bytes(b"not a library")
    with Engine("--modules", str(modules)) as engine:
        module = kinds(engine)["CUDA"]
        assert module.devices == 0
        assert module.problem
        assert str(modules) not in module.problem
        assert answers(engine, tiny)


def test_a_library_that_is_no_module_is_named(modules, tiny):
    # A real library of llama-cpp-python's own, under another name.
    import llama_cpp  # noqa: PLC0415  (only its folder is wanted)

    own = Path(llama_cpp.__file__).parent / "lib" / library("base")
    (modules / VERSION / library("vulkan")).write_bytes(own.read_bytes())
    with Engine("--modules", str(modules)) as engine:
        assert kinds(engine)["Vulkan"].problem
        assert answers(engine, tiny)


@pytest.mark.parametrize("folder", ["0.0.1", "."])
def test_modules_of_another_build_are_not_even_looked_at(modules, folder):
    place = modules / folder
    place.mkdir(exist_ok=True)
    (place / library("cuda")).write_bytes(b"not a library")
    with Engine("--modules", str(modules)) as engine:
        assert all(not module.problem for module in engine.hello.modules)


@pytest.mark.parametrize("kind", ["rpc", "base", "cpu"])
def test_what_opens_connections_or_is_no_module_is_never_loaded(modules, kind):
    (modules / VERSION / library(kind)).write_bytes(b"not a library")
    with Engine("--modules", str(modules)) as engine:
        assert kind.upper() not in kinds(engine)


class Built(Engine):
    """An engine of another Python."""

    def __init__(self, python, *options):
        command = (python, "-m", "app.engine", *options)
        EngineClient.__init__(self, command)
        self.hello = self.receive()


@needs_dl
def test_a_build_without_devices_of_its_own_loads_its_processor(tiny):
    with Built(DL_PYTHON) as engine:
        processors = [d for d in engine.hello.devices if d.kind is DeviceKind.CPU]
        assert len(processors) == 1
        # The variant for this very processor, and not the one for all.
        if (
            Path("/proc/cpuinfo").exists()
            and "avx2" in Path("/proc/cpuinfo").read_text()
        ):
            assert "AVX2 = 1" in engine.hello.system
        assert answers(engine, tiny)


@needs_modules
@pytest.mark.parametrize(
    "python",
    [
        pytest.param(sys.executable, id="ordinary"),
        pytest.param(DL_PYTHON, marks=needs_dl),
    ],
)
def test_a_cuda_module_without_a_device_leaves_the_processor_in_charge(
    modules, tiny, python
):
    for path in Path(MODULES).iterdir():
        (modules / VERSION / path.name).symlink_to(path)
    with Built(python, "--modules", str(modules)) as engine:
        module = kinds(engine)["CUDA"]
        assert (module.devices, module.problem) == (0, "")
        assert not any(device.takes_layers for device in engine.hello.devices)
        assert answers(engine, tiny)
