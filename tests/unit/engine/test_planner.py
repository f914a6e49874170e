"""Made-up computers: what goes where, and what the user is told."""

from dataclasses import replace
from itertools import product

import pytest

from app.domain.hardware import Device, DeviceKind, KvType, Reason
from app.engine.computer import Computer, may_exhaust
from app.engine.memory import MIB
from app.engine.moss_sizes import moss_tensors
from app.engine.planner import Planner
from app.engine.protocol import Load
from tests.hardware_table import (
    AVX2,
    BEGIN,
    CASES,
    DOCUMENT,
    END,
    GIB,
    MODELS,
    placement,
    table,
)

NAMES = {case.name: case for case in CASES}
BARE = NAMES["32 GB, no card"]
LARGE = NAMES["32 GB, card of 24 GB"]
SMALL = NAMES["32 GB, card of 8 GB"]
TWO = NAMES["32 GB, cards of 8 and 12 GB"]
Q4_0 = MODELS["16B Q4_0"]
PAIRS = [
    pytest.param(case, model, id=f"{case.name}, {model}")
    for case, model in product(CASES, MODELS)
]


def planned(case, model="16B Q4_0", **wishes):
    return Planner(MODELS[model], case.computer, Load("", **wishes)).plan()


def test_the_document_shows_the_table_of_the_moment():
    text = DOCUMENT.read_text("utf-8")
    assert text.partition(BEGIN)[2].partition(END)[0] == table()


@pytest.mark.parametrize(("case", "model"), PAIRS)
def test_what_is_planned_fits(case, model):
    # Summed anew from the tensors: no number of the plan is taken for granted.
    found, needs, computer = placement(case, model), MODELS[model], case.computer
    free = {gpu.name: gpu.free for gpu in computer.gpus}
    kv = needs.kv(needs.dimensions.context, found.kv_type)
    first = found.layers - found.gpu_layers
    for share in found.shares:
        carried = needs.layers[first : first + share.layers]
        first += share.layers
        taken = sum(layer.size + kv for layer in carried)
        if first == found.layers:
            taken -= kv  # the output has no keys and values
        assert taken <= share.size <= free[share.device] - 512 * MIB
    assert first == found.layers
    if Reason.FROM_DISK not in found.reasons:
        assert found.host_size <= computer.host.free - 512 * MIB


