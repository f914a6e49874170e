"""Layers on cards: real offload by llama.cpp, to cards that are other processes.

`MOSS_TEST_RPC` names `libggml-rpc.so` of the same llama.cpp; CONTRIBUTING.md says how
to build it.
"""

import os

import pytest

from app.domain.hardware import KvType, Reason, Step
from app.engine.protocol import Failed, Load, Loaded, LoadStep
from tests.fakes import tiny_gguf
from tests.fakes.cards import MIB, Cards, assigned, log_of
from tests.fakes.engines import GREEDY
from tests.fakes.tiny_gguf import TinyModel

RPC = os.environ.get("MOSS_TEST_RPC", "")
pytestmark = [
    pytest.mark.model,
    pytest.mark.skipif(not RPC, reason="MOSS_TEST_RPC names no libggml-rpc.so"),
]
KV_OF_A_LAYER = 32


@pytest.fixture(scope="module")
def long(tmp_path_factory):
    """Eight layers with 32 MiB of keys and values each, and an output."""
    model = TinyModel(embedding=256, layers=8, heads=8, context=32768)
    return tiny_gguf.write(tmp_path_factory.mktemp("models") / "long.gguf", model)


def loading(engine, path, **settings):
    engine.send(Load(str(path), threads=1, **settings))
    steps = []
    while not isinstance(event := engine.receive(), Loaded | Failed):
        steps += [event] if isinstance(event, LoadStep) else []
    return steps, event


def counts(placement):
    found = {share.device: share.layers for share in placement.shares}
    return found | {"CPU": placement.layers - placement.gpu_layers}


@pytest.mark.parametrize(
    ("free", "settings"),
    [
        pytest.param((4000, 4000), {}, id="whole on one"),
        pytest.param((900, 700), {}, id="two unequal ones"),
        pytest.param((700, 900), {}, id="the second is roomier"),
        pytest.param((800,), {}, id="one, in part"),
        pytest.param((4000, 4000), {"gpu_layers": 3}, id="by hand"),
        pytest.param((4000, 4000), {"tensor_split": (1, 2)}, id="split by hand"),
        pytest.param(
            (4000, 4000), {"tensor_split": (2, 1), "gpu_layers": 6}, id="both"
        ),
        pytest.param((4000, 4000), {"gpu_layers": 0}, id="none by hand"),
        pytest.param((600, 600), {}, id="too small"),
    ],
)
def test_llama_cpp_puts_layers_where_they_are_planned(long, free, settings):
    with Cards(RPC, [4000] * len(free)) as cards, cards.engine(*free) as engine:
        steps, end = loading(engine, long, **settings)
        assert steps == []
        placement = end.model.placement
        log = log_of(engine)
        expected = counts(placement)
        assert assigned(log) == {name: n for name, n in expected.items() if n}
        per_layer = KV_OF_A_LAYER
        if placement.kv_type is KvType.Q8_0:
            per_layer *= 34 / 64
        sizes = {share.device: share.layers for share in placement.shares}
        if sizes:
            # The output has no keys and values.
            sizes[placement.shares[-1].device] -= 1
        kv = {name: n * per_layer for name, n in sizes.items() if n}
        assert cards.buffers(log, "KV") == kv
        weights, compute = (cards.buffers(log, kind) for kind in ("model", "compute"))
        for share in placement.shares:
            taken = weights[share.device] + compute[share.device]
            assert (taken + kv.get(share.device, 0)) * MIB < share.size
        assert engine.generate("abc" * 50, GREEDY).usage.generated_tokens == 8


@pytest.mark.parametrize(
    ("limit", "layers", "kv_type"),
    [(400, [6], KvType.F16), (330, [6, 4], KvType.F16)],
)
def test_a_card_that_is_smaller_than_it_said_gets_less(long, limit, layers, kv_type):
    limit -= 160  # what a server maps for itself
    with Cards(RPC, [limit]) as cards, cards.engine(1500) as engine:
        steps, end = loading(engine, long)
        assert [step.step for step in steps] == [Step.FEWER_LAYERS] * len(layers)
        assert [step.placement.gpu_layers for step in steps] == layers
        assert end.model.placement.kv_type is kv_type
        assert Reason.GPU_PART in end.model.placement.reasons
        assert end.model.device == "RPC0 + CPU"
        assert engine.generate("abc", GREEDY).usage.generated_tokens == 8


def test_at_last_the_processor_is_alone(long):
    with Cards(RPC, [4]) as cards, cards.engine(1500) as engine:
        steps, end = loading(engine, long)
        assert steps[-1].step is Step.CPU_ONLY
        assert end.model.device == "CPU"
        assert end.model.placement.reasons == (Reason.GPU_TOO_SMALL,)
        assert engine.generate("abc", GREEDY).usage.generated_tokens == 8
