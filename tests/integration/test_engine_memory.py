"""Memory, devices and the ladder: the real engine process, with real GGUF files."""

import resource
import sys
import time
from pathlib import Path
from random import Random

import pytest

from app.domain.errors import ErrorCode
from app.domain.hardware import Device, DeviceKind, KvType, Reason, Step
from app.engine.backends.llama.gguf_header import read_needs
from app.engine.backends.llama.native import NativeLog, features
from app.engine.client import EngineLostError
from app.engine.computer import MARGIN, MARGIN_SHARE, Computer
from app.engine.host_memory import host_memory
from app.engine.memory import MIB, repacked_types
from app.engine.moss_sizes import QUANTIZATIONS, moss_needs
from app.engine.planner import PROCESS, Planner
from app.engine.protocol import Failed, Load, Loaded, LoadStep
from tests.fakes import moss_gguf, tiny_gguf
from tests.fakes.engines import GREEDY, Engine
from tests.fakes.limited_engine import limit
from tests.fakes.tiny_gguf import LONG_WINDOW, TinyModel

pytestmark = pytest.mark.model

linux = pytest.mark.skipif(sys.platform != "linux", reason="limits and /proc of Linux")
PAGE = resource.getpagesize()
LARGEST = {"threads": 1, "batch": 2048}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("models")


@pytest.fixture(scope="module")
def long(folder):
    """In batches of 2,048 tokens it wants 190 MiB for their buffers."""
    return tiny_gguf.write(folder / "long 模型.gguf", LONG_WINDOW)


@pytest.fixture(scope="module")
def log():
    return NativeLog()


def pages(engine, column):
    text = Path(f"/proc/{engine.process_id}/statm").read_text("ascii")
    return int(text.split()[column]) * PAGE


def loading(engine, path, **settings):
    """Loads, and returns the steps and how it ended."""
    engine.send(Load(str(path), **settings))
    steps = []
    while not isinstance(event := engine.receive(), Loaded | Failed):
        steps += [event.step] if isinstance(event, LoadStep) else []
    return steps, event


# -- headers ---------------------------------------------------------------------------


@pytest.mark.parametrize("quantization", QUANTIZATIONS)
def test_a_header_says_what_the_model_needs(folder, log, quantization):
    path = moss_gguf.write(folder / f"{quantization}.gguf", quantization)
    assert path.stat().st_blocks * 512 < 16 * MIB  # holes take no place
    expected = moss_needs(quantization, repacked_types(features()))
    started = time.perf_counter()
    found = read_needs(path, log)
    seconds = time.perf_counter() - started
    assert found == expected
    assert seconds < 1  # 0.02 s on an idle machine; the gguf package takes 5 s


def test_damaged_headers_cost_neither_the_engine_nor_the_next_model(folder):
    random = Random(7)
    tiny = tiny_gguf.write(folder / "tiny.gguf", TinyModel())
    data = tiny.read_bytes()
    head = len(data) - 4 * 300 * 32
    damaged = folder / "damaged.gguf"
    with Engine() as engine:
        for _ in range(150):
            copy = bytearray(data[: random.choice([len(data), random.randrange(head)])])
            for _ in range(random.randrange(1, 4)):
                place = random.randrange(4, min(len(copy), head))
                copy[place] = random.randrange(256)
            damaged.write_bytes(copy)
            _, end = loading(engine, damaged, context=64)
            assert isinstance(end, Loaded | Failed)
            if isinstance(end, Failed):
                assert end.code is not ErrorCode.INTERNAL, end.detail
        assert isinstance(engine.load(tiny), Loaded)


# -- what is there, and what is chosen -------------------------------------------------


def test_the_probe_of_this_computer_is_ggmls(log):
    with Engine() as engine:
        seen = engine.hello.devices
    processor = next(device for device in seen if device.kind is DeviceKind.CPU)
    available, total = host_memory()
    assert processor.total == total
    assert abs(processor.free - available) < total // 4
    assert processor.description
    assert all(0 < device.free <= device.total for device in seen if device.total)


def test_what_was_chosen_is_reported(long):
    with Engine() as engine:
        chosen = engine.load(
            long, context=512, kv_type=KvType.Q8_0, batch=64, threads=1, mmap=False
        ).model.placement
        assert (chosen.layers, chosen.kv_type, chosen.batch) == (9, KvType.Q8_0, 64)
        assert (chosen.mapped, chosen.threads) == (False, 1)
        text = engine.generate("abc" * 100, GREEDY).text
        # A batch of 64: the prompt is read in five parts.
        assert engine.generate("xyz" * 100, GREEDY).progress[:3] == [0, 64, 128]
        usual = engine.load(long, context=512).model
        assert usual.placement.kv_type is KvType.F16
        assert usual.device == "CPU" or usual.placement.shares
        assert isinstance(text, str)


@linux
def test_repacked_weights_are_resident_once(folder):
    # Two of MOSS's 34 layers, and its real vocabulary.
    if host_memory()[0] < 4 * 1024 * MIB:
        pytest.skip("less than 4 GiB of memory are free")
    path = moss_gguf.write(folder / "two.gguf", "Q4_0", layers=2)
    with Engine() as engine:
        loaded = engine.load(path, gpu_layers=0)
        placement = loaded.model.placement
        kv = 2 * 48 * MIB
        assert loaded.model.size_bytes + kv <= pages(engine, 1)
        assert pages(engine, 1) <= loaded.model.size_bytes + kv + PROCESS
        assert pages(engine, 1) <= placement.host_size
        if "AVX2" in features():
            assert Reason.NOT_MAPPED in placement.reasons
            mapped = engine.load(path, gpu_layers=0, mmap=True)
            assert pages(engine, 1) > mapped.model.size_bytes + kv + PROCESS


