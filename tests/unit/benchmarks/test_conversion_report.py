"""What follows from measured conversions."""

import json

import pytest

from benchmarks.conversion.report import as_json, report
from benchmarks.conversion.results import Line, Trial, Way, duels, ends
from benchmarks.measure import Usage


def step(wall, peak=1_000_000_000):
    return Usage(
        wall=wall,
        user=wall,
        system=0.0,
        peak=peak,
        anonymous=peak // 2,
        mapped=peak // 2,
    )


def trial(way, *steps, layers=1, kind="Q8_0"):
    return Trial(
        layers=layers,
        kind=kind,
        way=way,
        steps=steps,
        to_disk=0.5,
        written=400 if way is Way.TWO_STEPS else 100,
    )


TRIALS = [
    trial(Way.OURS, step(2.0)),
    trial(Way.TWO_STEPS, step(3.0), step(4.0, peak=4_000_000_000)),
    trial(Way.DIRECT, step(8.0)),
    # Another round, and a disturbed one.
    trial(Way.OURS, step(2.2)),
    trial(Way.TWO_STEPS, step(3.0), step(4.0, peak=4_000_000_000)),
    trial(Way.DIRECT, step(8.0)),
    trial(Way.OURS, step(90.0)),
    trial(Way.TWO_STEPS, step(3.0), step(40.0, peak=4_000_000_000)),
    trial(Way.DIRECT, step(8.0)),
]
MORE = [
    trial(Way.OURS, step(4.2), layers=3),
    trial(Way.TWO_STEPS, step(6.0), step(9.0, peak=8_000_000_000), layers=3),
    trial(Way.DIRECT, step(14.0), layers=3),
]


def test_medians_meet_and_the_peers_faster_way_counts():
    (duel,) = duels(TRIALS)
    assert duel.ours.usage.wall == 2.2
    assert duel.peer.way is Way.TWO_STEPS
    assert duel.peer.usage.wall == 7.0
    assert duel.peer.usage.peak == 4_000_000_000
    assert duel.speedup == pytest.approx(7.0 / 2.2)


def test_a_line_goes_through_the_same_way():
    ((few, many),) = ends(duels(TRIALS + MORE))
    assert (few.layers, many.layers) == (1, 3)
    assert many.peer.way is Way.DIRECT
    line = Line.through(few.peers[Way.TWO_STEPS], many.peers[Way.TWO_STEPS])
    assert line == Line(wall=4.0, peak=2e9, whole=7.0 + 33 * 4.0)


def test_the_report_says_whether_a_target_is_met():
    text = report(TRIALS)
    assert "3.18× (3.0×: met)" in text
    assert "further layer" not in text
    slow = [trial(Way.OURS, step(5.0, peak=1_600_000_000)), *TRIALS[1:3]]
    rows = [line.split("|") for line in report(slow).splitlines()]
    assert [row[2].strip() for row in rows if "missed" in str(row)] == [
        "1.40× (3.0×: missed)"
    ]
    assert rows[-1][-2].strip() == "no"


def test_more_layers_are_compared_way_by_way():
    last = report(TRIALS + MORE).splitlines()[-1]
    # (4.2 - 2.2) / 2 against the direct way's (14 - 8) / 2; 107 against 35.2 in all.
    assert [cell.strip() for cell in last.split("|")[1:-1]] == [
        "Q8_0",
        "1.00 s",
        "3.00 s",
        "3.00×",
        "+0.0 MB",
        "+0.0 MB",
        "3.04×",
    ]


def test_json_holds_every_trial_and_step():
    found = json.loads(json.dumps(as_json(TRIALS)))
    assert len(found["trials"]) == len(TRIALS)
    assert [step["wall"] for step in found["trials"][1]["steps"]] == [3.0, 4.0]
    (medians,) = found["medians"]
    assert medians["moss-convert"]["usage"]["wall"] == 2.2
    assert medians["speedup"] == pytest.approx(7.0 / 2.2)