@pytest.mark.parametrize(("case", "model"), PAIRS)
def test_one_layer_more_would_not_fit(case, model):
    found, computer = placement(case, model), case.computer
    if not computer.gpus or found.gpu_layers == found.layers:
        return
    more = planned(case, model, gpu_layers=found.gpu_layers + 1, kv_type=found.kv_type)
    room = {gpu.name: gpu.free - 512 * MIB - gpu.total // 32 for gpu in computer.gpus}
    assert any(share.size > room[share.device] for share in more.shares)


def test_layers_are_counted_from_free_and_not_from_all_memory():
    gpu = LARGE.computer.gpus[0]
    busy = replace(LARGE.computer, gpus=(replace(gpu, free=6 * GIB),))
    found = Planner(Q4_0, busy, Load("")).plan()
    assert Reason.GPU_PART in found.reasons
    assert found.shares[0].size < 6 * GIB


def test_a_full_card_is_left_alone():
    gpu = replace(LARGE.computer.gpus[0], free=700 * MIB)
    found = Planner(Q4_0, replace(LARGE.computer, gpus=(gpu,)), Load("")).plan()
    assert found.shares == ()
    assert Reason.GPU_TOO_SMALL in found.reasons
    assert found.device == "CPU"


def test_no_layer_by_hand_is_the_processor():
    found = planned(LARGE, gpu_layers=0)
    assert (found.gpu_layers, found.device) == (0, "CPU")
    assert found.reasons == (Reason.BY_HAND, Reason.NOT_MAPPED)


def test_layers_by_hand_are_followed_even_where_they_do_not_fit():
    found = planned(SMALL, gpu_layers=30)
    assert found.gpu_layers == 30
    assert Reason.BY_HAND in found.reasons
    assert planned(SMALL, gpu_layers=1000).gpu_layers == 35
    assert planned(TWO, "16B Q8_0", gpu_layers=35).gpu_layers == 35


def test_a_split_by_hand_is_followed():
    found = planned(TWO, tensor_split=(1, 1))
    counts = {share.device: share.layers for share in found.shares}
    assert counts == {"CUDA0": 18, "CUDA1": 17}
    one = planned(TWO, tensor_split=(0, 1))
    assert [share.device for share in one.shares] == ["CUDA1"]
    exact = planned(TWO, tensor_split=(3, 7), gpu_layers=10)
    assert [share.layers for share in exact.shares] == [3, 7]


@pytest.mark.parametrize("split", [(-1, -1), (0, 0), (1, 2, 3, 4), (0.5,)])
def test_an_odd_split_is_no_disaster(split):
    found = planned(TWO, tensor_split=split, gpu_layers=10)
    assert found.gpu_layers == 10


def test_the_type_of_keys_and_values_by_hand_is_kept():
    assert planned(LARGE, kv_type=KvType.Q8_0).kv_type is KvType.Q8_0
    tight = NAMES["32 GB, card of 12 GB"]
    found = planned(tight, kv_type=KvType.F16)
    assert found.kv_type is KvType.F16
    assert found.gpu_layers < found.layers


def test_repacked_weights_are_not_in_memory_twice():
    found = planned(BARE)
    assert (found.mapped, found.repacked) == (False, True)
    doubled = planned(BARE, mmap=True)
    assert doubled.mapped
    layers = sum(layer.repacked for layer in Q4_0.layers)
    assert doubled.host_size - found.host_size == layers
    # Q8_0 is not rearranged on this processor: nothing speaks against the map.
    assert planned(BARE, "16B Q8_0").mapped


def test_a_map_by_hand_is_refused_or_kept():
    assert not planned(BARE, "16B Q8_0", mmap=False).mapped
    assert planned(NAMES["16 GB, no card"], mmap=True).mapped


def test_a_batch_by_hand_is_kept():
    assert planned(BARE, batch=7).batch == 7
    assert planned(LARGE, batch=7).batch == 7


def test_a_smaller_context_leaves_room_for_layers():
    assert planned(SMALL, context=256).gpu_layers > planned(SMALL).gpu_layers


def test_nothing_left_is_said_with_numbers():
    full = Computer(Device("CPU", free=1 * GIB, total=8 * GIB))
    found = Planner(Q4_0, full, Load("")).plan()
    assert Reason.TOO_LARGE in found.reasons
    assert found.host_size > full.host_room


def test_an_integrated_card_has_no_memory_but_the_hosts():
    card = Device("Vulkan0", "Iris", DeviceKind.INTEGRATED_GPU, 20 * GIB, 24 * GIB)
    host = Device("CPU", free=20 * GIB, total=32 * GIB)
    roomy = Planner(Q4_0, Computer(host, (card,)), Load("")).plan()
    assert Reason.GPU_WHOLE in roomy.reasons
    tight = replace(host, free=6 * GIB)
    found = Planner(Q4_0, Computer(tight, (card,)), Load("")).plan()
    assert Reason.TOO_LARGE in found.reasons


@pytest.mark.parametrize(
    ("model", "address_space", "expected"),
    [
        ("16B Q4_0", None, True),
        ("demo", None, False),
        ("demo", 400 * MIB, True),
        ("demo", 100 * GIB, False),
    ],
)
def test_only_a_large_model_is_suspected(model, address_space, expected):
    found = planned(BARE, model)
    assert may_exhaust(found, BARE.computer, address_space) is expected


def test_a_card_that_was_filled_is_suspected():
    assert may_exhaust(planned(LARGE), LARGE.computer, None)
    assert not may_exhaust(planned(LARGE, "demo"), LARGE.computer, None)


def test_the_model_in_the_table_is_the_published_one():
    total = sum(tensor.size for tensor in moss_tensors("Q4_0"))
    assert 9.3e9 < total < 9.7e9
    assert AVX2