@linux
def test_what_the_model_before_took_counts_as_free(long, log):
    # A computer with room for one such model: this process's own memory is taken off.
    host = Device("CPU", free=64 * MIB, total=1024 * MIB)
    planner = Planner(read_needs(long, log), Computer(host), Load(str(long)))
    most = planner.on_host(Reason.NO_GPU).host_size
    script = f"""
from pathlib import Path
from app.engine.backends.llama import devices
def own():
    return int(Path("/proc/self/statm").read_text().split()[1]) * {PAGE}
first = own()
def host_memory():
    margin = {MARGIN} + {host.total} // {MARGIN_SHARE}
    return {most} + margin + 40 * 2**20 - (own() - first), {host.total}
devices.host_memory = host_memory
"""
    with Engine(script=script) as engine:
        for _ in range(3):
            chosen = engine.load(long).model.placement
            assert chosen.kv_type is KvType.F16
            assert pages(engine, 1) > 256 * MIB


def test_a_model_in_several_files_is_counted_whole(folder, log):
    whole = read_needs(tiny_gguf.write(folder / "whole.gguf", TinyModel(layers=3)), log)
    parts = tiny_gguf.write_parts(folder / "parts", TinyModel(layers=3))
    assert len(parts) == 3
    assert read_needs(parts[0], log) == whole
    with Engine() as engine:
        assert engine.load(parts[0]).model.placement.layers == 4
        parts[2].unlink()
        assert isinstance(engine.load(parts[0]), Failed)


# -- the ladder ------------------------------------------------------------------------


@linux
@pytest.mark.parametrize(
    ("mebibytes", "expected", "kv_type", "batch"),
    [
        (700, [], KvType.F16, 2048),
        (420, [Step.SMALLER_KV], KvType.Q8_0, 2048),
        (260, [Step.SMALLER_KV, Step.SMALLER_BATCH], KvType.Q8_0, 32),
    ],
)
def test_the_ladder_is_walked_and_each_step_said(
    long, mebibytes, expected, kv_type, batch
):
    with Engine() as engine:
        limit(engine.process_id, mebibytes)
        steps, end = loading(engine, long, **LARGEST)
        assert steps == expected
        assert isinstance(end, Loaded), end
        placement = end.model.placement
        assert (placement.kv_type, placement.batch) == (kv_type, batch)
        assert engine.generate("abc" * 50, GREEDY).usage.generated_tokens == 8


@linux
def test_an_attempt_that_failed_leaves_nothing_behind(long):
    with Engine() as engine:
        before = pages(engine, 1)
        limit(engine.process_id, 180)
        steps, end = loading(engine, long, **LARGEST)
        assert steps == [Step.SMALLER_KV, Step.SMALLER_BATCH]
        assert end.code is ErrorCode.OUT_OF_MEMORY
        assert end.detail
        assert pages(engine, 1) < before + 16 * MIB
        # The engine lives, and a smaller window fits.
        _, end = loading(engine, long, context=512, **LARGEST)
        assert isinstance(end, Loaded)


@linux
def test_what_worked_is_remembered(long, tmp_path):
    for expected in ([Step.SMALLER_KV, Step.SMALLER_BATCH], []):
        with Engine("--state", str(tmp_path)) as engine:
            limit(engine.process_id, 260)
            steps, end = loading(engine, long, **LARGEST)
            assert steps == expected
            assert end.model.placement.batch == 32
    assert Reason.REMEMBERED in end.model.placement.reasons
    assert "模型" not in (tmp_path / "placements.json").read_text("utf-8")


@linux
def test_an_abort_while_loading_is_not_repeated(long, tmp_path):
    # There is room for keys and values, but not for the graph: ggml aborts.
    with Engine("--state", str(tmp_path)) as engine:
        limit(engine.process_id, 293)
        with pytest.raises(EngineLostError) as caught:
            loading(engine, long, **LARGEST)
    assert caught.value.signal == "SIGABRT"
    assert "GGML_ASSERT" in caught.value.detail
    with Engine("--state", str(tmp_path)) as engine:
        limit(engine.process_id, 293)
        steps, end = loading(engine, long, **LARGEST)
        assert steps[0] is Step.SMALLER_KV
        assert isinstance(end, Loaded)
        assert engine.generate("abc", GREEDY).usage.generated_tokens == 8


@linux
def test_a_small_model_that_is_killed_comes_back_as_it_was(folder, tmp_path):
    path = tiny_gguf.write(folder / "small.gguf", TinyModel())
    with Engine("--state", str(tmp_path)) as engine:
        engine.send(Load(str(path)))
        engine.kill()
    with Engine("--state", str(tmp_path)) as engine:
        steps, end = loading(engine, path)
        assert steps == []
        assert end.model.placement.kv_type is KvType.F16


def test_what_cannot_fit_is_refused_with_both_numbers(folder):
    path = tiny_gguf.write(
        folder / "endless.gguf",
        TinyModel(embedding=1024, layers=1, heads=1, context=2**31 - 1024),
    )
    with Engine() as engine:
        _, end = loading(engine, path)
        assert end.code is ErrorCode.OUT_OF_MEMORY
        assert " GiB > " in end.detail
        assert isinstance(engine.load(path, context=64), Loaded)
