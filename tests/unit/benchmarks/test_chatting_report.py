"""What follows from what was measured of the engine."""

import json
import math
from dataclasses import replace

import pytest

from app.domain.generation import Usage
from benchmarks.chatting.report import as_json, report
from benchmarks.chatting.results import (
    Better,
    Duel,
    Residence,
    Results,
    Stops,
    Turn,
    Window,
    extrapolated,
    percentile,
    turns,
)

MB = 1_000_000


def duel(better, target, ours, baseline=(1.0, 1.0, 1.0)):
    return Duel(
        what="decode",
        model="demo",
        ours=ours,
        baseline=baseline,
        units=100,
        better=better,
        target=target,
    )


def usage(prompt, cached, generated=10):
    return Usage(prompt_tokens=prompt, cached_tokens=cached, generated_tokens=generated)


def residence(layers, excess):
    model, kv = (2000 + 250 * layers) * MB, 50 * layers * MB
    peak = model + kv + excess * MB
    return Residence(
        kind="Q4_0",
        layers=layers,
        model=model,
        kv=kv,
        loaded=peak - MB,
        read=peak,
        peak=peak,
        mapped=20 * MB,
    )


def cells(text, first):
    """The cells of the rows that begin so."""
    rows = [line.split("|")[1:-1] for line in text.splitlines()]
    rows = [[cell.strip() for cell in row] for row in rows]
    return [row for row in rows if row and row[0] == first]


def test_speed_and_cost_are_read_the_other_way_round():
    ours = (1.25, 1.0, 2.0)
    faster, dearer = duel(Better.SPEED, 0.97, ours), duel(Better.COST, 1.15, ours)
    assert faster.ratio == pytest.approx(0.8)
    assert faster.fastest == 1.0
    assert dearer.ratio == 1.25
    assert (faster.is_met, dearer.is_met) == (False, False)
    good = (1.02, 1.02, 1.02)
    assert duel(Better.SPEED, 0.97, good).is_met
    assert duel(Better.COST, 1.15, good).is_met
    assert duel(Better.COST, None, good).is_met is None


def test_half_of_the_rounds_lie_within_the_spread():
    ours = (1.0, 1.1, 1.2, 1.3, 9.0)
    found = duel(Better.COST, None, ours, (1.0,) * 5)
    assert found.spread == pytest.approx((1.1, 1.3))
    assert found.ratio == pytest.approx(1.2)
    assert duel(Better.COST, None, (3.0,), (2.0,)).spread == (1.5, 1.5)


def test_a_ratio_is_that_of_one_round():
    # A slow round is slow for both.
    found = duel(Better.COST, None, (1.0, 2.0, 4.0), (1.0, 2.0, 4.0))
    assert found.spread == (1.0, 1.0)


def test_what_is_new_in_a_turn_is_what_the_engine_has_not_seen():
    # 10 tokens are written: 9 of them are read, to write the next one.
    found = list(turns([(1, usage(50, 0)), (2, usage(70, 59)), (2, usage(95, 70))]))
    assert [turn.new for turn in found] == [50, 11, 16]
    assert [turn.excess for turn in found] == [0, 0, 9]
    assert [turn.number for turn in found] == [1, 2, 2]


@pytest.mark.parametrize(
    ("count", "percent", "expected"),
    [(50, 95, 48), (50, 50, 25), (1, 95, 1), (20, 95, 19), (20, 100, 20)],
)
def test_percentiles_are_values_that_were_measured(count, percent, expected):
    values = [float(number) for number in range(count, 0, -1)]
    assert percentile(values, percent) == expected


def test_memory_goes_up_by_a_straight_line():
    peak, excess = extrapolated(residence(2, 130), residence(4, 132), 34)
    assert excess == 162 * MB
    assert peak == residence(34, 162).peak


def test_likelihoods_are_compared_token_by_token():
    window = Window(
        model="demo",
        tokens=512,
        turns=200,
        generations=398,
        shifted=150,
        excess=33,
        prefix=278,
        prefix_kept=398,
        ours=(-1.0, -0.5, -3.0),
        fresh=(-1.5, -0.5, -2.0),
    )
    assert window.mean == -1.5
    assert window.mean_difference == pytest.approx(-0.5 / 3)
    assert window.mean_distance == 0.5
    (row,) = cells(report(Results(windows=(window,))), "demo")
    assert row[1:6] == [
        "200 in 512 tokens",
        "150 of 398",
        "33 (≤ 32: no)",
        "398 of 398",
        "3",
    ]
    assert row[6:] == ["-1.5000", "-0.1667", "0.5000"]


def test_the_report_says_what_is_met():
    results = Results(
        duels=(
            replace(duel(Better.SPEED, 0.97, (1.0,), (0.98,)), others=0.012),
            duel(Better.COST, 1.15, (1.2,), (1.0,)),
        ),
        chats=(("demo", (Turn(1, 50, usage(50, 0)), Turn(2, 11, usage(70, 58)))),),
        stops=(
            Stops(model="SmolLM2", during="decoding", seconds=(0.1,) * 19 + (0.4,)),
            Stops(model="big", during="a prompt", seconds=(0.1,) * 18 + (0.4,) * 2),
        ),
        residences=(residence(2, 299), residence(4, 301)),
    )
    text = report(results)
    speed, cost = cells(text, "demo")
    assert speed[2:5] == ["10 ms", "9.8 ms", "0.980 (0.980 to 0.980)"]
    assert speed[5:] == ["0.980", "≤ 1.2%", "≥ 0.97: yes"]
    assert cost[-2:] == ["", "≤ 1.15: no"]
    assert cells(text, "1")[0] == ["1", "50", "50", "50", "yes"]
    assert cells(text, "2")[0] == ["2", "70", "11", "12", "no"]
    assert cells(text, "SmolLM2")[0][3:] == [
        "100 ms",
        "100 ms (≤ 300 ms: yes)",
        "400 ms",
    ]
    assert cells(text, "big")[0][4] == "400 ms (≤ 300 ms: no)"
    assert [row[-1] for row in cells(text, "Q4_0")] == [
        "299 MB (≤ 300 MB: yes)",
        "301 MB (≤ 300 MB: no)",
        "331 MB (≤ 300 MB: no)",
    ]


def test_what_was_not_measured_is_not_reported():
    assert report(Results()) == ""
    assert "memory" not in report(Results(duels=(duel(Better.SPEED, None, (1.0,)),)))


def test_json_holds_every_round():
    results = Results(duels=(duel(Better.COST, 1.15, (1.0, 1.5)),))
    (found,) = json.loads(json.dumps(as_json(results)))["duels"]
    assert found["ours"] == [1.0, 1.5]
    assert found["better"] == "ours / baseline"
    assert math.isclose(found["ratio"], 1.25)
