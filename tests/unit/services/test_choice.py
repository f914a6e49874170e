"""Offers on made-up machines: those a knowledgeable friend would make."""

import subprocess
from dataclasses import replace

import pytest

from app.domain.hardware import Device, DeviceKind, Reason
from app.engine import bandwidth
from app.engine.moss_sizes import moss_needs
from app.services.choice import READING, USABLE, Obstacle, choose, offer_of
from app.services.choice_candidates import SmallModel, Source, of_small, of_source
from tests.choice_table import (
    BEGIN,
    CANDIDATES,
    DOCUMENT,
    END,
    GIGA,
    MACHINES,
    chosen,
    machine,
    shown,
    table,
)
from tests.conftest import ROOT

NAMES = {each.case.name: each for each in MACHINES}
ADVICE = {
    "2 GB of memory, no card, old": "SmolLM2 360M",
    "4 GB, no card, old laptop": "Qwen2.5 1.5B",
    "8 GB, no card, laptop": "Qwen2.5 1.5B",
    # It just fits, and it is slow; but it is MOSS.
    "16 GB, no card, laptop": "MOSS Q4_0",
    "16 GB, no card, one slow channel": "Qwen2.5 1.5B",
    # A third of the download, and hardly slower than what is made of the original.
    "32 GB, no card, desktop with DDR4": "MOSS int4 Q4_1",
    "32 GB, no card, desktop with DDR5": "MOSS int4 Q4_1",
    "128 GB, no card, server with 8 channels": "MOSS int8 Q8_0",
    # 6 GB of memory are free, and 5 on the card, of which not all can be had.
    "8 GB, card of 6 GB": "Qwen2.5 1.5B",
    "16 GB, card of 6 GB": "MOSS int4 Q4_1",
    "32 GB, card of 8 GB": "MOSS int4 Q4_1",
    # The only one that lies on the card as a whole, and three times as fast.
    "32 GB, card of 12 GB": "MOSS Q4_0",
    "32 GB, card of 16 GB": "MOSS Q6_K",
    # Half the download of what nobody could tell from it.
    "32 GB, card of 24 GB": "MOSS int8 Q8_0",
    "32 GB, cards of 8 and 12 GB": "MOSS Q6_K",
    "256 GB, card of 141 GB": "MOSS int8 Q8_0",
    "32 GB, card of 24 GB, 30 GB of disk": "MOSS int4 Q4_1",
    "32 GB, no card, 20 GB of disk": "Qwen2.5 1.5B",
}


def test_the_document_shows_the_table_of_the_moment():
    text = DOCUMENT.read_text("utf-8")
    assert text.partition(BEGIN)[2].partition(END)[0] == table()


@pytest.mark.parametrize("name", NAMES)
def test_a_friend_would_say_the_same(name):
    assert shown(chosen(NAMES[name]).best) == ADVICE[name]


@pytest.mark.parametrize("name", NAMES)
def test_whatever_is_offered_works(name):
    each = NAMES[name]
    found = chosen(each)
    for offer in (found.best, *found.others):
        assert not {Reason.FROM_DISK, Reason.TOO_LARGE} & {*offer.placement.reasons}
        assert offer.speed >= USABLE
        assert offer.candidate.peak + 2 * GIGA <= each.disk * GIGA
        assert offer.placement.host_size <= each.computer.host_room
    assert len({id(offer) for offer in (found.best, *found.others)}) == 1 + len(
        found.others
    )


def test_more_of_anything_is_never_worse():
    def speed_and_grade(memory, speed, cards, disk):
        best = chosen(machine("x", memory, speed, cards, disk)).best
        return best.candidate.moss, best.candidate.grade, best.speed

    for memory in (8, 16, 32, 64):
        for speed in (10, 25, 60):
            small = speed_and_grade(memory, speed, {}, 100)
            assert speed_and_grade(2 * memory, speed, {}, 100)[:1] >= small[:1]
            faster = speed_and_grade(memory, 4 * speed, {}, 100)
            assert faster[:1] >= small[:1]
            # Not both slower and worse, but for MOSS's sake.
            gained = faster[2] > small[2] or faster[1] > small[1]
            assert gained or faster[0] > small[0]


def test_a_smaller_download_stands_beside_a_large_one():
    found = chosen(NAMES["32 GB, card of 12 GB"])
    lighter, small = found.others
    assert shown(lighter) == "MOSS int4 Q4_1"
    assert lighter.candidate.download * 2 < found.best.candidate.download
    assert not small.candidate.moss
    assert small.speed >= READING


def test_what_is_quicker_stands_beside_what_is_slower_than_reading():
    found = chosen(NAMES["32 GB, card of 8 GB"])
    quicker, _ = found.others
    assert shown(quicker) == "MOSS Q4_0"
    assert found.best.speed * 1.25 <= quicker.speed < READING


def test_where_the_disk_is_too_small_it_is_said_what_more_would_give():
    found = chosen(NAMES["32 GB, no card, 20 GB of disk"])
    assert shown(found.with_room) == "MOSS int4 Q4_1"
    assert chosen(NAMES["32 GB, no card, desktop with DDR5"]).with_room is None


def test_each_refusal_has_its_reason():
    reasons = {
        name: {obstacle for _, obstacle in chosen(each).refused}
        for name, each in NAMES.items()
    }
    assert reasons["8 GB, no card, laptop"] == {Obstacle.MEMORY}
    assert reasons["32 GB, no card, 20 GB of disk"] == {Obstacle.DISK}
    assert Obstacle.SPEED in reasons["16 GB, no card, one slow channel"]
    assert reasons["256 GB, card of 141 GB"] == set()


def test_the_user_s_language_decides_among_small_models():
    each = machine("x", 4, 4, {})
    chinese = replace(each.around, language="zh")
    assert shown(choose(CANDIDATES, each.computer, each.around).best) == "Qwen2.5 0.5B"
    fewer = [
        c
        for c in CANDIDATES
        if c.id.startswith("smol") or c.id == "qwen2.5-0.5b-instruct"
    ]
    slow = replace(chinese, host_speed=2.0 * GIGA)
    assert shown(choose(fewer, each.computer, slow).best) == "Qwen2.5 0.5B"
    slow = replace(slow, language="en")
    assert shown(choose(fewer, each.computer, slow).best).startswith("SmolLM2")


def test_without_candidates_nothing_is_offered():
    each = NAMES["16 GB, no card, laptop"]
    assert choose((), each.computer, each.around).best is None


def test_the_disk_that_a_build_takes_is_that_of_its_file(tmp_path):
    source = Source(id="s", title="S", bits=16, size=33_600_000_000, largest=9 * GIGA)
    for candidate in of_source(source):
        assert candidate.needs == moss_needs(candidate.build, frozenset())
        assert 0 < candidate.disk - candidate.needs.size < 20_000_000
        assert candidate.peak == candidate.disk + 2 * source.largest
    whole = Source(id="s", title="S", bits=4, size=10_800_000_000)
    (kept,) = of_source(whole)
    assert (kept.build, kept.peak) == ("Q4_1", kept.disk + whole.size)
    assert list(of_source(replace(whole, bits=3))) == []


def test_an_unknown_small_model_is_estimated():
    known = of_small(
        SmallModel(id="x", title="X", parameters=1_540_000_000, size=1_117_000_000)
    )
    each = NAMES["8 GB, no card, laptop"]
    offer = offer_of(known, each.computer, each.around)
    assert 5 < offer.speed < 40
    assert 1.2 * GIGA < offer.memory < 5 * GIGA


@pytest.mark.parametrize(
    ("kind", "description", "expected"),
    [
        (DeviceKind.CPU, "AMD EPYC", 30),
        (DeviceKind.GPU, "NVIDIA GeForce RTX 4090", 1008),
        (DeviceKind.GPU, "NVIDIA GeForce RTX 4060 Ti", 288),
        (DeviceKind.GPU, "NVIDIA GeForce RTX 4060 Laptop GPU", 272),
        (DeviceKind.GPU, "NVIDIA GeForce RTX 3080", 760),
        (DeviceKind.GPU, "Apple M2 Max", 400),
        (DeviceKind.GPU, "Apple M2", 100),
        (DeviceKind.GPU, "Something of 2031", 200),
        (DeviceKind.INTEGRATED_GPU, "Intel Iris Xe", 30),
    ],
)
def test_memory_is_as_fast_as_its_maker_says(kind, description, expected):
    device = Device("X", description, kind, 1, 1)
    assert bandwidth.of_device(device, 30e9) == expected * 1e9


def test_memory_is_measured_in_a_process_of_its_own():
    assert 1e8 < bandwidth.measure(2, size=1 << 20, seconds=0.01) < 1e13
    done = subprocess.run(
        bandwidth.command_line(), capture_output=True, check=True, cwd=ROOT
    )
    assert 1e8 < int(done.stdout) < 1e13
